// What the report says of Latchkey beside its peers.
import { table } from '../../tools/markdown.mjs';
import { CHEAP_HASHES, REAL_HASHES } from './contenders.mjs';
import { cellTitle, spread } from './markdown.mjs';
import { median } from './statistics.mjs';
import { besidesHash, contenderOf, overBare } from './targets.mjs';
import { CHEAP_COST, CLIENTS, DEVICES, OPERATIONS, REQUESTS, RESIDENTS } from '../peers.mjs';
import { COST } from '../sign-ins.mjs';

const LIMITS = new Set(['bare', 'raw-sql']);
const MEBIBYTE = 2 ** 20;

const of = (rounds, key) => rounds.map((round) => round[key]);
const mebibytes = (bytes) => (bytes / MEBIBYTE).toFixed(0);

/** How fast, how long, what was asked of databases, and how large the process was then. */
function costs({ rounds, sql, inTransaction, redis }) {
  return [
    spread(of(rounds, 'perSecond'), 0),
    spread(of(rounds, 'p50'), 2),
    spread(of(rounds, 'p99'), 2),
    inTransaction ? `${sql} (tx)` : sql,
    redis ?? 0,
    mebibytes(median(of(rounds, 'memory'))),
  ];
}
const COSTS = ['a second', 'p50 ms', 'p99 ms', 'SQL', 'Redis', 'resident MiB'];

const absent = (title, kind, columns) => [title, kind, ...Array.from({ length: columns - 2 }, () => '–')];

export function requestsSection({ results: cells, plan }) {
  const head = ['', 'request', 'CPU µs', 'over bare, µs', ...COSTS];
  return [
    '## Requests beside peers',
    `Everybody on PostgreSQL (${databaseOf(cells)}), ${CLIENTS} connections, one request at a time on each, ${RESIDENTS} accounts that are signed in ` +
      `on ${DEVICES} devices each, in turn. CPU is that of the server process; “over bare” is the difference to the bare route of the same round. ` +
      'The client sleeps between answers, so that databases have a processor, and the kernel charges the server for waking it: that is why ' +
      'all of it costs more than above. Throughput and latency are those at full load. SQL counts statements besides ' +
      'BEGIN and COMMIT, “(tx)” that there were these as well, and leaves out what Latchkey asks for by itself (revocations every 500 ms, mail every second); Redis counts commands. “–”: there is no such thing, or not on this adapter.',
    ...cells.flatMap((cell) => [
      `### ${cellTitle(cell)}`,
      table(
        head,
        CHEAP_HASHES.flatMap(({ id, title }) =>
          (LIMITS.has(id) ? ['open'] : Object.keys(REQUESTS)).map((kind) => {
            const measured = contenderOf(cell, id)?.kinds[kind];
            const request = LIMITS.has(id) ? '' : REQUESTS[kind];
            if (measured === undefined) return absent(title, request, head.length);
            const over = id === 'bare' ? '–' : spread(overBare(cell, id, kind), 1);
            return [title, request, spread(of(measured.rounds, 'cpu'), 1), over, ...costs(measured)];
          }),
        ),
      ),
    ]),
    '### Memory of the process',
    'Resident, in MiB: when it listens, and after all of these requests.',
    table(
      ['', ...cells.map(cellTitle)],
      CHEAP_HASHES.map(({ id, title }) => [title, ...cells.map((cell) => memoryOf(contenderOf(cell, id)))]),
    ),
    `${setUp()}\n* Rounds: ${plan.rounds} of ${plan.milliseconds} ms each, after ${plan.warmUp / 1000} s of warm-up, in an order that rotates.`,
  ].join('\n\n');
}

function memoryOf(contender) {
  if (contender === undefined) return '–';
  const after = Math.max(...Object.values(contender.kinds).map(({ rounds }) => rounds.at(-1).memory));
  return `${mebibytes(contender.atRest)}, then ${mebibytes(after)}`;
}

const databaseOf = (cells) => contenderOf(cells[0], 'latchkey').database;

const setUp = () =>
  [
    '* Latchkey has its defaults: bcrypt, the gate before it, the audit log. Its limit by source is off, since all clients have one address; so is ' +
      'that of better-auth. Latchkey keeps known sessions in the process and reads revocations every 500 ms; of the others only the cookie ' +
      'cache of better-auth spares a look into a store, and a session that was revoked stays valid in it until it ends (5 minutes).',
    '* passport-jwt has no sessions and nothing to revoke. Sign-in is the first half of the same guide, `passport-local`, with a table of users ' +
      'and bcrypt. express-session is an Express middleware; its sign-in is that of its own page, with the same table.',
    '* better-auth is in Nest by `@thallesp/nestjs-better-auth`, tokens are those of its `bearer` plugin. “Cookie cache and joins” sets ' +
      '`session.cookieCache` and `advanced.database.joins`, as its pages on performance and on adapters recommend. It has no refresh token.',
  ].join('\n');

export function operationsSection({ results: cells, plan }) {
  const peers = CHEAP_HASHES.filter(({ id }) => !LIMITS.has(id));
  const head = ['', 'operation', 'CPU µs', 'besides the hash, µs', ...COSTS];
  return [
    '## Operations beside peers',
    `The same applications. So that what is not the hash can be seen, it is bcrypt at cost ${CHEAP_COST} here, for better-auth as well; “besides the hash” takes ` +
      'away what a bare `bcrypt.compare` of the same cost took in the same round. Sign-in and sign-up have as many under way as the gate lets ' +
      `through (${plan.width}), the others ${CLIENTS}. Every sign-up and sign-in opens a session; passport-jwt's is a signed token.`,
    ...cells.flatMap(({ http, node, cheap }) => [
      `### ${cellTitle({ http, node })}`,
      table(
        head,
        Object.entries(OPERATIONS).flatMap(([kind, operation]) =>
          peers.map(({ id, title }) => {
            const measured = contenderOf(cheap, id)?.kinds[kind];
            if (measured === undefined) return absent(title, operation, head.length);
            const besides = kind === 'signIn' || kind === 'signUp' ? spread(besidesHash(cheap, id, kind), 0) : '–';
            return [title, operation, spread(of(measured.rounds, 'cpu'), 0), besides, ...costs(measured)];
          }),
        ),
      ),
    ]),
    '## Sign-in and sign-up with the hash of a deployment',
    `bcrypt at cost ${COST} for all, and once better-auth's own scrypt (N 16384, r 16, p 1), beside both hashes by themselves; ${plan.width} at a time everywhere.`,
    ...cells.flatMap(({ http, node, real }) => [`### ${cellTitle({ http, node })}, cost ${COST}`, hashTable(real)]),
    `* Rounds: ${plan.cheap.rounds} of ${plan.cheap.milliseconds} ms each, those with the hash of a deployment ${plan.real.rounds} of ${plan.real.milliseconds} ms.`,
  ].join('\n\n');
}

function hashTable(real) {
  const hashes = Object.fromEntries(real.hashes.map(({ id, rounds }) => [id, rounds]));
  const line = (title, operation, rounds, hash) => [
    title,
    operation,
    spread(
      of(rounds, 'cpu').map((cpu) => cpu / 1000),
      0,
    ),
    spread(of(rounds, 'perSecond'), 1),
    hash === undefined ? '–' : (median(of(rounds, 'perSecond')) / median(of(hash, 'perSecond'))).toFixed(2),
    spread(of(rounds, 'p50'), 0),
    spread(of(rounds, 'p99'), 0),
    mebibytes(median(of(rounds, 'memory'))),
  ];
  const head = ['', 'operation', 'CPU ms', 'a second', "of the bare hash's rate", 'p50 ms', 'p99 ms', 'resident MiB'];
  return table(head, [
    ...Object.entries(hashes).map(([id, rounds]) => line(`bare ${id}`, 'hash', rounds)),
    ...['signIn', 'signUp'].flatMap((kind) =>
      REAL_HASHES.map(({ id, title }) => {
        const measured = contenderOf(real, id)?.kinds[kind];
        if (measured === undefined) return absent(title, OPERATIONS[kind], head.length);
        return line(title, OPERATIONS[kind], measured.rounds, hashes[id === 'better-auth-scrypt' ? 'scrypt' : 'bcrypt']);
      }),
    ),
  ]);
}
