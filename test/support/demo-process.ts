import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.js';

const ENTRY = resolve('dist/apps/demo/main.js');

/** The built demo in a process of its own, as `npm run demo` starts it. */
export interface DemoProcess {
  readonly url: string;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Everything it printed so far, both streams. */
  output(): string;
  /** Sends the signal and resolves once the process is gone. Harmless when it is gone already. @default 'SIGTERM' */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts the built demo on a free port and waits until it answers.
 * Settings of the caller's own environment (DATABASE_URL, AUTH_SECRET, …) do not leak in; `env` is added.
 *
 * @throws Error with its output when it exits or does not answer within `timeout` milliseconds.
 */
export async function startDemo(env: Record<string, string> = {}, timeout = 20_000): Promise<DemoProcess> {
  if (!existsSync(ENTRY)) throw new Error('The demo is not built: run `npm run build` first.');
  const port = Number(env.PORT ?? (await freePort()));
  const url = env.BASE_URL ?? `http://127.0.0.1:${port}`;
  // The working directory is its own, so that the default `.data/` is, too.
  const cwd = mkdtempSync(join(tmpdir(), 'latchkey-demo-'));
  const child = spawn(process.execPath, [ENTRY], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'development', BASE_URL: url, ...env, PORT: `${port}` },
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
    rmSync(cwd, { recursive: true, force: true });
  };

  const deadline = Date.now() + timeout;
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(1_000) }).then(
      (response) => response.status < 500,
      () => false,
    );
    if (answered) break;
    if (ended() || Date.now() > deadline) {
      const reason = ended() ? `ended with ${child.exitCode ?? child.signalCode}` : `did not answer within ${timeout} ms`;
      await stop('SIGKILL');
      throw new Error(`The demo ${reason}:\n${chunks.join('')}`);
    }
    await delay(50);
  }
  return { url, pid: child.pid!, child, output: () => chunks.join(''), stop };
}
