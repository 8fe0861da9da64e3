// docs/PERFORMANCE.md keeps what every part measured last in comments, so that a part can be measured again by itself.
import { existsSync, readFileSync } from 'node:fs';

const KEPT = /^<!-- record (.*) -->$/gm;
/** More digits say nothing. */
const DIGITS = 6;

const rounded = (_key, value) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;

export const recordComment = (record) => `<!-- record ${JSON.stringify(record, rounded).replaceAll('>', '&gt;')} -->`;

/** @returns records by the name of their part */
export function readRecords(file) {
  if (!existsSync(file)) return {};
  const records = [...readFileSync(file, 'utf8').matchAll(KEPT)].map(([, json]) => JSON.parse(json.replaceAll('&gt;', '>')));
  return Object.fromEntries(records.map((record) => [record.part, record]));
}
