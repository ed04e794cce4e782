/** Colour on a terminal, unless NO_COLOR is set (no-color.org). */
import { styleText } from 'node:util';

export type Colour = 'green' | 'yellow' | 'red' | 'bold' | 'dim';
export type Paint = (colour: Colour, text: string) => string;

export function paint(stream: NodeJS.WritableStream, env: Readonly<Record<string, string | undefined>>): Paint {
  const terminal = (stream as NodeJS.WriteStream).isTTY === true;
  if (!terminal || env.NO_COLOR || env.TERM === 'dumb') return (_, text) => text;
  return (colour, text) => styleText(colour, text, { validateStream: false });
}
