// On what the suites run. A lane is a set of variables that the harness of the HTTP suites (test/auth-app.ts) reads.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './steps.mjs';

/** Every suite, the HTTP suites in memory on Express. */
const EVERYTHING = { title: 'Suites (vitest)', env: {}, files: [] };

/** Each promised database once, each HTTP adapter at least once. */
const EACH = [
  ['sqlite', 'fastify'],
  ['postgres', 'fastify'],
  ['mariadb', 'express'],
];

const ALL = ['memory', 'sqlite', 'postgres', 'mariadb'].flatMap((storage) =>
  ['express', 'fastify'].map((adapter) => [storage, adapter]),
);

/**
 * @param {string | undefined} which `all`: the HTTP suites on every storage and adapter; `one`: in memory only; `dealt`: nothing but the HTTP
 *   suites, each of them on one of the databases; otherwise everything, and the HTTP suites on each database once
 */
export function lanes(which) {
  const pairs = which === 'one' ? [] : which === 'all' ? ALL.filter((pair) => pair.join() !== 'memory,express') : EACH;
  const files = pairs.length > 0 ? httpSuites() : [];
  const http = pairs.map(([storage, adapter], turn) => ({
    title: `HTTP suites on ${storage}, ${adapter}`,
    env: { STORAGE: storage, ADAPTER: adapter },
    files: which === 'dealt' ? files.filter((_, at) => at % pairs.length === turn) : files,
  }));
  return which === 'dealt' ? http : [EVERYTHING, ...http];
}

/** Those that leave storage and adapter to the harness; the others choose their own and have run already. */
function httpSuites() {
  return readdirSync(join(ROOT, 'test'))
    .filter((name) => name.endsWith('.e2e-spec.ts'))
    .map((name) => `test/${name}`)
    .filter((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      return text.includes('/auth-app.js') && !/describeEachDatabase|describeWith|startDemo|startProcess/.test(text);
    });
}
