// npm run prove -- G3 G6, or all: experiments that try to break what is promised. One JSON line for each goal.
//
//   --quick     fewer trials, for every change; prints what it would write
//   --seed 7    what is drawn at random is drawn from this seed (1)
//
// The long form writes docs/RELIABILITY.md. Exits with 1 when a goal is red, or void.
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { installedVersion, versionOf } from '../bench/lib/versions.mjs';
import { join } from 'node:path';
import { build } from '../tools/build.mjs';
import { installDependencies, requireNode, ROOT } from '../tools/steps.mjs';

/** Loaded when they are asked for: their imports are there once everything is installed. */
const GOALS = {
  G1: () => import('./goals/refresh.mjs'),
  G2: () => import('./goals/single-use.mjs'),
  G3: () => import('./goals/kill.mjs'),
  G4: () => import('./goals/redis-outage.mjs'),
  G5: () => import('./goals/database-outage.mjs'),
  G6: () => import('./goals/timing.mjs'),
  G7: () => import('./goals/fuzz.mjs'),
  G8: () => import('./goals/guessing.mjs'),
  G9: () => import('./goals/flood.mjs'),
  G11: () => import('./goals/token-confusion.mjs'),
  G12: () => import('./goals/revocation-lag.mjs'),
  G13: () => import('./goals/restart-memory.mjs'),
  G14: () => import('./goals/key-rotation.mjs'),
  G15: () => import('./goals/secrets-canary.mjs'),
  'AV-04': () => import('./goals/mail-outage.mjs'),
};
const PACKAGES = ['@nestjs/core', 'express', 'fastify', 'typeorm', 'pg', 'bcrypt', 'nodemailer'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
});
const wanted = positionals.includes('all') ? Object.keys(GOALS) : positionals;
const unknown = wanted.filter((goal) => !(goal in GOALS));
if (wanted.length === 0 || unknown.length > 0 || !/^\d+$/.test(values.seed)) {
  console.error(`Usage: npm run prove -- ${Object.keys(GOALS).join('|')}|all … [--quick] [--seed <number>]`);
  process.exit(2);
}

/** Standard output is for the records. */
const say = (text) => console.error(`▸ ${text}`);

requireNode();
await installDependencies();
if (!(await build())) process.exit(1);
const { installPackage } = await import('./lib/package-under-test.mjs');
const { Random } = await import('./lib/random.mjs');
const { section, writeReport } = await import('./lib/report.mjs');
await installPackage();

const seed = Number(values.seed);
const startedAt = Date.now();
let green = 0;
for (const id of wanted) {
  try {
    const record = await prove(id);
    if (record.verdict === 'green') green++;
    const { goal, n, fails, figure, limit, verdict, why, control } = record;
    console.log(JSON.stringify({ goal, n, fails, figure, limit, verdict, ...(why === undefined ? {} : { why }), control }));
    if (values.quick) console.error(`\n${section(record)}\n`);
    else say(`Wrote ${writeReport([record], Object.keys(GOALS))}`);
  } catch (error) {
    // One that could not be carried out says nothing of the others.
    console.error(`${id} could not be carried out:`, error);
  }
}
say(`${((Date.now() - startedAt) / 60_000).toFixed(1)} min`);
console.error(`\n${green} passed, ${wanted.length - green} failed`);
process.exitCode = green === wanted.length ? 0 : 1;

async function prove(id) {
  const startedAt = Date.now();
  const load = loadavg()[0];
  const { goal } = await GOALS[id]();
  say(`${id}: ${goal.title}`);
  const result = await goal.run({ quick: values.quick, random: new Random(seed), say });
  return {
    goal: id,
    title: goal.title,
    ...result,
    verdict: verdictOf(result),
    run: {
      command: `npm run prove -- ${id}${values.quick ? ' --quick' : ''}${seed === 1 ? '' : ` --seed ${seed}`}`,
      date: new Date(startedAt).toISOString().slice(0, 10),
      minutes: (Date.now() - startedAt) / 60_000,
      seed,
      machine: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()}, load ${load.toFixed(2)} before the run`,
      versions: [
        `Node.js ${process.version}`,
        `nestjs-latchkey ${versionOf(join(ROOT, 'libs/auth'))}`,
        ...PACKAGES.map((name) => `${name} ${installedVersion(name)}`),
      ].join(', '),
    },
  };
}

/** An experiment that a fault does not turn red has shown nothing. */
function verdictOf({ fails, why, control }) {
  if (why !== undefined || control.some(({ verdict }) => verdict !== 'red')) return 'void';
  return fails === 0 ? 'green' : 'red';
}
