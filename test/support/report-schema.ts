/**
 * The published schema of /api/v1/report. Readers should accept fields that they do not know; here each field that is sent
 * has to be in the schema.
 */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

// biome-ignore lint/suspicious/noExplicitAny: a schema has any shape
export const SCHEMA: any = JSON.parse(
  readFileSync(new URL('../../docs/report.schema.json', import.meta.url), 'utf8'),
  (_, value) =>
    value?.properties && typeof value.type === 'string' ? { ...value, additionalProperties: false } : value,
);

const validate = new Ajv2020({ allErrors: true }).compile(SCHEMA);

/** Where the report does not keep to its schema, in words. */
export function reportProblems(report: unknown): readonly string[] {
  validate(report);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
