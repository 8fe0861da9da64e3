import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { waitUntilItAnswers } from './service-probes.js';
import type { Provision } from './service-provision.js';
import type { ServiceName } from './services.js';

const run = promisify(execFile);
/** Covers a first pull of the image over a slow line. */
const PULL_TIMEOUT = 300_000;
const START_TIMEOUT = 60_000;

const IMAGES: Record<ServiceName, { image: string; port: number; env: readonly string[]; url: (port: string) => string }> = {
  postgres: {
    image: 'docker.io/library/postgres:16-alpine',
    port: 5432,
    env: ['POSTGRES_HOST_AUTH_METHOD=trust'],
    url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
  },
  mariadb: {
    image: 'docker.io/library/mariadb:11.4',
    port: 3306,
    env: ['MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1'],
    url: (port) => `mysql://root@127.0.0.1:${port}`,
  },
  redis: { image: 'docker.io/library/redis:7-alpine', port: 6379, env: [], url: (port) => `redis://127.0.0.1:${port}` },
};

/** Starts a throw-away container; `null` when no engine answers or it cannot run the image. */
export async function startFromContainer(name: ServiceName): Promise<Provision | null> {
  const engine = await findEngine();
  if (!engine) return null;
  const { image, port, env, url } = IMAGES[name];
  let container: string;
  try {
    const variables = env.flatMap((variable) => ['-e', variable]);
    const started = await run(engine, ['run', '-d', '--rm', '-p', `127.0.0.1::${port}`, ...variables, image], {
      timeout: PULL_TIMEOUT,
    });
    container = started.stdout.trim();
  } catch {
    return null;
  }
  const stop = async () => {
    await run(engine, ['rm', '-f', container]).catch(() => undefined);
  };
  try {
    const { stdout } = await run(engine, ['port', container, `${port}/tcp`]);
    const address = url(stdout.trim().split('\n')[0]!.split(':').at(-1)!);
    await waitUntilItAnswers(name, address, START_TIMEOUT);
    return { name, url: address, origin: `${engine} ${image}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A client without its daemon is no engine. */
async function findEngine(): Promise<string | null> {
  for (const engine of ['docker', 'podman']) {
    const alive = await run(engine, ['info'], { timeout: 5_000 }).then(
      () => true,
      () => false,
    );
    if (alive) return engine;
  }
  return null;
}
