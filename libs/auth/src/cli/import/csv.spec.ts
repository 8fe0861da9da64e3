import { describe, expect, it } from 'vitest';
import { CommandError } from '../terminal.js';
import { csvEntries } from './csv.js';
import type { Entry } from './entry.js';
import { linesOf } from './lines.js';

async function* inPieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function read(text: string, delimiter = ',', size = 7): Promise<{ header: readonly string[]; entries: Entry[] }> {
  let header: readonly string[] = [];
  const entries: Entry[] = [];
  const onHeader = async (columns: readonly string[]) => {
    header = columns;
  };
  for await (const entry of csvEntries(linesOf(inPieces(text, size)), delimiter, onHeader)) entries.push(entry);
  return { header, entries };
}

describe('CSV', () => {
  it.each([1, 3, 1000])(
    'is read with quotes, line ends and delimiters inside of them, in pieces of %i characters',
    async (size) => {
      const text =
        '\uFEFFemail, name\r\nada@example.com,"Ada, ""Countess""\nof Lovelace"\r\n\r\nbob@example.com,\r\neve@example.com,Eve';
      const { header, entries } = await read(text, ',', size);

      expect(header).toEqual(['email', 'name']);
      expect(entries).toEqual([
        { line: 2, values: { email: 'ada@example.com', name: 'Ada, "Countess"\nof Lovelace' } },
        { line: 5, values: { email: 'bob@example.com', name: '' } },
        { line: 6, values: { email: 'eve@example.com', name: 'Eve' } },
      ]);
    },
  );

  it('loses a broken line and none behind it', async () => {
    const lines = [
      'email,name',
      'a@example.com,"good"',
      'b@example.com,"bad"quote"s"',
      'c@example.com',
      'd@example.com,D,more',
      'e@example.com,E',
      `f@example.com,${'x'.repeat(70_000)}`,
      'g@example.com,G',
      'h@example.com,"opened',
      ...Array.from({ length: 3000 }, (_, index) => `i${index}@example.com,a name that is long enough`),
    ];
    const { entries } = await read(lines.join('\n'), ',', 4096);

    expect(entries.slice(0, 8)).toEqual([
      { line: 2, values: { email: 'a@example.com', name: 'good' } },
      { line: 3, fault: 'has a quote in the wrong place' },
      { line: 4, fault: 'has 1 columns, the header 2' },
      { line: 5, fault: 'has 3 columns, the header 2' },
      { line: 6, values: { email: 'e@example.com', name: 'E' } },
      { line: 7, fault: 'is longer than 64 KiB' },
      { line: 8, values: { email: 'g@example.com', name: 'G' } },
      { line: 9, fault: 'opens a quote that nothing closes' },
    ]);
    expect(entries.slice(8).map(({ line }) => line)).toEqual(Array.from({ length: 3000 }, (_, index) => index + 10));
    expect(entries.slice(8).every((entry) => 'values' in entry)).toBe(true);
  });

  it('may have another delimiter', async () => {
    expect((await read('email;name\na@example.com;"A;B"', ';')).entries).toEqual([
      { line: 2, values: { email: 'a@example.com', name: 'A;B' } },
    ]);
  });

  it('needs a header', async () => {
    await expect(read('')).rejects.toThrow(CommandError);
    await expect(read('\n\n')).rejects.toThrow('The file is empty');
    await expect(read('email,"name\n')).rejects.toThrow('The first line, which names the columns, opens a quote');
  });
});
