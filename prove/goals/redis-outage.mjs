// G4: a Redis that goes away, hangs, is slow or forgets everything costs nobody an answer, admits nobody, and lifts no limit.
import { setTimeout as delay } from 'node:timers/promises';
import { postgresDatabase } from '../../bench/lib/databases.mjs';
import { quantile } from '../../bench/lib/statistics.mjs';
import { TITLES } from '../faults/titles.mjs';
import { newSecret } from '../lib/application.mjs';
import { FaultProxy } from '../lib/fault-proxy.mjs';
import { OwnRedis } from '../lib/own-redis.mjs';
import { Pair } from '../lib/pair.mjs';
import { HEALTHY, REVOKED_WITHIN, Visitors } from '../lib/visitors.mjs';

const SLOW = 1_000;
const ADMITTED = 0.999;
const BACK_WITHIN = 5_000;
const DELAY = 500;
/** The library's default for failures of one source. */
const PER_SOURCE = 10;
/** Of so many guesses both processes refuse some. */
const PROCESSES = 2;
const GUESSES = 4 * PER_SOURCE;
/** Of the sessions that were signed out so many are tried again at the end of each fault. */
const REPLAYED = 1_000;
const SHARES = {
  private: 40,
  cookie: 12,
  staff: 8,
  newcomer: 8,
  leaver: 5,
  revoked: 10,
  refresh: 6,
  forgot: 3,
  signUp: 2,
  open: 6,
};
const VALID = ['private', 'cookie', 'staff', 'newcomer'];
const DEAD = ['revoked', 'signed out'];

/** How each begins and ends. `everyMs`: begun anew so often until it is over. `isAway`: health has to say that the cache is down. */
const ACTS = {
  'absent at boot': { isAway: true, begin: () => undefined, end: startAgain },
  stopped: { isAway: true, begin: (world) => goAway(world, 'SIGTERM'), end: startAgain },
  'killed (-9)': { isAway: true, begin: (world) => goAway(world, 'SIGKILL'), end: startAgain },
  frozen: { isAway: true, begin: ({ redis }) => redis.freeze(), end: ({ redis }) => redis.thaw() },
  [`answers ${DELAY} ms late`]: {
    isAway: true,
    begin: ({ proxy }) => proxy.slowDown(DELAY),
    end: ({ proxy }) => proxy.slowDown(0),
  },
  'packets dropped': { isAway: true, begin: ({ proxy }) => proxy.drop(true), end: ({ proxy }) => proxy.drop(false) },
  'connections cut': { everyMs: 100, begin: ({ proxy }) => proxy.cut(), end: () => undefined },
  'emptied (FLUSHALL)': { everyMs: 100, begin: ({ redis }) => redis.command('FLUSHALL'), end: () => undefined },
};

async function goAway({ redis, proxy }, signal) {
  await redis.stop(signal);
  await proxy.close();
}

async function startAgain({ redis, proxy }) {
  await redis.startAgain();
  await proxy.open();
}

/** Each fault, when it shows, and in what. */
const CONTROLS = {
  'cache-without-deadline': { act: 'frozen', shows: (run) => total(run, ({ slow }) => slow) },
  'limits-in-cache-alone': { act: 'killed (-9)', shows: (run) => total(run, (result) => (isLoose(result) ? 1 : 0)) },
  'redis-only-denylist': { act: 'stopped', shows: (run) => total(run, ({ admitted }) => admitted) },
};

const LONG = { perSecond: 200, people: 80, lasts: 60_000, acts: Object.keys(ACTS), controls: Object.keys(CONTROLS) };
const QUICK = {
  perSecond: 40,
  people: 16,
  lasts: 1_500,
  acts: ['absent at boot', 'frozen', 'connections cut', 'emptied (FLUSHALL)'],
  controls: ['cache-without-deadline', 'redis-only-denylist'],
};

export const goal = {
  title: 'A Redis that is away, hangs, is slow or is emptied costs nobody an answer and admits nobody',

  async run({ quick, random, say }) {
    const plan = quick ? QUICK : LONG;
    const world = await build();
    try {
      const run = await observe(world, { ...plan, faults: [] }, random, say);
      const control = [];
      for (const fault of plan.controls) {
        const { act, shows } = CONTROLS[fault];
        say(`With the fault ${fault}`);
        const broken = await observe(world, { ...QUICK, faults: [fault], acts: [act] }, random, say);
        control.push({ fault, title: TITLES[fault], figure: inWords(broken), verdict: shows(broken) > 0 ? 'red' : 'green' });
      }
      return verdict(run, control, plan, world.database.title);
    } finally {
      await world.remove();
    }
  },
};

/** A database and a Redis, and the way to it. */
async function build() {
  const database = await postgresDatabase();
  if (database === null) throw new Error('No PostgreSQL at DATABASE_URL');
  const redis = await OwnRedis.start();
  const proxy = await FaultProxy.start(redis.port);
  const remove = async () => {
    await proxy.close();
    await redis.remove();
    await database.drop();
  };
  return { database, redis, proxy, remove };
}

async function observe(world, { perSecond, people, lasts, faults, acts }, random, say) {
  const redis = { url: `redis://127.0.0.1:${world.proxy.port}` };
  const isAbsent = acts.includes('absent at boot');
  if (isAbsent) await goAway(world, 'SIGTERM');
  const startedAt = performance.now();
  const pair = await Pair.start({ database: world.database, secret: newSecret(), redis, faults });
  const bootTook = performance.now() - startedAt;
  const visitors = new Visitors({ pair, random });
  try {
    await visitors.arrive(people);
    visitors.start(perSecond, SHARES);
    const results = [];
    for (const name of acts) {
      say(name);
      results.push(await outage(world, { pair, visitors, name, lasts }));
    }
    await visitors.stop();
    const log = await pair.ask('log');
    return {
      results: results.map((result) => judged(result, visitors.answers)),
      exits: pair.exits,
      asked: visitors.answers.length,
      revoked: visitors.signedOut.length,
      bootTook,
      isSilent: isAbsent && !log.every((lines) => lines.some((line) => line.startsWith('Redis is not available'))),
    };
  } finally {
    await visitors.stop();
    await pair.stop();
  }
}

/** From the beginning of one of {@link ACTS} until everything is as it was before. */
async function outage(world, { pair, visitors, name, lasts }) {
  const { isAway = false, everyMs = null, begin, end } = ACTS[name];
  const from = performance.now();
  const until = from + lasts;
  await begin(world);
  let isOver = false;
  const again = async () => {
    while (everyMs !== null && !isOver) {
      await delay(everyMs);
      if (!isOver) await begin(world);
    }
  };
  const repeated = again();
  const guesses = await visitors.guess(GUESSES);
  await delay(Math.max(0, until - performance.now()));
  const health = await pair.ask('health');
  await visitors.replay(REPLAYED);
  isOver = true;
  await repeated;
  await end(world);
  const endedAt = performance.now();
  await untilNormal(world, pair, endedAt + 2 * BACK_WITHIN);
  const to = performance.now();
  const guessesAfter = await visitors.guess(GUESSES);
  return {
    name,
    from,
    to,
    back: to - endedAt,
    guesses,
    guessesAfter,
    isMisjudged: isAway && !health.every(({ status, parts }) => status === 'degraded' && parts.cache === 'down'),
  };
}

/** Both processes say so, and listen to each other. */
async function untilNormal({ redis }, pair, deadline) {
  while (performance.now() < deadline) {
    const health = await pair.ask('health');
    const listening = await redis.command('PUBSUB', 'NUMSUB', 'auth:revocations');
    if (health.every(({ status }) => status === 'up') && listening.split('\n').at(-1) === String(health.length)) return;
    await delay(50);
  }
}

function judged(result, answers) {
  const asked = answers.filter(({ askedAt }) => askedAt >= result.from && askedAt <= result.to);
  const valid = asked.filter(({ kind }) => VALID.includes(kind));
  const took = asked.map((answer) => answer.took);
  return {
    ...result,
    asked: asked.length,
    p99: quantile(took, 0.99),
    max: Math.max(...took),
    // Needs nothing.
    idle: Math.max(0, ...asked.filter(({ kind }) => kind === 'open').map((answer) => answer.took)),
    slow: took.filter((one) => one > SLOW).length,
    valid: valid.length,
    refused: valid.filter(({ status }) => status !== 200).length,
    dead: asked.filter(({ kind }) => DEAD.includes(kind)).length,
    admitted: asked.filter(({ kind, status }) => DEAD.includes(kind) && status < 300 && status > 0).length,
    unexpected: counted(asked.filter(({ kind, status }) => !VALID.includes(kind) && kind in HEALTHY && status !== HEALTHY[kind])),
  };
}

function counted(answers) {
  const counts = {};
  for (const { kind, status } of answers) counts[`${kind} ${status}`] = (counts[`${kind} ${status}`] ?? 0) + 1;
  return counts;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
const total = ({ results }, read) => sum(results.map(read));
const unexpected = (result) => sum(Object.values(result.unexpected));
const isLoose = ({ guesses, guessesAfter }) => guesses.looked > PROCESSES * PER_SOURCE || guessesAfter.looked > PER_SOURCE;
const failuresOf = (result) =>
  result.slow +
  (result.refused / result.valid > 1 - ADMITTED ? result.refused : 0) +
  result.admitted +
  unexpected(result) +
  (isLoose(result) ? 1 : 0) +
  (result.isMisjudged ? 1 : 0) +
  (result.back > BACK_WITHIN ? 1 : 0);
const failures = (run) => total(run, failuresOf) + run.exits + (run.isSilent ? 1 : 0);

function inWords(run) {
  const worst = (read) => Math.max(...run.results.map(read));
  const admitted = 100 * (1 - total(run, ({ refused }) => refused) / total(run, ({ valid }) => valid));
  return [
    `${run.exits} exits`,
    `${total(run, ({ slow }) => slow)} of ${total(run, ({ asked }) => asked)} over ${SLOW / 1000} s (at most ${worst(({ max }) => max).toFixed(0)} ms)`,
    `${admitted.toFixed(2)} % of the valid admitted`,
    `${total(run, ({ admitted: one }) => one)} of ${total(run, ({ dead }) => dead)} revoked admitted`,
    `${total(run, unexpected)} unexpected`,
    `at most ${worst(({ guesses }) => guesses.looked)} guesses`,
    `back in ${(worst(({ back }) => back) / 1000).toFixed(1)} s`,
  ].join(', ');
}

function verdict(run, control, { perSecond, people, lasts }, database) {
  const idle = Math.max(...run.results.map((result) => result.idle));
  return {
    n: total(run, ({ asked }) => asked),
    fails: failures(run),
    ...(failures(run) > 0 && idle > SLOW / 2
      ? { why: `a route that needs nothing took ${idle.toFixed(0)} ms: the machine has other things to do` }
      : {}),
    figure: inWords(run),
    limit: `0 exits, 0 over ${SLOW / 1000} s, ${100 * ADMITTED} % of the valid, 0 revoked, 0 unexpected, ${PROCESSES * PER_SOURCE} guesses, back in ${BACK_WITHIN / 1000} s`,
    control,
    method: [
      `Two processes, one on Express and one on Fastify, ${database}, and a Redis of their own behind a proxy, each fault for ${lasts / 1000} s. ${people} people and newcomers ask ${perSecond} times a second whatever the answers take (${Object.entries(
        SHARES,
      )
        .map(([kind, share]) => `${share} ${kind}`)
        .join(', ')} of ${sum(Object.values(SHARES))}), every limit at its default.`,
      `Revoked sessions are those that were signed out before and during the fault, asked for again from ${REVOKED_WITHIN / 1000} s after the acknowledgement, at both processes. One address guesses ${GUESSES} times during the fault (${PER_SOURCE} by each process may be looked at) and ${GUESSES} times after it (${PER_SOURCE} by both).`,
      'Everything is as before when the health of both processes says so and both listen to messages again. While Redis is away health has to say degraded.',
      `The processes start without Redis in ${(run.bootTook / 1000).toFixed(1)} s, and say so in the log. ${run.revoked} sessions were signed out.`,
    ],
    tables: [
      {
        title: 'By fault',
        head: [
          '',
          'requests',
          'p99, max, ms',
          'valid: asked, refused',
          'revoked: asked, admitted',
          'unexpected',
          'guesses looked at: during, after',
          'back after, s',
          'failed',
        ],
        rows: run.results.map((result) => [
          result.name,
          result.asked,
          `${result.p99.toFixed(0)}, ${result.max.toFixed(0)}`,
          `${result.valid}, ${result.refused}`,
          `${result.dead}, ${result.admitted}`,
          Object.entries(result.unexpected)
            .map(([what, count]) => `${what}: ${count}`)
            .join('; ') || '0',
          `${result.guesses.looked}, ${result.guessesAfter.looked}`,
          (result.back / 1000).toFixed(2),
          failuresOf(result),
        ]),
      },
    ],
  };
}
