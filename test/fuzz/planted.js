/** A bug behind three comparisons, which bytes at random find once in 16 million. @param {Uint8Array} bytes */
export function run(bytes) {
  if (bytes[0] === 0xa1) {
    if (bytes[1] === 0xb2) {
      if (bytes[2] === 0xc3) throw new Error('planted');
    }
  }
}
