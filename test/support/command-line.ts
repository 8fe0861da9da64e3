import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';

const COMMAND = resolve('libs/auth/dist/esm/cli/main.js');

export interface Outcome {
  code: number;
  out: string;
  err: string;
}

export interface Surroundings {
  env?: Record<string, string>;
  /** Working directory. @default one where there is nothing of ours */
  cwd?: string;
  /** What is piped in. */
  input?: string;
  /** Another script than the command itself. */
  script?: string;
}

/** The built command in a process of its own, with nothing of our environment but the path. */
export function latchkey(
  args: readonly string[],
  { env = {}, cwd = tmpdir(), input = '', script = COMMAND }: Surroundings = {},
): Promise<Outcome> {
  if (!existsSync(COMMAND)) throw new Error('The library is not built: run `npm run build` first.');
  return new Promise((settle) => {
    const options = { cwd, env: { PATH: process.env['PATH'], ...env }, timeout: 25_000, maxBuffer: 16 * 1_048_576 };
    const child = execFile(process.execPath, [script, ...args], options, (error, out, err) => {
      settle({ code: error === null ? 0 : Number(error.code ?? -1), out, err });
    });
    // A command that reads nothing may be gone before it is written to.
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(input);
  });
}
