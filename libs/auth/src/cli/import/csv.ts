import { parse } from 'csv-parse/sync';
import { CommandError } from '../terminal.js';
import { type Entry, TOO_LONG } from './entry.js';
import { type Line, MAX_LENGTH } from './lines.js';

interface CsvRecord {
  line: number;
  /** `null` with the fault that keeps it from being read. */
  text: string | null;
  fault: string;
}

/** Records that are parsed at once. */
const GROUP = 200;
const UNCLOSED = 'opens a quote that nothing closes';
const MALFORMED = 'has a quote in the wrong place';

/**
 * Entries of CSV as RFC 4180 has it, with a header. A broken record costs itself and no other: records are told apart here, by their quotes,
 * since a parser that has lost its way goes on anywhere.
 *
 * @param onHeader told the names of the columns before the first entry; what it throws ends it all
 * @throws CommandError when there is no header
 */
export async function* csvEntries(
  lines: AsyncIterable<Line>,
  delimiter: string,
  onHeader: (columns: readonly string[]) => Promise<void>,
): AsyncGenerator<Entry> {
  let columns: readonly string[] | undefined;
  let group: CsvRecord[] = [];
  for await (const record of recordsOf(lines)) {
    if (columns === undefined) {
      columns = headerOf(record, delimiter);
      await onHeader(columns);
      continue;
    }
    group.push(record);
    if (group.length < GROUP) continue;
    yield* entriesOf(group, columns, delimiter);
    group = [];
  }
  if (columns === undefined) throw new CommandError('The file is empty: the first line of CSV names the columns.');
  yield* entriesOf(group, columns, delimiter);
}

/** Lines, or several of them where a quote goes over their end. */
async function* recordsOf(lines: AsyncIterable<Line>): AsyncGenerator<CsvRecord> {
  /** Lines since a quote was opened. */
  let open: { line: number; text: string }[] = [];
  let length = 0;
  let isQuoted = false;
  for await (const { number: line, text } of lines) {
    if (text === null) {
      yield* abandoned(open);
      open = [];
      isQuoted = false;
      yield { line, text, fault: TOO_LONG };
      continue;
    }
    if (!isQuoted && text.trim() === '') continue;
    open.push({ line, text });
    length = isQuoted ? length + text.length + 1 : text.length;
    isQuoted = isQuoted !== hasOddQuotes(text);
    if (isQuoted && length <= MAX_LENGTH) continue;
    if (isQuoted) yield* abandoned(open);
    else yield { line: open[0]!.line, text: open.map((one) => one.text).join('\n'), fault: MALFORMED };
    open = [];
    isQuoted = false;
  }
  yield* abandoned(open);
}

/** A quote that nothing has closed costs its own line; those behind it are looked at for themselves. */
function* abandoned(open: readonly { line: number; text: string }[]): Generator<CsvRecord> {
  for (const { line, text } of open) {
    if (hasOddQuotes(text)) yield { line, text: null, fault: UNCLOSED };
    else if (text.trim() !== '') yield { line, text, fault: MALFORMED };
  }
}

function hasOddQuotes(text: string): boolean {
  let isOdd = false;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) isOdd = !isOdd;
  return isOdd;
}

function headerOf({ text, fault }: CsvRecord, delimiter: string): readonly string[] {
  const header = text === null ? undefined : cellsOf([text], delimiter)?.[0];
  if (header === undefined) throw new CommandError(`The first line, which names the columns, ${fault}.`);
  return header.map((name) => name.trim());
}

function* entriesOf(group: readonly CsvRecord[], columns: readonly string[], delimiter: string): Generator<Entry> {
  const readable = group.flatMap(({ text }) => (text === null ? [] : [text]));
  const together = cellsOf(readable, delimiter);
  let next = 0;
  for (const { line, text, fault } of group) {
    const cells = text === null ? undefined : together === undefined ? cellsOf([text], delimiter)?.[0] : together[next++];
    if (cells === undefined) yield { line, fault };
    else if (cells.length !== columns.length) {
      yield { line, fault: `has ${cells.length} columns, the header ${columns.length}` };
    } else yield { line, values: Object.fromEntries(columns.map((column, index) => [column, cells[index]])) };
  }
}

/** `undefined` when one of the records is malformed. */
function cellsOf(records: readonly string[], delimiter: string): string[][] | undefined {
  try {
    const rows = parse(records.join('\n'), { delimiter, relax_column_count: true }) as string[][];
    return rows.length === records.length ? rows : undefined;
  } catch {
    return undefined;
  }
}
