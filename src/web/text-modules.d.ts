/** Files that the build puts into the program as text, see scripts/text-modules.js. */
declare module '*?text' {
  export const text: string;
}
