import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startProcess, type ServerProcess } from './processes.js';

const ENTRY = resolve('dist/apps/demo/main.js');

/**
 * Starts the built demo in development mode on a free port, as `npm run demo` does, and waits until it is healthy.
 * Its working directory, where the default `.data/` lies, is `cwd` or one of its own that goes with it.
 *
 * @throws Error with its output when it ends or does not answer in time.
 */
export async function startDemo(
  env: Record<string, string> = {},
  options: { cwd?: string; timeout?: number } = {},
): Promise<ServerProcess> {
  if (!existsSync(ENTRY)) throw new Error('The demo is not built: run `npm run build` first.');
  const cwd = options.cwd ?? mkdtempSync(join(tmpdir(), 'latchkey-demo-'));
  const cleanUp = () => {
    if (!options.cwd) rmSync(cwd, { recursive: true, force: true });
  };
  try {
    const demo = await startProcess(ENTRY, {
      cwd,
      env: { NODE_ENV: 'development', ...env },
      readyPath: '/health',
      ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    });
    return { ...demo, stop: (signal) => demo.stop(signal).finally(cleanUp) };
  } catch (error) {
    cleanUp();
    throw error;
  }
}
