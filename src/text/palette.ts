/**
 * Colours of our pages, light or dark as the system is. Text has a contrast of 4.5:1 or more on each of its grounds.
 */

const COLOURS: readonly (readonly [name: string, light: string, dark: string])[] = [
  ['ground', '#f5f6f8', '#11151a'],
  ['card', '#ffffff', '#1a2027'],
  ['rule', '#dde1e7', '#2d3640'],
  ['ink', '#1a1f26', '#e8ecf1'],
  ['soft', '#5a6472', '#9aa6b4'],
  ['bad', '#b3261e', '#ff8a80'],
  ['bad-ground', '#fdecea', '#3a1c1b'],
  ['warn', '#8a5300', '#ffc266'],
  ['warn-ground', '#fff4de', '#35290f'],
  ['good', '#1a6b3c', '#7fd6a0'],
  ['good-ground', '#e9f6ee', '#15301f'],
  ['curve', '#3d6fb4', '#7eaef2'],
  ['track', '#e6e9ee', '#2b333d'],
];

/** CSS: each colour as a custom property of the root, `var(--bad)`. */
export const PALETTE_STYLE = `:root { color-scheme: light dark; ${properties(1)} }
@media (prefers-color-scheme: dark) { :root { ${properties(2)} } }
`;

function properties(column: 1 | 2): string {
  return COLOURS.map((row) => `--${row[0]}: ${row[column]};`).join(' ');
}
