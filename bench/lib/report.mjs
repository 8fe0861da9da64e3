// docs/PERFORMANCE.md. Everything in it that is a figure comes from the run.
import { CLIENTS, COST, WIDTH } from '../sign-ins.mjs';
import { CONNECTIONS, CREDENTIALS } from '../guards.mjs';
import { FLOODS } from './flood.mjs';
import { summary } from './statistics.mjs';
import { overheads, stockRatio } from './targets.mjs';
import { installedVersion } from './versions.mjs';

const PACKAGES = [
  'nestjs-latchkey',
  '@nestjs/core',
  '@nestjs/platform-fastify',
  'fastify',
  '@nestjs/platform-express',
  'express',
  '@nestjs/passport',
  'passport',
  'passport-jwt',
  '@nestjs/jwt',
  'jsonwebtoken',
  'bcrypt',
  'typeorm',
  'libsql',
  'pg',
];

const row = (...cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');
const spread = (values, digits) => {
  const { median, min, max } = summary(values);
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
};

export function report({ results, verdicts, plan, machine, nodes, command, date, minutes }) {
  const missed = verdicts.filter(({ met }) => !met).length;
  return `${[
    '# Performance',
    `Written by \`${command}\` (\`bench/run.mjs\`); do not edit. Figures are medians, with the smallest and the largest round in brackets.`,
    '## Promises',
    missed === 0 ? 'All are kept on this machine.' : `${missed} of ${verdicts.length} are not kept on this machine.`,
    table(
      ['promise', 'measured', 'verdict'],
      verdicts.map(({ target, figure, met }) => [target, figure, met ? 'kept' : '**missed**']),
    ),
    '## CPU per request',
    'User and system time of the server process per request, garbage collection included, in microseconds. “Over bare” is the difference ' +
      'to the bare route of the same round. The handler is the same everywhere and returns a small object; the database is in memory, ' +
      "since a known session needs none. “Stock” is the official guide: `@nestjs/jwt` signs, `passport-jwt` verifies, `AuthGuard('jwt')` guards.",
    ...results.guards.flatMap(guardSection),
    '## Sign-ins',
    `bcrypt at cost ${COST}, ${WIDTH} at a time (the gate's default here), Fastify. ${CLIENTS} clients with an account each sign in without a ` +
      'pause, whoever gets a 503 comes back, and, but where nothing else is asked, another process asks for `GET /auth/me` every 10 ms. The ' +
      'bare hash is `bcrypt.compare` in a process that does nothing else, as many at a time; server, database and clients share the processor. Rounds take turns. The rate limit by source is off, since all clients have one address.',
    ...results.signIns.map(signInSection),
    '## Boot',
    'From the start of the process to an open port, Fastify with TypeORM on SQLite both times (milliseconds). Starts take turns.',
    table(
      ['Node.js', 'without AuthModule', 'with AuthModule', 'added (median)'],
      results.boot.map(({ node, without, with: started }) => [
        node,
        spread(without, 0),
        spread(started, 0),
        (summary(started).median - summary(without).median).toFixed(0),
      ]),
    ),
    '## Statements',
    'SQL statements of one operation besides BEGIN and COMMIT, counted by TypeORM on SQLite. The revocation log is read once every 500 ms ' +
      'per process and not counted.',
    table(
      ['operation', ...results.statements.map(({ node }) => `Node.js ${node}`)],
      results.statements[0].rows.map(({ title, inTransaction }, index) => [
        inTransaction ? `${title} (in a transaction)` : title,
        ...results.statements.map(({ rows }) => rows[index].count),
      ]),
    ),
    '## Method',
    [
      `* CPU: every variant is an application in a process of its own with \`NODE_ENV=production\`; another process sends requests over ${CONNECTIONS} ` +
        `kept connections, one at a time on each, and takes turns among ${CREDENTIALS} tokens or cookies. ${plan.guards.runs} times all processes are started, ` +
        `warmed up for ${plan.guards.warmUp / 1000} s and measured in ${plan.guards.rounds} rounds of ${plan.guards.milliseconds} ms each, in an order that rotates. \`process.cpuUsage()\` is read before and ` +
        'after, with no request under way. The client does not sleep, so that the kernel never charges the server for waking it.',
      `* Sign-ins: ${plan.signIns.rounds} rounds of ${plan.signIns.milliseconds / 1000} s each, counted after a ramp of 1.5 s, so that as much is under way at the beginning as at the end. Boot: ${plan.boot.starts} starts each, after one that is not counted.`,
      '* Peers are the newest that `bench/package-lock.json` names. The library is measured as built for publication.',
    ].join('\n'),
    '## Machine and versions',
    table(
      ['', ''],
      [
        ['date', date],
        ['processor', machine.processor],
        ['memory', machine.memory],
        ['system', machine.system],
        ['load average', machine.load],
        ['duration of the run', `${minutes.toFixed(1)} min`],
        ['Node.js', nodes.join(', ')],
        ...PACKAGES.map((name) => [`\`${name}\``, installedVersion(name)]),
      ],
    ),
  ].join('\n\n')}\n`;
}

function guardSection(cell) {
  return [
    `### ${cell.http === 'fastify' ? 'Fastify' : 'Express'}, Node.js ${cell.node}`,
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

function signInSection({ node, hashesPerSecond, contenders }) {
  const of = (rounds, kind, key) => rounds.map((round) => round[kind][key]);
  return [
    `### Node.js ${node}`,
    `Bare hash: ${spread(hashesPerSecond, 2)} a second.`,
    table(
      [
        'database, a 503 is retried',
        'sign-ins a second',
        'of the bare hash',
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
