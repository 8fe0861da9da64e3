import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.js';

/** A Node.js program that serves HTTP, in a process of its own. */
export interface ServerProcess {
  /** Its origin on the loopback interface, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Everything it printed so far, both streams. */
  output(): string;
  /** Sends the signal and resolves once the process is gone. Harmless when it is gone already. @default 'SIGTERM' */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ServerProcessOptions {
  readonly cwd: string;
  /** Added to PATH and HOME; nothing else of the caller's environment leaks in. PORT is set to a free one unless given. */
  readonly env?: Record<string, string>;
  /** Asked until it answers with less than 500. @default '/' */
  readonly readyPath?: string;
  /** Milliseconds to become ready. @default 20000 */
  readonly timeout?: number;
}

/**
 * Starts `entry` with this Node.js and waits until it answers.
 *
 * @throws Error with its output when it ends or does not answer in time.
 */
export async function startProcess(entry: string, options: ServerProcessOptions): Promise<ServerProcess> {
  const { cwd, env = {}, readyPath = '/', timeout = 20_000 } = options;
  const port = Number(env.PORT ?? (await freePort()));
  const url = `http://localhost:${port}`;
  const child = spawn(process.execPath, [entry], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env, PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const gone = new Promise<void>((settle) => child.once('exit', () => settle()));
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    process.off('exit', kill);
    if (!ended()) child.kill(signal);
    await gone;
  };

  const deadline = Date.now() + timeout;
  while (!(await isReady(`http://127.0.0.1:${port}${readyPath}`))) {
    if (!ended() && Date.now() < deadline) {
      await delay(50);
      continue;
    }
    const reason = ended() ? `ended with ${child.exitCode ?? child.signalCode}` : `did not answer within ${timeout} ms`;
    await stop('SIGKILL');
    throw new Error(`${entry} ${reason}:\n${chunks.join('')}`);
  }
  return { url, port, pid: child.pid!, child, output: () => chunks.join(''), stop };
}

const isReady = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.status < 500,
    () => false,
  );
