// Requests that once failed, one JSON a line. Every run begins with them.
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../fuzz-regressions');
/** Where runs add what they find. */
const FOUND = join(FOLDER, 'found.jsonl');

export function regressions() {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.jsonl'))
    .sort()
    .flatMap((file) => readFileSync(join(FOLDER, file), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).request);
}

/** @param failures `{ request, why }` that no run before has seen */
export function keep(failures) {
  const lines = failures.map(({ request, why }) => `${JSON.stringify({ why, request })}\n`);
  appendFileSync(FOUND, lines.join(''));
}
