// npm run mutation -- sessions tokens, or all: which faults in the core no test would notice. Writes docs/MUTATION.md.
//
//   --again           only what a change since the last run may have altered
//   --concurrency 2   mutants that are tried at the same time
//
// Exits with 1 when a room's score is too low, a survivor is not explained, or an explanation has lost its mutant.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installDependencies, requireNode, ROOT, run } from '../tools/steps.mjs';
import { ROOMS } from './rooms.mjs';

const HERE = join(ROOT, 'mutation');
const CACHE = join(ROOT, '.cache/mutation');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { again: { type: 'boolean', default: false }, concurrency: { type: 'string', default: '2' } },
});
const wanted = positionals.includes('all') ? Object.keys(ROOMS) : positionals;
const unknown = wanted.filter((room) => !(room in ROOMS));
if (wanted.length === 0 || unknown.length > 0 || !/^[1-9]\d*$/.test(values.concurrency)) {
  console.error(`Usage: npm run mutation -- ${Object.keys(ROOMS).join('|')}|all … [--again] [--concurrency <number>]`);
  process.exit(2);
}

requireNode();
await installDependencies();
await installStryker();
const { mutate } = await import('./lib/mutate.mjs');
const { recordOf } = await import('./lib/record.mjs');
const { writeReport } = await import('./lib/report.mjs');

const records = [];
for (const room of wanted) {
  const startedAt = Date.now();
  const load = loadavg()[0];
  const mutants = await mutate(room, { again: values.again, concurrency: Number(values.concurrency), cache: CACHE });
  records.push({
    ...recordOf(room, mutants),
    run: {
      command: `npm run mutation -- ${room}${values.again ? ' --again' : ''}`,
      date: new Date(startedAt).toISOString().slice(0, 10),
      minutes: (Date.now() - startedAt) / 60_000,
      machine: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()}, load ${load.toFixed(2)} before the run`,
      versions: [
        `Node.js ${process.version}`,
        ...['@stryker-mutator/core', 'vitest'].map((name) => `${name} ${installedVersion(name)}`),
      ].join(', '),
    },
  });
  // A room is kept even when a later one cannot be run.
  const { file, complaints } = writeReport(records);
  console.error(`▸ Wrote ${file}`);
  for (const complaint of complaints) console.error(`  ${complaint}`);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}

async function installStryker() {
  const wantedLock = readFileSync(join(HERE, 'package-lock.json'), 'utf8');
  const stamp = join(CACHE, 'stryker.lock');
  if (
    existsSync(join(HERE, 'node_modules/@stryker-mutator/core')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === wantedLock
  )
    return;
  console.error('▸ Installing Stryker (npm ci in mutation/).');
  // Vitest, its peer, is the workspace's.
  if ((await run('npm', ['ci', '--prefix', HERE, '--legacy-peer-deps', '--no-audit', '--no-fund'])) !== 0) process.exit(1);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(stamp, wantedLock);
}

function installedVersion(name) {
  const folder = ['mutation/node_modules', 'node_modules'].map((place) => join(ROOT, place, name)).find(existsSync);
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
}
