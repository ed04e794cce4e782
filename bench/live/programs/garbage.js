/** Parses documents and forgets them: memory follows the sawtooth of garbage collection. */
const DOCUMENTS_A_SECOND = 20;
const text = JSON.stringify(Array.from({ length: 2000 }, (_, id) => ({ id, name: `name ${id}`, tags: [id, id + 1] })));
/** Documents of the last second, still in use. @type {unknown[]} */
const recent = [];

setInterval(() => {
  recent.push(JSON.parse(text));
  if (recent.length > DOCUMENTS_A_SECOND) recent.shift();
}, 1000 / DOCUMENTS_A_SECOND);
