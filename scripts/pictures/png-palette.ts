/**
 * Makes the PNG of a screenshot smaller, to a third: a palette of 256 of its colours, and the nearest of them for each of
 * the rest, which are the edges of letters.
 * Source: PNG specification, third edition, w3.org/TR/png-3.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const BIT_DEPTH = 8;
const TRUE_COLOUR = 2;
const INDEXED = 3;
const BYTES_PER_PIXEL = 3;
const MOST_COLOURS = 256;
/** The upper four bits of red, green and blue. Our pages have fewer than 200 of these parts. */
const COLOUR_PART = 0xf0f0f0;

/** @param png 8-bit RGB without interlacing, as Chromium writes it */
export function withPalette(png: Buffer): Buffer {
  const chunks = [...chunksOf(png)];
  const header = Buffer.from(chunks[0]!.data);
  const width = header.readUInt32BE(0);
  if (header[8] !== BIT_DEPTH || header[9] !== TRUE_COLOUR) throw new Error('the picture is not 8-bit RGB');
  const packed = chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data);
  const pixels = unfiltered(inflateSync(Buffer.concat(packed)), width * BYTES_PER_PIXEL);

  const uses = new Map<number, number>();
  for (let at = 0; at < pixels.length; at += BYTES_PER_PIXEL) {
    const colour = pixels.readUIntBE(at, BYTES_PER_PIXEL);
    uses.set(colour, (uses.get(colour) ?? 0) + 1);
  }
  const byUse = [...uses].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const palette = choose(byUse);
  const indexOf = new Map(byUse.map((colour) => [colour, nearest(palette, colour)]));

  const rows = pixels.length / (width * BYTES_PER_PIXEL);
  // A row begins with the number of its filter: 0, none, is best for a palette.
  const indexed = Buffer.alloc(rows * (width + 1));
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < width; x++) {
      const colour = pixels.readUIntBE((row * width + x) * BYTES_PER_PIXEL, BYTES_PER_PIXEL);
      indexed[row * (width + 1) + 1 + x] = indexOf.get(colour)!;
    }
  }
  header[9] = INDEXED;
  const colours = Buffer.alloc(palette.length * BYTES_PER_PIXEL);
  for (const [at, colour] of palette.entries()) colours.writeUIntBE(colour, at * BYTES_PER_PIXEL, BYTES_PER_PIXEL);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(indexed, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function* chunksOf(png: Buffer): Generator<{ type: string; data: Buffer }> {
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** Section 9.2: each byte was written as its difference to what the bytes left of it and above it predict. */
function unfiltered(rows: Buffer, stride: number): Buffer {
  const count = rows.length / (stride + 1);
  const pixels = Buffer.alloc(count * stride);
  for (let row = 0; row < count; row++) {
    const filter = rows[row * (stride + 1)]!;
    for (let x = 0; x < stride; x++) {
      const at = row * stride + x;
      const left = x >= BYTES_PER_PIXEL ? pixels[at - BYTES_PER_PIXEL]! : 0;
      const above = row > 0 ? pixels[at - stride]! : 0;
      const corner = x >= BYTES_PER_PIXEL && row > 0 ? pixels[at - stride - BYTES_PER_PIXEL]! : 0;
      const predicted = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter]!;
      pixels[at] = rows[row * (stride + 1) + 1 + x]! + predicted;
    }
  }
  return pixels;
}

function paeth(left: number, above: number, corner: number): number {
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

/**
 * The most frequent colour of each part of the colour space, so that a hue with few pixels keeps its own; after these the
 * most frequent ones.
 */
function choose(byUse: readonly number[]): readonly number[] {
  const ofParts = new Map<number, number>();
  for (const colour of byUse) {
    const part = colour & COLOUR_PART;
    if (!ofParts.has(part)) ofParts.set(part, colour);
  }
  return [...new Set([...ofParts.values(), ...byUse])].slice(0, MOST_COLOURS);
}

function nearest(palette: readonly number[], colour: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  palette.forEach((candidate, at) => {
    const distance = [16, 8, 0].reduce(
      (sum, shift) => sum + (((candidate >> shift) & 255) - ((colour >> shift) & 255)) ** 2,
      0,
    );
    if (distance < least) [best, least] = [at, distance];
  });
  return best;
}
