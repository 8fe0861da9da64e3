import { createReadStream, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { CommandError, type Terminal } from '../terminal.js';

export type Format = 'csv' | 'jsonl';

/** A file, or what is piped in, as text in pieces. */
export interface Source {
  pieces: AsyncIterable<string>;
  /** `undefined` for what is piped in. */
  size: number | undefined;
  bytesRead(): number;
}

const FORMATS: Readonly<Record<string, Format>> = { '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl' };

/** @throws CommandError when the name does not tell */
export function formatOf(file: string, given: Format | undefined): Format {
  const format = given ?? FORMATS[extname(file).toLowerCase()];
  if (format !== undefined) return format;
  throw new CommandError(
    `The name of ${file === '-' ? 'the input' : file} does not say what it is: add --format csv or --format jsonl`,
  );
}

/** @throws CommandError when there is no such file */
export function openSource(file: string, { cwd, input }: Terminal): Source {
  if (file === '-') {
    if (input === undefined) throw new CommandError('Nothing is piped in: name a file.');
    let bytes = 0;
    input.setEncoding('utf8');
    const counted = async function* (): AsyncGenerator<string> {
      for await (const piece of input) {
        bytes += Buffer.byteLength(piece as string);
        yield piece as string;
      }
    };
    return { pieces: counted(), size: undefined, bytesRead: () => bytes };
  }
  const path = resolve(cwd, file);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new CommandError(`There is no file ${file}.`);
  if (stats.isDirectory()) throw new CommandError(`${file} is a directory: name a file.`);
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: 256 * 1024 });
  return { pieces: stream as AsyncIterable<string>, size: stats.size, bytesRead: () => stream.bytesRead };
}
