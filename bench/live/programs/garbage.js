/** Parses documents and forgets them: the collector's sawtooth. */
const DOCUMENTS_A_SECOND = 20;
const text = JSON.stringify(Array.from({ length: 2000 }, (_, id) => ({ id, name: `name ${id}`, tags: [id, id + 1] })));
/** Those of the last second are still in use. @type {unknown[]} */
const recent = [];

setInterval(() => {
  recent.push(JSON.parse(text));
  if (recent.length > DOCUMENTS_A_SECOND) recent.shift();
}, 1000 / DOCUMENTS_A_SECOND);
