// npm run bench:scale: a thousand users beside a million, on PostgreSQL, and what a process remembers of a million sources, addresses and
// sessions. Writes docs/SCALE.md.
//
//   --quick          20,000 users instead of a million, short rounds; prints and writes nothing
//   --users=<n>      of the large database; five sessions each
//   --only=<part>    `database` or `memory`, and the other part stays as the last run found it; `report` measures neither
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../tools/build.mjs';
import { installDependencies, requireNode, ROOT, say } from '../tools/steps.mjs';
import { takeSnapshot } from './lib/snapshot.mjs';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, users: { type: 'string' }, only: { type: 'string' } },
});
const plan = values.quick
  ? { users: 20_000, rounds: 60, batches: 15, crowdedRounds: 8, distinct: 240_000, parts: 2 }
  : { users: 1_000_000, rounds: 120, batches: 40, crowdedRounds: 12, distinct: 1_000_000, parts: 5 };
if (values.users !== undefined) plan.users = Number(values.users);

/** What was measured last. */
const CACHE = join(ROOT, '.cache/bench/scale.json');

const isWritten = !values.quick && values.users === undefined;

requireNode();
await installDependencies();
if (!(await build())) process.exit(1);
takeSnapshot();

// Their imports are only there from here on.
const { compareSizes } = await import('./scale/compare-sizes.mjs');
const { measureMemory } = await import('./scale/memory.mjs');
const { judge } = await import('./scale/targets.mjs');
const { report } = await import('./scale/report.mjs');

const startedAt = Date.now();
const load = loadavg()[0];
const secret = randomBytes(48).toString('base64url');
const measured = {
  ...(values.only === undefined || values.only === 'database' ? { sizes: await compareSizes({ ...plan, secret }) } : {}),
  ...(values.only === undefined || values.only === 'memory' ? { memory: await measureMemory({ ...plan, secret }) } : {}),
};
const kept = existsSync(CACHE) ? JSON.parse(readFileSync(CACHE, 'utf8')) : {};
const results = { sizes: null, memory: null, ...(isWritten ? kept : {}), ...measured };
const verdicts = judge(results);
const text = report({
  results,
  verdicts,
  plan,
  machine: {
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${platform()} ${release()}`,
    'load average': `${load.toFixed(2)} before the run, ${loadavg()[0].toFixed(2)} after it`,
  },
  date: new Date(startedAt).toISOString().slice(0, 10),
  minutes: (Date.now() - startedAt) / 60_000,
});
if (!isWritten) console.log(text);
else {
  mkdirSync(join(CACHE, '..'), { recursive: true });
  writeFileSync(CACHE, JSON.stringify(results));
  writeFileSync(join(ROOT, 'docs/SCALE.md'), text);
  say('Wrote docs/SCALE.md.');
}
process.exitCode = verdicts.every(({ met }) => met) ? 0 : 1;
