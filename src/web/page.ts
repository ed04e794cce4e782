/**
 * The live page: one HTML text with its style and its script, put together when the program starts. Its policy allows
 * exactly this style, this script and this server, so a hostile process name that became markup still could not run.
 */
import { createHash } from 'node:crypto';
import { PALETTE_STYLE } from '../text/palette.ts';
import { text as SCRIPT } from './page/main.ts?text';
import { text as LOOK } from './page/page.css?text';
import { text as FRAME } from './page/page.html?text';

const STYLE = `${PALETTE_STYLE}${LOOK}`;

// A function, because the texts may contain what replace() takes for a pattern.
export const PAGE = FRAME.replace('<style></style>', () => `<style>${STYLE}</style>`).replace(
  '<script></script>',
  () => `<script>${SCRIPT}</script>`,
);

/** Content-Security-Policy of the page. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(SCRIPT)}'`,
  `style-src '${hashOf(STYLE)}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
