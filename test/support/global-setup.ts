import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { dropDatabasesOf } from './database-names.js';
import { provision, type Provision } from './service-provision.js';
import type { FoundServices, ServiceName } from './services.js';

const NAMES: readonly ServiceName[] = ['postgres', 'mariadb', 'redis'];

/** Finds or starts the servers once per run, says which, and removes at the end what the run left behind. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runId = randomBytes(4).toString('hex');
  const found = await Promise.all(NAMES.map((name) => provision(name)));
  const provisions = found.filter((provided): provided is Provision => provided !== null);
  const urls: FoundServices['urls'] = {};
  for (const { name, url } of provisions) urls[name] = url;
  project.provide('services', { runId, urls });

  const missing = NAMES.filter((name) => !urls[name]);
  console.log(`Services: ${provisions.map(({ name, origin }) => `${name} (${origin})`).join(', ') || 'none'}.`);
  if (missing.length > 0) console.log(`Services not found: ${missing.join(', ')}. Suites that need them are listed as not run.`);

  return async () => {
    for (const name of ['postgres', 'mariadb'] as const) {
      const url = urls[name];
      if (url)
        await dropDatabasesOf(name, url, runId).catch((error: unknown) => console.error(`Databases of ${name} are left:`, error));
    }
    await Promise.all(provisions.map(async (provided) => provided.stop?.()));
  };
}
