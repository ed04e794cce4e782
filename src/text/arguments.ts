/** Checks of what a program passes to the library. What is wrong is refused by its name, in one sentence. */

/**
 * @param of the function whose options they are
 * @throws {TypeError} if it is no object, or has an option of another name
 */
export function requireOptions(of: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${of} needs an object of options, not ${inWords(options)}`);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`${of} has no option ${JSON.stringify(unknown)}; it has ${known.join(', ')}`);
}

/**
 * @throws {TypeError} if it is not a number
 * @throws {RangeError} if it is not positive, or not finite
 */
export function requirePositive(name: string, value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a positive number, not ${inWords(value)}`);
  if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} must be a positive number, not ${value}`);
}

/** @throws {TypeError} if the value is not of this type */
export function requireType(name: string, value: unknown, type: 'string' | 'function'): void {
  if (typeof value !== type) throw new TypeError(`${name} must be a ${type}, not ${inWords(value)}`);
}

/** @returns a description of any value, including those that cannot be converted to a string */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
