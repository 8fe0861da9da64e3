import { execFile, execFileSync, spawn } from 'node:child_process';
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { waitUntilItAnswers } from './service-probes.js';
import type { Provision } from './service-provision.js';
import type { ServiceName } from './services.js';

const run = promisify(execFile);
const START_TIMEOUT = 30_000;

/** Starts a throw-away server in a temporary directory; `null` when its binaries are not there. */
export async function startFromBinaries(name: ServiceName): Promise<Provision | null> {
  const server = SERVERS[name];
  const paths = server.binaries.map(findBinary);
  if (paths.some((path) => path === null)) return null;

  const directory = mkdtempSync(join(tmpdir(), `latchkey-${name}-`));
  const identity = unprivileged(server.user);
  if (identity) chownSync(directory, identity.uid, identity.gid);
  const port = await freePort();
  const { url, prepare, args, binary } = server.launch(paths as string[], directory, port);
  const options = { cwd: directory, ...identity };
  if (prepare) await run(prepare.binary, prepare.args, options);

  const child = spawn(binary, args, { ...options, stdio: 'ignore' });
  // A run that dies without its teardown still takes its servers along.
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(server.stopSignal);
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await waitUntilItAnswers(name, url, START_TIMEOUT);
  } catch (error) {
    await stop();
    throw error;
  }
  return { name, url, origin: `started from ${binary}`, stop };
}

interface Launch {
  readonly url: string;
  readonly prepare?: { readonly binary: string; readonly args: string[] };
  readonly binary: string;
  readonly args: string[];
}

interface Server {
  readonly binaries: readonly string[];
  /** Who runs it when we are root, which PostgreSQL and MariaDB refuse to be. */
  readonly user: string;
  /** PostgreSQL waits for its clients on SIGTERM, and disconnects them on SIGINT. */
  readonly stopSignal: NodeJS.Signals;
  launch(paths: string[], directory: string, port: number): Launch;
}

const SERVERS: Record<ServiceName, Server> = {
  postgres: {
    binaries: ['initdb', 'postgres'],
    user: 'postgres',
    stopSignal: 'SIGINT',
    launch: ([initdb, postgres], directory, port) => ({
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      prepare: {
        binary: initdb!,
        args: ['-D', join(directory, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
      },
      binary: postgres!,
      args: ['-D', join(directory, 'data'), '-p', `${port}`, '-h', '127.0.0.1', '-k', directory, '-c', 'max_connections=300'],
    }),
  },
  mariadb: {
    binaries: ['mariadb-install-db', 'mariadbd'],
    user: 'mysql',
    stopSignal: 'SIGTERM',
    launch: ([install, mariadbd], directory, port) => ({
      url: `mysql://root@127.0.0.1:${port}`,
      prepare: {
        binary: install!,
        args: [
          '--no-defaults',
          `--datadir=${join(directory, 'data')}`,
          '--auth-root-authentication-method=normal',
          '--skip-test-db',
        ],
      },
      binary: mariadbd!,
      args: [
        '--no-defaults',
        `--datadir=${join(directory, 'data')}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--socket=${join(directory, 'socket')}`,
        `--pid-file=${join(directory, 'pid')}`,
        '--max-connections=300',
      ],
    }),
  },
  redis: {
    binaries: ['redis-server'],
    user: 'redis',
    stopSignal: 'SIGTERM',
    launch: ([redis], directory, port) => ({
      url: `redis://127.0.0.1:${port}`,
      binary: redis!,
      args: ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no'],
    }),
  },
};

/** Debian keeps `initdb` and `mariadbd` off a plain user's PATH. */
function findBinary(name: string): string | null {
  const versions = '/usr/lib/postgresql';
  const postgres = existsSync(versions)
    ? readdirSync(versions)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(versions, version, 'bin'))
    : [];
  for (const directory of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', ...postgres]) {
    if (!directory) continue;
    const candidate = join(directory, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here: look on.
    }
  }
  return null;
}

/** `undefined` when we are not root and therefore run servers as ourselves. */
function unprivileged(preferred: string): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of [preferred, 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such user: try the next.
    }
  }
  return undefined;
}
