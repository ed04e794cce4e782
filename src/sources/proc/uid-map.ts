/** Parses /proc/PID/uid_map, lines `inside outside length`. Source: user_namespaces(7). */

/**
 * Is uid 0 of the process root of the host? In the first user namespace it is, and in one that maps 0 to 0.
 * @returns undefined if the text is malformed
 * @example isRootOfHost('         0          0 4294967295\n') // => true
 * @example isRootOfHost('         0       1000          1\n') // => false
 */
export function isRootOfHost(text: string): boolean | undefined {
  const lines = [...text.matchAll(/^ *(\d+) +(\d+) +(\d+)$/gm)];
  if (lines.length === 0) return undefined;
  return lines.some(([, inside, outside]) => inside === '0' && outside === '0');
}
