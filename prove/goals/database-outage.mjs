// G5: a database that is away, hangs, is full or moves is a 503 in time: never a 500, never an admission, never an end; and nothing
// acknowledged is lost.
import { setTimeout as delay } from 'node:timers/promises';
import { TITLES } from '../faults/titles.mjs';
import { newSecret } from '../lib/application.mjs';
import { claimsOf } from '../lib/crafted-tokens.mjs';
import { FaultProxy } from '../lib/fault-proxy.mjs';
import { OwnPostgres } from '../lib/own-postgres.mjs';
import { Pair } from '../lib/pair.mjs';
import { openTables } from '../lib/tables.mjs';
import { HEALTHY, Visitors } from '../lib/visitors.mjs';

const WITHIN = 2_000;
/** Of that the deadline of the library leaves so much. */
const MARGIN = 200;
/** Memory is believed so long after the last look at the revocation log. */
const BELIEVED = 1_000;
const BACK_WITHIN = 5_000;
const STRANGERS = 20;
const HEALTHY_FOR = 1_000;
/** What is acknowledged without having been written would stay in memory for long. */
const SETTINGS = ['wal_writer_delay=10s'];
const SHARES = {
  private: 20,
  cookie: 8,
  staff: 6,
  stranger: 12,
  newcomer: 8,
  leaver: 5,
  revoked: 8,
  refresh: 8,
  signUp: 8,
  forgot: 5,
  open: 6,
  garbage: 6,
};
/** Much is acknowledged. */
const WRITING = { private: 5, stranger: 5, newcomer: 30, leaver: 15, refresh: 15, signUp: 30 };
/** Answered from memory while that is believed. */
const REMEMBERED = ['private', 'cookie', 'staff'];
/** Answered without any database. */
const INDEPENDENT = ['open', 'garbage'];
const DEAD = ['revoked', 'signed out'];

const SLEEPING = "FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'";

/** How each begins and ends; `share` of the time that a long run gives. A server that has gone refuses connections, and ends those that it had. */
const ACTS = {
  stopped: { share: 1, begin: (world) => goAway(world, 'stop'), end: comeBack },
  'killed (-9)': { share: 1 / 6, shares: WRITING, begin: (world) => goAway(world, 'kill'), end: comeBack },
  'pool taken by pg_sleep': {
    share: 1,
    begin: fillPools,
    end: ({ postgres }) => postgres.administer(`SELECT COUNT(pg_cancel_backend(pid)) ${SLEEPING}`),
  },
  frozen: { share: 1, begin: ({ postgres }) => postgres.freeze(), end: ({ postgres }) => postgres.thaw() },
  'moved to another port': {
    share: 1 / 6,
    begin: (world) => goAway(world, 'stop'),
    end: async (world) => {
      await world.postgres.move();
      world.proxy.target = world.postgres.port;
      await comeBack(world);
    },
  },
};

async function goAway({ postgres, proxy }, how) {
  await (how === 'kill' ? postgres.kill() : postgres.stop('SIGINT'));
  await proxy.close();
}

async function comeBack({ postgres, proxy }) {
  await postgres.startAgain();
  await proxy.open();
}

async function fillPools({ postgres, pair }) {
  const taken = (await pair.ask('fillPool')).reduce((sum, one) => sum + one, 0);
  while (Number(await postgres.administer(`SELECT COUNT(*) ${SLEEPING}`)) < taken) await delay(20);
}

/** Each fault, when it shows, and in what. */
const CONTROLS = {
  'admitted-unless-refused': { act: 'stopped', shows: (run) => total(run, ({ admitted }) => admitted.length) },
  'no-store-deadline': { act: 'frozen', shows: (run) => total(run, ({ slow }) => slow.length) },
  // Little is unwritten at any moment.
  'commit-before-disk': { act: 'killed (-9)', times: 3, shows: (run) => lostIn(run) },
};

const LONG = {
  perSecond: 200,
  people: 60,
  lasts: 60_000,
  after: 6_000,
  acts: Object.keys(ACTS),
  controls: Object.keys(CONTROLS),
};
const QUICK = {
  perSecond: 40,
  people: 12,
  lasts: 2_200,
  after: 300,
  acts: ['killed (-9)', 'frozen', 'moved to another port'],
  controls: ['admitted-unless-refused'],
};

export const goal = {
  title: 'A database that is away, hangs, is full or moves is a 503 in time, and loses nothing',

  async run({ quick, random, say }) {
    const plan = quick ? QUICK : LONG;
    const postgres = await OwnPostgres.start(SETTINGS);
    const proxy = await FaultProxy.start(postgres.port);
    try {
      const run = await observe({ postgres, proxy }, { ...plan, faults: [] }, random, say);
      const control = [];
      for (const fault of plan.controls) {
        const { act, times = 1, shows } = CONTROLS[fault];
        say(`With the fault ${fault}`);
        const broken = await observe({ postgres, proxy }, { ...QUICK, faults: [fault], acts: Array(times).fill(act) }, random, say);
        control.push({ fault, title: TITLES[fault], figure: inWords(broken), verdict: shows(broken) > 0 ? 'red' : 'green' });
      }
      return verdict(run, control, plan);
    } finally {
      await proxy.close();
      await postgres.remove();
    }
  },
};

async function observe({ postgres, proxy }, plan, random, say) {
  const { perSecond, people, lasts, after, faults, acts } = plan;
  const database = await postgres.database();
  const { pathname } = new URL(database.url);
  const url = `postgres://postgres@127.0.0.1:${proxy.port}${pathname}`;
  const pair = await Pair.start({ database: { ...database, url }, secret: newSecret(), redis: null, faults });
  try {
    const visitors = new Visitors({ pair, random });
    await visitors.arrive(people);
    const results = [];
    for (const name of acts) {
      say(name);
      results.push(await outage({ postgres, proxy, pair }, visitors, { name, lasts: ACTS[name].share * lasts, perSecond, after }));
    }
    const lost = await lostOf(visitors, { ...database, url: `postgres://postgres@127.0.0.1:${postgres.port}${pathname}` });
    return { results, lost, exits: pair.exits, late: visitors.late, database: database.title };
  } finally {
    await pair.stop();
  }
}

/** Before, during and after one of {@link ACTS}. */
async function outage(world, visitors, { name, lasts, perSecond, after }) {
  const { begin, end, shares = SHARES } = ACTS[name];
  visitors.strangers = [];
  const strangers = await visitors.newStrangers(STRANGERS);
  visitors.answers = [];
  visitors.start(perSecond, shares);
  await delay(HEALTHY_FOR);
  await begin(world);
  const from = performance.now();
  visitors.strangers = strangers;
  await delay(lasts);
  const to = performance.now();
  await end(world);
  const endedAt = performance.now();
  await delay(after);
  await untilHealthy(visitors, endedAt + 2 * BACK_WITHIN);
  await visitors.stop();
  const pools = await untilIdle(world.pair);
  const stuck = Number(
    await world.postgres.administer("SELECT COUNT(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"),
  );
  return { name, seconds: lasts / 1000, pools, stuck, ...judged(visitors.answers, { from, to, endedAt }) };
}

/** Until nobody has been refused for a while. */
async function untilHealthy({ answers }, deadline) {
  const isRecent = ({ askedAt }) => performance.now() - askedAt < HEALTHY_FOR;
  while (performance.now() < deadline && answers.filter(isRecent).some((answer) => !isHealthy(answer))) await delay(50);
}

/** Until no connection is taken, as when nobody asks. @returns how the pools are then */
async function untilIdle(pair) {
  const deadline = performance.now() + BACK_WITHIN;
  for (;;) {
    const pools = await pair.ask('poolUse');
    if (!pools.some(isTaken) || performance.now() > deadline) return pools;
    await delay(50);
  }
}

const isTaken = ({ inUse, waiting }) => inUse > 0 || waiting > 0;
const isHealthy = ({ kind, status }) => status === HEALTHY[kind];

function judged(answers, { from, to, endedAt }) {
  const inTime = ({ status, saysWhen }) => status === 503 && saysWhen;
  const during = answers.filter(({ askedAt, took }) => askedAt >= from && askedAt + took <= to);
  const needing = during.filter(({ kind }) => !INDEPENDENT.includes(kind) && !DEAD.includes(kind));
  const believed = ({ kind, askedAt }) => REMEMBERED.includes(kind) && askedAt <= from + BELIEVED;
  const late = answers.filter((answer) => answer.askedAt > endedAt && !isHealthy(answer));
  return {
    asked: answers.length,
    during: during.length,
    refused: during.filter(inTime).length,
    remembered: needing.filter((answer) => isHealthy(answer) && believed(answer)).length,
    admitted: [
      ...needing.filter((answer) => isHealthy(answer) && !believed(answer)),
      ...answers.filter(({ kind, status }) => DEAD.includes(kind) && status >= 200 && status < 300),
    ],
    wrong: answers.filter((answer) => !isHealthy(answer) && !(inTime(answer) && !INDEPENDENT.includes(answer.kind))),
    slow: answers.filter(({ took }) => took > WITHIN),
    max: Math.max(...answers.map(({ took }) => took)),
    // Needs nothing.
    idle: Math.max(0, ...answers.filter(({ kind }) => kind === 'open').map(({ took }) => took)),
    back: Math.max(0, ...late.map(({ askedAt }) => askedAt - endedAt)),
  };
}

/** What the application has acknowledged and the database does not have. */
async function lostOf({ signedUp, signedIn, signedOut, refreshing, pair }, database) {
  const tables = await openTables(database);
  const column = async (sql) => new Set((await tables.rows(sql)).map(({ one }) => one));
  try {
    const emails = await column('SELECT email AS one FROM auth_user');
    const sessions = await column('SELECT id AS one FROM auth_session');
    const live = await column('SELECT id AS one FROM auth_session WHERE revoked_at IS NULL');
    const idOf = ({ accessToken }) => claimsOf(accessToken).sid;
    let refused = 0;
    for (const { refreshToken } of refreshing.filter(({ isCertain }) => isCertain)) {
      const { status } = await pair.send(pair.port, 'POST', '/auth/refresh', { json: { refreshToken } });
      if (status !== 200) refused++;
    }
    return {
      'sign-ups': signedUp.filter((email) => !emails.has(email)).length,
      'sign-ins': signedIn.filter((session) => !sessions.has(idOf(session))).length,
      'sign-outs': signedOut.filter((session) => live.has(idOf(session))).length,
      refreshes: refused,
      of: signedUp.length + signedIn.length + signedOut.length + refreshing.length,
    };
  } finally {
    await tables.close();
  }
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
const total = ({ results }, read) => sum(results.map(read));
const lostIn = ({ lost: { of: _, ...lost } }) => sum(Object.values(lost));
const leaked = ({ pools, stuck }) => sum(pools.map(({ inUse, waiting }) => inUse + waiting)) + stuck;
const failuresOf = (result) =>
  result.admitted.length +
  result.wrong.length +
  result.slow.length +
  leaked(result) +
  (result.back > BACK_WITHIN ? 1 : 0) +
  // Or the fault has not shown.
  (result.refused === 0 ? 1 : 0);
const failures = (run) => total(run, failuresOf) + run.exits + lostIn(run);

function counted(answers) {
  const counts = {};
  for (const { kind, status } of answers) counts[`${kind} ${status}`] = (counts[`${kind} ${status}`] ?? 0) + 1;
  return Object.entries(counts)
    .map(([what, count]) => `${what}: ${count}`)
    .join('; ');
}

function inWords(run) {
  const worst = (read) => Math.max(...run.results.map(read));
  return [
    `${run.exits} exits`,
    `${total(run, ({ refused }) => refused)} refused with 503`,
    `${total(run, ({ wrong }) => wrong.length)} otherwise`,
    `${total(run, ({ slow }) => slow.length)} over ${WITHIN / 1000} s (at most ${(worst(({ max }) => max) / 1000).toFixed(2)} s, ${total(run, ({ slow }) => slow.filter(isHealthy).length)} of them served in the end)`,
    `${total(run, ({ admitted }) => admitted.length)} admitted`,
    `${lostIn(run)} of ${run.lost.of} acknowledged lost`,
    `${total(run, leaked)} connections leaked`,
    `back in ${(worst(({ back }) => back) / 1000).toFixed(1)} s`,
  ].join(', ');
}

function verdict(run, control, { perSecond, people }) {
  const shares = Object.entries(SHARES).map(([kind, share]) => `${share} ${kind}`);
  const idle = Math.max(...run.results.map((result) => result.idle));
  return {
    n: total(run, ({ asked }) => asked),
    fails: failures(run),
    ...(failures(run) > 0 && idle > MARGIN
      ? { why: `a route that needs nothing took ${idle.toFixed(0)} ms: the machine has other things to do` }
      : {}),
    figure: inWords(run),
    limit: `0 exits, 0 otherwise than 503 with Retry-After, 0 over ${WITHIN / 1000} s, 0 admitted, 0 lost, 0 leaked, back in ${BACK_WITHIN / 1000} s`,
    control,
    method: [
      `Two processes, one on Express and one on Fastify, and a ${run.database} of their own behind a proxy (synchronous_commit on, as by default). ${people} people, newcomers and strangers ask ${perSecond} times a second whatever the answers take (${shares.join(', ')} of ${sum(Object.values(SHARES))}).`,
      `While the database is away what needs it has to be refused with 503 and Retry-After; a session that the process knows may be admitted for ${BELIEVED / 1000} s more, one that no process knows (stranger) never. What needs no database is answered as ever.`,
      'Back is when the last request was made that was refused after the end. Leaked are connections that are taken, or waited for, when nobody asks any more, and transactions that nobody ends.',
      `Acknowledged sign-ups, sign-ins, sign-outs and refreshes are looked for at the end. Of the refreshes without an answer, ${run.late} were refused later because the grace of the old token was over.`,
    ],
    tables: [
      {
        title: 'By fault',
        head: [
          '',
          'for, s',
          'requests',
          'meanwhile: all, 503, from memory',
          'admitted',
          'otherwise',
          'max, ms',
          'leaked',
          'back after, s',
          'failed',
        ],
        rows: run.results.map((result) => [
          result.name,
          result.seconds.toFixed(0),
          result.asked,
          `${result.during}, ${result.refused}, ${result.remembered}`,
          counted(result.admitted) || '0',
          counted(result.wrong) || '0',
          result.max.toFixed(0),
          leaked(result),
          (result.back / 1000).toFixed(2),
          failuresOf(result),
        ]),
      },
    ],
  };
}
