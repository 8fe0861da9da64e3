// G12: what was revoked is refused by every process within a second, whether or not there is a Redis to say so sooner.
import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../../bench/lib/statistics.mjs';
import { TITLES } from '../faults/titles.mjs';
import { Attacked, each, PASSWORD, redisSettings } from '../lib/attacked.mjs';
import { FAR_LIMITS } from '../lib/far-limits.mjs';

const EVERY = 20;
const LIMIT = 1_000;
const LIMIT_WITH_REDIS = { p99: 100, max: LIMIT };
/** Nobody waits longer for a refusal. */
const GIVE_UP = 3_000;
/** So many refusals in a row at a process, and it is believed. */
const ENOUGH = 10;
const AT_A_TIME = 6;
const GRACE = 1_000;
const FAULT = 'unread-revocations';

const authorised = (accessToken) => ({ Authorization: `Bearer ${accessToken}` });

/** What is done about a victim that is signed in, and which route shows it. */
const ACTS = {
  'sign-out': { act: (application, { accessToken }) => succeed(application.post('/auth/signout', {}, authorised(accessToken))) },
  disabled: { act: (application, { id }) => application.processes.ask('disable', id) },
  deleted: {
    act: (application, { accessToken }) =>
      succeed(application.send('DELETE', '/auth/me', { json: { password: PASSWORD }, headers: authorised(accessToken) })),
  },
  'role removed': {
    path: '/staff',
    prepare: (application, { id }) => application.processes.ask('grant', id),
    act: (application, { id }) => application.processes.ask('ungrant', id),
  },
  'password changed': {
    act: (application, { accessToken }) =>
      succeed(
        application.post(
          '/auth/password/change',
          { currentPassword: PASSWORD, newPassword: 'battery staple horse correct' },
          authorised(accessToken),
        ),
      ),
  },
  'refresh token reused': {
    prepare: async (application, victim) => {
      await succeed(application.post('/auth/refresh', { refreshToken: victim.refreshToken }));
      await delay(GRACE + 200);
    },
    act: async (application, { refreshToken }) => {
      const { status } = await application.post('/auth/refresh', { refreshToken });
      if (status !== 401) throw new Error(`A reuse was answered with ${status}`);
    },
  },
};

export const goal = {
  title: 'What was revoked is refused by every process within a second',

  async run({ quick, say }) {
    const trials = quick ? 6 : 500;
    const results = [];
    for (const withRedis of [false, true]) {
      say(withRedis ? 'With Redis' : 'Without Redis');
      results.push(
        ...(await measure({ redis: withRedis ? await redisSettings() : null, faults: [], acts: Object.keys(ACTS), trials })),
      );
    }
    say(`With the fault ${FAULT}`);
    const control = await measure({ redis: null, faults: [FAULT], acts: ['sign-out', 'disabled'], trials: 3 });
    return verdict(results, control);
  },
};

async function measure({ redis, faults, acts, trials }) {
  const application = await Attacked.start({
    redis,
    faults,
    options: { ...FAR_LIMITS, sessions: { refreshGrace: GRACE / 1000 } },
  });
  try {
    const results = [];
    for (const name of acts) {
      const emails = Array.from({ length: trials }, (_, at) => `${name.replaceAll(' ', '-')}.${at}@example.com`);
      const ids = await application.makeAccounts(emails);
      const lags = [];
      await each(emails.keys(), AT_A_TIME, async (at) => {
        const victim = { id: ids[at], ...(await application.signIn(emails[at])) };
        lags.push(await lagOf(application, ACTS[name], victim));
      });
      results.push({ name, withRedis: redis !== null, trials, lags, database: application.database.title });
    }
    return results;
  } finally {
    await application.stop();
  }
}

/** Milliseconds from the end of the act to the beginning of the last request that was admitted by either process. */
async function lagOf(application, { path = '/auth/me', prepare, act }, victim) {
  await prepare?.(application, victim);
  let endedAt = Infinity;
  let admitted = 0;
  let last = -Infinity;
  const headers = authorised(victim.accessToken);
  const isDone = (refused) => refused >= ENOUGH || performance.now() - endedAt > GIVE_UP;
  const polls = application.servers.map(async ({ port }) => {
    for (let refused = 0; !isDone(refused);) {
      const askedAt = performance.now();
      const { status } = await application.sendTo(port, 'GET', path, { headers });
      if (status === 200) {
        refused = 0;
        last = Math.max(last, askedAt);
        if (endedAt === Infinity) admitted++;
      } else if (endedAt !== Infinity && askedAt > endedAt) refused++;
      await delay(EVERY);
    }
  });
  // Until both processes know the session.
  for (let looks = 0; admitted < 8 && looks < 500; looks++) await delay(EVERY);
  try {
    if (admitted < 8) throw new Error('The victim was not admitted before');
    await act(application, victim);
  } finally {
    endedAt = performance.now();
    await Promise.all(polls);
  }
  return Math.max(0, last - endedAt);
}

async function succeed(asked) {
  const { status, body } = await asked;
  if (status < 200 || status > 299) throw new Error(`Answered with ${status} ${body}`);
}

function verdict(results, control) {
  const judged = results.map((result) => {
    const p99 = quantile(result.lags, 0.99);
    const max = Math.max(...result.lags);
    const late = result.lags.filter((lag) => lag > LIMIT).length;
    const isSlow = result.withRedis && p99 > LIMIT_WITH_REDIS.p99;
    return { ...result, p50: quantile(result.lags, 0.5), p99, max, fails: late + (isSlow ? 1 : 0) };
  });
  const worst = (withRedis, name) =>
    Math.max(...judged.filter((one) => one.withRedis === withRedis).map((one) => one[name])).toFixed(0);
  const kept = control.flatMap(({ lags }) => lags);
  return {
    n: judged.reduce((sum, { trials }) => sum + trials, 0),
    fails: judged.reduce((sum, { fails }) => sum + fails, 0),
    figure: `at most ${worst(false, 'max')} ms without Redis, ${worst(true, 'max')} ms with it (p99 ${worst(true, 'p99')} ms)`,
    limit: `${LIMIT} ms, ${LIMIT_WITH_REDIS.max} ms (p99 ${LIMIT_WITH_REDIS.p99} ms)`,
    control: [
      {
        fault: FAULT,
        title: TITLES[FAULT],
        figure: `admitted after more than ${LIMIT} ms in ${kept.filter((lag) => lag > LIMIT).length} of ${kept.length}`,
        verdict: kept.some((lag) => lag > LIMIT) ? 'red' : 'green',
      },
    ],
    method: [
      `Two processes, one on Express and one on Fastify, ${results[0].database}, without and with Redis. A victim asks both every ${EVERY} ms with an access token that lasts another quarter of an hour; ${AT_A_TIME} victims at a time.`,
      'The lag is from the acknowledgement of the act to the beginning of the last request that was admitted by either process.',
    ],
    tables: [
      {
        title: 'Milliseconds during which a dead token was admitted',
        head: ['', 'Redis', 'trials', 'p50', 'p99', 'max', 'failed'],
        rows: judged.map(({ name, withRedis, trials, p50, p99, max, fails }) => [
          name,
          withRedis ? 'yes' : 'no',
          trials,
          p50.toFixed(0),
          p99.toFixed(0),
          max.toFixed(0),
          fails,
        ]),
      },
    ],
  };
}
