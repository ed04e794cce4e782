/** Thread names as families: a pool numbers its threads, and the number says nothing. */

/**
 * @example foldThreadName('worker-17') // => 'worker-#'
 * @example foldThreadName('puma 003/2') // => 'puma #/#'
 */
export function foldThreadName(name: string): string {
  return name.replace(/\d+/g, '#');
}
