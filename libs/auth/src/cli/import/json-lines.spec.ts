import { describe, expect, it } from 'vitest';
import type { Entry } from './entry.js';
import { jsonEntries } from './json-lines.js';
import { linesOf } from './lines.js';

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

describe('JSON lines', () => {
  it('are objects, and a broken one costs itself', async () => {
    const entries: Entry[] = [];
    const text = `{"email":"a@example.com"}\n\n{"hash":"s3cret\n[1]\nnull\n"text"\n${' '.repeat(70_000)}\n{"email":"b@example.com","roles":["x"]}`;
    for await (const entry of jsonEntries(linesOf(once(text)))) entries.push(entry);

    expect(entries).toEqual([
      { line: 1, values: { email: 'a@example.com' } },
      { line: 3, fault: 'is not JSON' },
      { line: 4, fault: 'is no JSON object' },
      { line: 5, fault: 'is no JSON object' },
      { line: 6, fault: 'is no JSON object' },
      { line: 7, fault: 'is longer than 64 KiB' },
      { line: 8, values: { email: 'b@example.com', roles: ['x'] } },
    ]);
  });
});
