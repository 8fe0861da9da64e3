import type { ServiceName } from './services.js';
import { startFromBinaries } from './service-binaries.js';
import { startFromContainer } from './service-containers.js';
import { answers } from './service-probes.js';

/** A server that may be used; `stop` is there when this run started it. */
export interface Provision {
  readonly name: ServiceName;
  readonly url: string;
  /** Where it came from, for the line that is printed. */
  readonly origin: string;
  stop?(): Promise<void>;
}

const VARIABLE: Record<ServiceName, string> = { postgres: 'DATABASE_URL', mariadb: 'MYSQL_URL', redis: 'REDIS_URL' };

/** What a developer's machine or a CI service container usually offers. */
const DEFAULTS: Record<ServiceName, readonly string[]> = {
  postgres: ['postgres://postgres@127.0.0.1:5432/postgres', 'postgres://postgres:postgres@127.0.0.1:5432/postgres'],
  mariadb: ['mysql://root@127.0.0.1:3306', 'mysql://root:root@127.0.0.1:3306', 'mysql://root:mysql@127.0.0.1:3306'],
  redis: ['redis://127.0.0.1:6379'],
};

/**
 * Finds a server: the URL of the environment, else the default local port, else binaries on the PATH, else a container.
 *
 * @returns `null` when none can be had.
 * @throws Error when the environment names a server that does not answer: a wrong URL must not be papered over.
 */
export async function provision(name: ServiceName): Promise<Provision | null> {
  const variable = VARIABLE[name];
  const given = process.env[variable];
  if (given && speaks(name, given)) {
    if (await answers(name, given)) return { name, url: given, origin: variable };
    throw new Error(`${variable} is set, but nothing answers there.`);
  }
  if (process.env.LATCHKEY_LOCAL_SERVICES !== 'off') {
    for (const url of DEFAULTS[name]) {
      if (await answers(name, url)) return { name, url, origin: 'local' };
    }
  }
  return (await startFromBinaries(name)) ?? (await startFromContainer(name));
}

/** `DATABASE_URL` may well name a host's MySQL or SQLite; that is not our PostgreSQL then. */
const speaks = (name: ServiceName, url: string): boolean =>
  ({ postgres: /^postgres(ql)?:/, mariadb: /^(mysql|mariadb):/, redis: /^rediss?:/ })[name].test(url);
