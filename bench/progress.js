/** Progress on standard error: one line that changes in a terminal, else a line each. And the text of an error. */

/** @param {string} what */
export function progress(what) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  else process.stderr.write(`${what}\n`);
}

export function clearProgress() {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

/** @param {unknown} error @returns {string} */
export function explain(error) {
  const { message, cause } = /** @type {Error} */ (error);
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
