// node bench/cleanup.mjs: what sign-ins feel while a million expired sessions and tokens are removed. Prints; writes nothing.
//
//   --rows=<n>     expired rows, half of them sessions, half one-time tokens; 1,000,000 unless given
//   --rounds=<n>   they expire in so many parts, with sign-ins and no cleaning in between: whatever else the machine does is felt by both; 10 unless given
//   --idle=<s>     seconds of sign-ins in between; 6 unless given
import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import pg from 'pg';
import { build } from '../tools/build.mjs';
import { installDependencies, requireNode, say } from '../tools/steps.mjs';
import { takeSnapshot } from './lib/snapshot.mjs';

const numberOf = (name, fallback) => {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  return given === undefined ? fallback : Number(given.slice(name.length + 3));
};

const EXPIRED = numberOf('rows', 1_000_000);
const ROUNDS = numberOf('rounds', 10);
const IDLE = numberOf('idle', 6) * 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Sessions that go on, so that there is something to be told apart. */
const LIVE = Math.ceil(EXPIRED / 10);
const SIGN_IN_EVERY = 50;
const SLICE = 1_000;
/** What is measured is the database under two loads, so that the hash must not hide it. */
const COST = 4;
const PROMISE = 1.5;

requireNode();
await installDependencies();
if (!(await build())) process.exit(1);
takeSnapshot();

const { postgresDatabase } = await import('./lib/databases.mjs');
const { ServerProcess } = await import('./lib/server-process.mjs');
const { quantile } = await import('./lib/statistics.mjs');

const database = await postgresDatabase();
if (database === null) {
  say('There is no PostgreSQL: set DATABASE_URL.');
  process.exit(1);
}
const startedAt = Date.now();
let server;
const processes = [];
const open = async (script, settings) => {
  const server = await ServerProcess.start({ node: process.execPath, script, settings });
  processes.push(server);
  return server;
};

try {
  const secret = randomBytes(48).toString('base64url');
  server = await open('sign-in.mjs', { http: 'fastify', database, secret, width: 2, cost: COST });
  const probe = await open('probe.mjs');
  const password = randomBytes(16).toString('hex');
  const [email] = await server.ask('users', { count: 1, password });
  const signIns = (milliseconds) =>
    probe.ask('probe', {
      port: server.port,
      method: 'POST',
      path: '/auth/signin',
      body: JSON.stringify({ email, password }),
      every: SIGN_IN_EVERY,
      milliseconds,
    });

  say(`Writing ${EXPIRED} expired rows and ${LIVE} live sessions.`);
  await fill(startedAt);
  await signIns(3_000);

  const idle = [];
  const during = [];
  const removed = {};
  let took = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    idle.push(await signIns(IDLE));
    const begun = performance.now();
    let cleaning = true;
    const cleaned = server.ask('clean', { ahead: HOUR }).finally(() => (cleaning = false));
    // A slice that outlasts the cleaning counts sign-ins that felt nothing of it, so it is left out, unless there is no other.
    for (;;) {
      const slice = await signIns(SLICE);
      if (cleaning || during.length === 0) during.push(...slice);
      if (!cleaning) break;
    }
    for (const [name, rows] of Object.entries(await cleaned)) removed[name] = (removed[name] ?? 0) + rows;
    took += performance.now() - begun;
    say(`Round ${round} of ${ROUNDS} is done.`);
  }
  idle.push(await signIns(IDLE));

  const left = await count();
  const p99 = (values) => quantile(values, 0.99);
  const ratio = p99(during) / p99(idle.flat());
  // What the ratio would be if nothing but chance told the two apart.
  const [even, odd] = [0, 1].map((rest) => p99(idle.filter((_, index) => index % 2 === rest).flat()));
  const line = (title, values) =>
    `${title}: ${values.length} sign-ins, p50 ${quantile(values, 0.5).toFixed(1)} ms, p99 ${quantile(values, 0.99).toFixed(1)} ms, worst ${Math.max(...values).toFixed(1)} ms`;
  console.log(
    [
      `${database.title}, Node.js ${process.version}, load average ${loadavg()[0].toFixed(2)}`,
      `Removed in ${(took / 1000).toFixed(0)} s, in ${ROUNDS} rounds: ${Object.entries(removed)
        .map(([name, rows]) => `${rows} ${name}`)
        .join(', ')}`,
      `Left: ${left.expired} expired rows, ${left.live} live sessions`,
      line('idle', idle.flat()),
      line('cleaning', during),
      `p99 of the idle slices, every other one: ${even.toFixed(1)} and ${odd.toFixed(1)} ms`,
      `p99 while cleaning is ${ratio.toFixed(2)} times idle; promised: at most ${PROMISE}`,
    ].join('\n'),
  );
  process.exitCode = ratio <= PROMISE && left.expired === 0 ? 0 : 1;
} finally {
  await Promise.all(processes.map((server) => server.stop()));
  await database.drop();
}

/** The rows of a round expire an hour after those of the one before; sessions are kept for another day. */
async function fill(now) {
  const half = Math.floor(EXPIRED / 2);
  const part = `(1 + i * ${ROUNDS} / ${half + 1})`;
  const session = (from, to, ends) => `
    INSERT INTO auth_session (id, user_id, delivery, remembered, credentials_version, secret_hash, seed, generation, rotated_at, key_id, amr,
      auth_time, created_at, last_seen_at, idle_expires_at, absolute_expires_at, ip, user_agent, revoked_at)
    SELECT md5('s' || i), md5('u' || (i % 1000)), 'bearer', 0, 1, NULL, md5('seed' || i), 1, 0, 'k', '["pwd"]', 0, 0, 0,
      ${ends}, ${ends}, '192.0.2.1', 'bench', NULL FROM generate_series(${from}, ${to}) AS i`;
  await query(
    session(1, half, `${now - DAY - HOUR / 2}::bigint + ${part} * ${HOUR} + i % 1000`),
    session(half + 1, half + LIVE, `${now + 365 * DAY}::bigint + i`),
    `INSERT INTO auth_one_time_token (selector, secret_hash, purpose, subject, group_key, user_id, email_version, payload, created_at, expires_at)
     SELECT md5('t' || i), md5('h' || i), 'bench', i::text, NULL, NULL, NULL, NULL, 0, ${now - HOUR / 2}::bigint + ${part} * ${HOUR} + i % 1000
     FROM generate_series(1, ${half}) AS i`,
    'VACUUM ANALYZE auth_session',
    'VACUUM ANALYZE auth_one_time_token',
    'CHECKPOINT',
  );
}

async function count() {
  const end = startedAt + ROUNDS * HOUR;
  const [{ expired, live }] = await query(`SELECT
    (SELECT count(*) FROM auth_session WHERE idle_expires_at < ${end - DAY}) +
    (SELECT count(*) FROM auth_one_time_token WHERE expires_at < ${end}) AS expired,
    (SELECT count(*) FROM auth_session WHERE user_agent = 'bench') AS live`);
  return { expired: Number(expired), live: Number(live) };
}

async function query(...statements) {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    let rows = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}
