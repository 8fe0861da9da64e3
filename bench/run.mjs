// npm run bench: what Latchkey costs beside the bare framework and beside the stock guide. Writes docs/PERFORMANCE.md.
//
//   --quick   short rounds, Node.js as it is and Fastify only; prints and writes nothing
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { build } from '../tools/build.mjs';
import { installDependencies, requireNode, ROOT, run, say } from '../tools/steps.mjs';
import { takeSnapshot } from './lib/snapshot.mjs';
import { versionOf } from './lib/versions.mjs';

const BENCH = join(ROOT, 'bench');
const CACHE = join(ROOT, '.cache/bench');
const OTHER_NODE = '24';

const FULL = {
  guards: { runs: 3, rounds: 3, milliseconds: 600, warmUp: 1_200 },
  signIns: { rounds: 3, milliseconds: 8_000 },
  boot: { starts: 9 },
};
const QUICK = {
  guards: { runs: 1, rounds: 3, milliseconds: 500, warmUp: 1_200 },
  signIns: { rounds: 1, milliseconds: 4_000 },
  boot: { starts: 3 },
};

const quick = process.argv.includes('--quick');
const plan = quick ? QUICK : FULL;

requireNode();
const startedAt = Date.now();
await installDependencies();
if (!(await build())) process.exit(1);
await installPeers();
takeSnapshot();
const nodes = [{ title: process.version, path: process.execPath }, ...(quick ? [] : [await otherNode()])];

// Their imports are only there from here on.
const { measureGuards } = await import('./guards.mjs');
const { countStatements, measureSignIns } = await import('./sign-ins.mjs');
const { measureBoot } = await import('./boot.mjs');
const { postgresDatabase, sqliteDatabase } = await import('./lib/databases.mjs');
const { judge } = await import('./lib/targets.mjs');
const { report } = await import('./lib/report.mjs');

const results = { guards: [], signIns: [], boot: [], statements: [] };
const loadBefore = loadavg()[0];

for (const { title: node, path } of nodes) {
  for (const http of quick ? ['fastify'] : ['fastify', 'express']) {
    say(`CPU per request: Node.js ${node}, ${http}`);
    results.guards.push({ node, http, variants: await measureGuards({ node: path, http, ...plan.guards }) });
  }
}
for (const { title: node, path } of nodes) {
  say(`Sign-ins: Node.js ${node}`);
  results.signIns.push({
    node,
    ...(await withDatabases([sqliteDatabase(), await postgresDatabase()], (databases) =>
      measureSignIns({ node: path, databases, ...plan.signIns }),
    )),
  });
  say(`Boot: Node.js ${node}`);
  const [boot, statements] = await withDatabases([sqliteDatabase(), sqliteDatabase()], async ([forBoot, forStatements]) => [
    await measureBoot({ node: path, database: forBoot, ...plan.boot }),
    await countStatements({ node: path, database: forStatements }),
  ]);
  results.boot.push({ node, ...boot });
  results.statements.push({ node, rows: statements });
}

const text = report({
  results,
  verdicts: judge(results),
  plan,
  machine: {
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${platform()} ${release()}`,
    load: `${loadBefore.toFixed(2)} before the run`,
  },
  nodes: nodes.map(({ title }) => title),
  command: quick ? 'npm run bench -- --quick' : 'npm run bench',
  date: new Date(startedAt).toISOString().slice(0, 10),
  minutes: (Date.now() - startedAt) / 60_000,
});

if (quick) {
  console.log(text);
} else {
  writeFileSync(join(ROOT, 'docs/PERFORMANCE.md'), text);
  writeFileSync(join(CACHE, 'results.json'), JSON.stringify(results, null, 1));
  say('Wrote docs/PERFORMANCE.md.');
}

/** The peers' packages, which are none of the library's business. */
async function installPeers() {
  const wanted = readFileSync(join(BENCH, 'package-lock.json'), 'utf8');
  const stamp = join(CACHE, 'peers.lock');
  if (existsSync(join(BENCH, 'node_modules/passport-jwt')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing what is compared (npm ci in bench/).');
  if ((await run('npm', ['ci', '--prefix', BENCH, '--legacy-peer-deps', '--no-audit', '--no-fund'])) !== 0) process.exit(1);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(stamp, wanted);
}

async function otherNode() {
  const prefix = join(CACHE, `node${OTHER_NODE}`);
  const path = join(prefix, 'node_modules/node/bin/node');
  if (!existsSync(path)) {
    say(`Fetching Node.js ${OTHER_NODE} (npm package "node").`);
    mkdirSync(prefix, { recursive: true });
    const code = await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', prefix, `node@${OTHER_NODE}`]);
    if (code !== 0) process.exit(code);
  }
  return { title: `v${versionOf(join(prefix, 'node_modules/node'))}`, path };
}

/** Drops them afterwards, whatever happens. Those that could not be had are left out. */
async function withDatabases(given, work) {
  const databases = given.filter((database) => database !== null);
  try {
    return await work(databases);
  } finally {
    await Promise.all(databases.map((database) => database.drop()));
  }
}
