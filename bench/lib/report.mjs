// docs/PERFORMANCE.md. Everything in it that is a figure comes from a run; parts that were not run stay as they are.
import { table } from '../../tools/markdown.mjs';
import { CLIENTS, COST } from '../sign-ins.mjs';
import { CONNECTIONS, CREDENTIALS } from '../guards.mjs';
import { FLOODS } from './flood.mjs';
import { cellTitle, spread } from './markdown.mjs';
import { operationsSection, requestsSection } from './peer-sections.mjs';
import { recordComment } from './records.mjs';
import { summary } from './statistics.mjs';
import { judge, overheads, stockRatio } from './targets.mjs';

const PACKAGES = [
  'nestjs-latchkey',
  '@nestjs/core',
  '@nestjs/platform-fastify',
  'fastify',
  '@nestjs/platform-express',
  'express',
  'bcrypt',
  'typeorm',
  'libsql',
  'pg',
];
const PEERS = [
  '@nestjs/passport',
  'passport',
  'passport-jwt',
  'passport-local',
  '@nestjs/jwt',
  'jsonwebtoken',
  'better-auth',
  '@thallesp/nestjs-better-auth',
  'express-session',
  'connect-redis',
  'redis',
];
export const PLOT = 'performance.svg';

const SECTIONS = {
  guards: guardsSection,
  peers: requestsSection,
  operations: operationsSection,
  floods: floodsSection,
  boot: bootSection,
};

/** The parts of the report, in its order, which is also that of a run. */
export const PARTS = Object.keys(SECTIONS);

/** Texts for the table of versions, by package. */
export const versionsBy = (installed, askedNode) =>
  Object.fromEntries([
    ...PACKAGES.map((name) => [name, installed(name)]),
    ...PEERS.map((name) => [name, [installed(name), askedNode(name)].filter(Boolean).join(' ')]),
  ]);

/** @param {Record<string, object>} records by the name of their part, as `run.mjs` makes them */
export function report(records, { hasPlot = false, isKept = true } = {}) {
  const measured = PARTS.filter((part) => records[part] !== undefined);
  const missing = PARTS.filter((part) => records[part] === undefined);
  return `${[
    '# Performance',
    'Written by `npm run bench` (`bench/run.mjs`); do not edit. Figures are medians, with the smallest and the largest round in brackets. ' +
      'When, where and with which versions each part was measured is said at the end.',
    ...(hasPlot ? [`![CPU of requests and operations of Latchkey beside its peers](${PLOT})`] : []),
    ...(missing.length === 0 ? [] : [`Not measured yet: ${missing.join(', ')}.`]),
    ...promises(records),
    ...measured.map((part) => SECTIONS[part](records[part])),
    ...machines(measured.map((part) => records[part])),
    ...(isKept ? measured.map((part) => recordComment(records[part])) : []),
  ].join('\n\n')}\n`;
}

function promises({ guards, floods, boot }) {
  const verdicts = judge({ guards: guards?.results, signIns: floods?.results.signIns, boot: boot?.results });
  if (verdicts.length === 0) return [];
  const missed = verdicts.filter(({ met }) => !met).length;
  return [
    '## Promises',
    missed === 0 ? 'All are kept on this machine.' : `${missed} of ${verdicts.length} are not kept on this machine.`,
    table(
      ['promise', 'measured', 'verdict'],
      verdicts.map(({ target, figure, met }) => [target, figure, met ? 'kept' : '**missed**']),
    ),
  ];
}

function machines(records) {
  if (records.length === 0) return [];
  const line = (title, of) => [title, ...records.map(of)];
  const packages = Object.keys(records[0].run.versions);
  return [
    '## Machine and versions',
    'Peers are those that `bench/package-lock.json` names. In brackets: the Node.js that a peer asks for; it was run on all that are named, ' +
      'and works there.',
    table(
      ['', ...records.map(({ part }) => part)],
      [
        line('command', ({ run }) => `\`${run.command}\``),
        line('date', ({ run }) => run.date),
        line('processor', ({ run }) => run.processor),
        line('memory', ({ run }) => run.memory),
        line('system', ({ run }) => run.system),
        line('load average before the part', ({ run }) => run.load.toFixed(2)),
        line('duration', ({ run }) => `${run.minutes.toFixed(1)} min`),
        line('Node.js', ({ run }) => run.nodes.join(', ')),
        line('Redis', ({ run }) => run.redis ?? '–'),
        ...packages.map((name) => line(`\`${name}\``, ({ run }) => run.versions[name] ?? '–')),
      ],
    ),
  ];
}

function guardsSection({ results, plan }) {
  const starts = Object.entries(plan.runs).map(([http, times]) => `${times} on ${http}`);
  return [
    '## CPU per request',
    'User and system time of the server process per request, garbage collection included, in microseconds. “Over bare” is the difference ' +
      'to the bare route of the same round. The handler is the same everywhere and returns a small object; the database is in memory, ' +
      "since a known session needs none. “Stock” is the official guide: `@nestjs/jwt` signs, `passport-jwt` verifies, `AuthGuard('jwt')` guards.",
    ...results.flatMap(guardSection),
    `* Every variant is an application in a process of its own with \`NODE_ENV=production\`; another process sends requests over ${CONNECTIONS} ` +
      `kept connections, one at a time on each, and takes turns among ${CREDENTIALS} tokens or cookies. All processes are started several times (${starts.join(', ')}), ` +
      `warmed up for ${plan.warmUp / 1000} s and measured in ${plan.rounds} rounds of ${plan.milliseconds} ms each, in an order that rotates. \`process.cpuUsage()\` is read before and ` +
      'after, with no request under way. The client does not sleep, so that the kernel never charges the server for waking it. ' +
      'The library is measured as built for publication.',
  ].join('\n\n');
}

function floodsSection({ results: { signIns, statements }, plan }) {
  return [
    '## Sign-ins',
    `bcrypt at cost ${COST}, ${plan.width} at a time (the gate's default here), Fastify. ${CLIENTS} clients with an account each sign in without a ` +
      'pause, whoever gets a 503 comes back, and, but where nothing else is asked, another process asks for `GET /auth/me` every 10 ms. The ' +
      'bare hash is `bcrypt.compare` in a process that does nothing else, as many at a time, before and after each flood; where `/me` is asked beside the flood, a flood is compared with bare hashes beside which a bare route of their process is asked as often, and with the bare hash by itself, too; server, database and clients share the processor. The rate limit by source is off, since all clients have one address.',
    ...signIns.map(signInSection),
    `* ${plan.rounds} rounds of ${plan.milliseconds / 1000} s each, counted after a ramp of 1.5 s, so that as much is under way at the beginning as at the end.`,
    '## Statements',
    'SQL statements of one operation besides BEGIN and COMMIT, counted by TypeORM on SQLite. The revocation log is read once every 500 ms ' +
      'per process and not counted.',
    table(
      ['operation', ...statements.map(({ node }) => `Node.js ${node}`)],
      statements[0].rows.map(({ title, inTransaction }, index) => [
        inTransaction ? `${title} (in a transaction)` : title,
        ...statements.map(({ rows }) => rows[index].count),
      ]),
    ),
  ].join('\n\n');
}

function bootSection({ results, plan }) {
  return [
    '## Boot',
    'From the start of the process to an open port, Fastify with TypeORM on SQLite both times (milliseconds). Starts take turns.',
    table(
      ['Node.js', 'without AuthModule', 'with AuthModule', 'added (median)'],
      results.map(({ node, without, with: started }) => [
        node,
        spread(without, 0),
        spread(started, 0),
        (summary(started).median - summary(without).median).toFixed(0),
      ]),
    ),
    `* ${plan.starts} starts each, after one that is not counted.`,
  ].join('\n\n');
}

function guardSection(cell) {
  return [
    `### ${cellTitle(cell)}`,
    table(
      ['route', 'µs per request', 'over bare', 'requests'],
      cell.variants.map(({ id, title, costs, answered }) => [
        title,
        spread(costs, 1),
        id === 'bare' ? '–' : spread(overheads(cell, id), 1),
        answered,
      ]),
    ),
    `The stock guide with a string costs ${stockRatio(cell).toFixed(1)} times our bearer guard and ${stockRatio(cell, 'cookie').toFixed(1)} times our cookie guard.`,
  ];
}

function signInSection({ node, hashesPerSecond, hashesBesideRoute, contenders }) {
  const of = (rounds, kind, key) => rounds.map((round) => round[kind][key]);
  return [
    `### Node.js ${node}`,
    `Bare hash: ${spread(hashesPerSecond, 2)} a second; ${spread(hashesBesideRoute, 2)} while a bare route of its process is asked every 10 ms.`,
    table(
      [
        'database, a 503 is retried',
        'sign-ins a second',
        'of the bare hash beside the same',
        'of the bare hash by itself',
        'admitted, p99 ms',
        'refused a second',
        '503, p99 ms',
        '`/me` p50 ms',
        '`/me` p99 ms',
        '`/me` worst ms',
        '`/me` p99 ms when idle',
      ],
      contenders.flatMap(({ database, idle, rounds }) =>
        Object.entries(FLOODS).map(([kind, { title, isProbed }]) => [
          `${database.title}, ${title}`,
          spread(of(rounds, kind, 'perSecond'), 2),
          spread(of(rounds, kind, 'ofHash'), 2),
          (summary(of(rounds, kind, 'perSecond')).median / summary(hashesPerSecond).median).toFixed(2),
          spread(of(rounds, kind, 'admittedP99'), 0),
          spread(of(rounds, kind, 'refusedPerSecond'), 0),
          spread(of(rounds, kind, 'refusalP99'), 1),
          ...['meP50', 'meP99', 'meMax'].map((key) => (isProbed ? spread(of(rounds, kind, key), 1) : '–')),
          isProbed ? idle.toFixed(1) : '–',
        ]),
      ),
    ),
  ].join('\n\n');
}
