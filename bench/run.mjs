// npm run bench: what Latchkey costs beside the bare framework and beside its peers. Writes docs/PERFORMANCE.md and its plot.
//
//   guards|peers|operations|floods|boot …   only these parts; the others keep the figures they had
//   --quick                                 short rounds, Node.js as it is and one adapter only; prints and writes nothing
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../tools/build.mjs';
import { installDependencies, requireNode, ROOT, run, say } from '../tools/steps.mjs';
import { takeSnapshot } from './lib/snapshot.mjs';
import { askedNode, installedVersion, versionOf } from './lib/versions.mjs';

const BENCH = join(ROOT, 'bench');
const CACHE = join(ROOT, '.cache/bench');
const REPORT = join(ROOT, 'docs/PERFORMANCE.md');
const OTHER_NODE = '24';

const FULL = {
  guards: { runs: { fastify: 7, express: 3 }, rounds: 3, milliseconds: 250, warmUp: 1_000 },
  peers: { rounds: 3, milliseconds: 500, warmUp: 700 },
  operations: {
    cheap: { rounds: 3, milliseconds: 500, warmUp: 700 },
    real: { rounds: 3, milliseconds: 1_200, warmUp: 300 },
  },
  floods: { rounds: 5, milliseconds: 5_000 },
  boot: { starts: 9 },
};
const QUICK = {
  guards: { runs: { fastify: 1 }, rounds: 3, milliseconds: 500, warmUp: 1_200 },
  peers: { rounds: 2, milliseconds: 300, warmUp: 500 },
  operations: {
    cheap: { rounds: 2, milliseconds: 300, warmUp: 500 },
    real: { rounds: 1, milliseconds: 1_000, warmUp: 300 },
  },
  floods: { rounds: 1, milliseconds: 4_000 },
  boot: { starts: 3 },
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean', default: false } } });
const unknown = positionals.filter((part) => !(part in FULL));
if (unknown.length > 0) {
  console.error(`Usage: npm run bench -- [${Object.keys(FULL).join('|')} …] [--quick]`);
  process.exit(2);
}
const { quick } = values;
const plan = quick ? QUICK : FULL;

requireNode();
await installDependencies();
if (!(await build())) process.exit(1);
await installPeers();
takeSnapshot();
const nodes = [{ title: process.version, path: process.execPath }, ...(quick ? [] : [await otherNode()])];

// Their imports are only there from here on.
const { measureGuards } = await import('./guards.mjs');
const { countStatements, measureSignIns, WIDTH } = await import('./sign-ins.mjs');
const { measureBoot } = await import('./boot.mjs');
const { measureHashing, measureOperations, measureRequests } = await import('./peers.mjs');
const { postgresDatabase, sqliteDatabase } = await import('./lib/databases.mjs');
const { redisServer } = await import('./lib/redis.mjs');
const { PARTS, PLOT, report, versionsBy } = await import('./lib/report.mjs');
const { plot } = await import('./lib/plot.mjs');
const { readRecords } = await import('./lib/records.mjs');

const redis = await redisServer();

const MEASURED = {
  guards: () => inCells(quick ? ['fastify'] : ['fastify', 'express'], (cell) => measureGuards({ ...cell, ...plan.guards })),
  peers: () => inCells(quick ? ['express'] : ['fastify', 'express'], (cell) => measureRequests({ ...cell, ...plan.peers })),
  operations: () =>
    inCells(quick ? ['express'] : ['fastify', 'express'], async (cell) => ({
      cheap: await measureOperations({ ...cell, ...plan.operations.cheap }),
      real: await measureHashing({ ...cell, ...plan.operations.real }),
    })),
  async floods() {
    const results = { signIns: [], statements: [] };
    for (const { title: node, path } of nodes) {
      const measured = await withDatabases([sqliteDatabase(), await postgresDatabase()], (databases) =>
        measureSignIns({ node: path, databases, ...plan.floods }),
      );
      const rows = await withDatabases([sqliteDatabase()], ([database]) => countStatements({ node: path, database }));
      results.signIns.push({ node, ...measured });
      results.statements.push({ node, rows });
    }
    return results;
  },
  async boot() {
    const results = [];
    for (const { title: node, path } of nodes) {
      const boot = await withDatabases([sqliteDatabase()], ([database]) => measureBoot({ node: path, database, ...plan.boot }));
      results.push({ node, ...boot });
    }
    return results;
  },
};

const records = quick ? {} : readRecords(REPORT);
for (const part of PARTS.filter((one) => positionals.length === 0 || positionals.includes(one))) {
  const startedAt = Date.now();
  const [load] = loadavg();
  say(`Measuring: ${part}`);
  const results = await MEASURED[part]();
  records[part] = {
    part,
    results,
    plan: { ...plan[part], width: WIDTH },
    run: {
      command: ['npm run bench', ...(positionals.length > 0 || quick ? ['--'] : []), ...process.argv.slice(2)].join(' '),
      date: new Date(startedAt).toISOString().slice(0, 10),
      minutes: (Date.now() - startedAt) / 60_000,
      load,
      processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
      memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
      system: `${platform()} ${release()}`,
      nodes: nodes.map(({ title }) => title),
      redis: redis?.title,
      versions: versionsBy(installedVersion, askedNode),
    },
  };
  // A part that fails does not take the parts before it along.
  if (!quick) write();
}
if (quick) console.log(report(records, { isKept: false }));
else say('Wrote docs/PERFORMANCE.md.');

function write() {
  const drawing = plot({ peers: records.peers?.results, operations: records.operations?.results });
  if (drawing !== null) writeFileSync(join(ROOT, 'docs', PLOT), drawing);
  writeFileSync(REPORT, report(records, { hasPlot: drawing !== null }));
}

/** On every Node.js and adapter. */
async function inCells(adapters, measure) {
  const cells = [];
  for (const { title: node, path } of nodes) {
    for (const http of adapters) {
      say(`Node.js ${node}, ${http}`);
      const measured = await measure({ node: path, http, makeDatabase: postgresDatabase, redis });
      cells.push({ node, http, ...(Array.isArray(measured) ? { variants: measured } : measured) });
    }
  }
  return cells;
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
