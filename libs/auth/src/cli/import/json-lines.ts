import { type Entry, TOO_LONG } from './entry.js';
import type { Line } from './lines.js';

/** Entries of JSON lines: one object on each line. */
export async function* jsonEntries(lines: AsyncIterable<Line>): AsyncGenerator<Entry> {
  for await (const { number: line, text } of lines) {
    if (text === null) yield { line, fault: TOO_LONG };
    else if (text.trim() !== '') yield entryOf(line, text);
  }
}

function entryOf(line: number, text: string): Entry {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and with it a hash.
    return { line, fault: 'is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { line, fault: 'is no JSON object' };
  return { line, values: value as Record<string, unknown> };
}
