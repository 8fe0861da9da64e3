import { createInterface } from 'node:readline/promises';
import { type Readable, Writable } from 'node:stream';
import { CommandError, type Terminal } from './terminal.js';

/** More than any password may have; what is piped in beyond it is not read. */
const MAX_BYTES = 4_096;

/**
 * A secret that never stands in the arguments, where every process of the machine could read it: typed twice without being shown, or the
 * first thing that is piped in, without the line break at its end.
 *
 * @throws CommandError when there is none, or when it was mistyped
 */
export async function readSecret(terminal: Terminal, name: string): Promise<string> {
  const { input } = terminal;
  const secret = input?.isTTY === true ? await typed(terminal, input, name) : await piped(input);
  if (secret !== '') return secret;
  throw new CommandError(`No ${name} was given: type one, or pipe it in, e.g. from the standard output of a password manager.`);
}

async function typed(terminal: Terminal, input: Readable, name: string): Promise<string> {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: silence, terminal: true, historySize: 0 });
  const ask = async (prompt: string): Promise<string> => {
    terminal.err(prompt);
    const interrupted = new AbortController();
    lines.once('close', () => interrupted.abort());
    try {
      return await lines.question('', { signal: interrupted.signal });
    } catch (error) {
      throw new CommandError(`No ${name} was given; nothing has changed.`, { cause: error });
    }
  };
  try {
    const secret = await ask(`The ${name} (not shown):`);
    if (secret !== '' && (await ask('The same again:')) !== secret) {
      throw new CommandError(`The two entries of the ${name} differ; nothing has changed. Try again.`);
    }
    return secret;
  } finally {
    lines.close();
  }
}

async function piped(input: Readable | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input ?? []) {
    chunks.push(Buffer.from(chunk as Buffer | string));
    size += chunks.at(-1)!.length;
    if (size > MAX_BYTES) break;
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
