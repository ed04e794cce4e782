/** The part of npm's logfmt that the tests use; the package has no types. */
declare module 'logfmt' {
  const logfmt: { parse(line: string): Record<string, string | boolean | null> };
  export default logfmt;
}
