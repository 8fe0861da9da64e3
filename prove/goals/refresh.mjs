// G1: however many refresh at once with one token, there is one successor; a copied token ends its family; nobody honest is signed out.
import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../../bench/lib/statistics.mjs';
import { TITLES } from '../faults/titles.mjs';
import { Attacked, each } from '../lib/attacked.mjs';
import { FAR_LIMITS } from '../lib/far-limits.mjs';

const PARALLEL = [2, 10, 50];
/** The library's default; what is replayed after it was copied. */
const GRACE = 10_000;
/** Trials that go on side by side. */
const AT_A_TIME = 4;
const LIVENESS = {
  /** Until there are so many refreshes, and for so long at most. */
  long: { browsers: 200, refreshes: 200_000, atMost: 600 },
  quick: { browsers: 20, refreshes: Infinity, atMost: 8 },
  tabs: 10,
  /** Between two rounds of a browser, and at most between its tabs, in milliseconds. */
  pause: 2_000,
  apart: 200,
};
const FAULT = 'rotate-after-look';
const OPTIONS = { ...FAR_LIMITS, sessions: { refreshGrace: GRACE / 1000 } };

export const goal = {
  title: 'Parallel refreshes have one successor, a copied token ends its family, and nobody honest is signed out',

  async run({ quick, random, say }) {
    const trials = quick ? 60 : 1_000;
    const application = await Attacked.start({ options: OPTIONS });
    let safety;
    let liveness;
    try {
      say(`${trials} trials`);
      safety = await race(application, trials);
      say('Virtual browsers');
      liveness = await browse(application, quick ? LIVENESS.quick : LIVENESS.long, random);
    } finally {
      await application.stop();
    }
    say(`With the fault ${FAULT}`);
    const control = await controlled(quick ? 18 : 60);
    return verdict({ trials, safety, liveness, control, database: application.database.title });
  },
};

/** One trial for each account: parts a, b and c. What went wrong is counted once a trial. */
async function race(application, trials) {
  const rows = Object.fromEntries(
    PARALLEL.map((n) => [n, { trials: 0, refused: 0, split: 0, beside: 0, dead: 0, revived: 0, kept: 0 }]),
  );
  const emails = Array.from({ length: trials }, (_, at) => `trial${at}@example.com`);
  const ids = await application.makeAccounts(emails);
  const all = [];
  await each(emails.keys(), AT_A_TIME, async (at) => {
    const n = PARALLEL[at % PARALLEL.length];
    const row = rows[n];
    row.trials++;
    const first = (await application.signIn(emails[at])).refreshToken;
    const answers = await Promise.all(Array.from({ length: n }, () => refresh(application, first)));
    const successors = new Set(answers.filter(({ status }) => status === 200).map(({ json }) => json.refreshToken));
    if (answers.some(({ status }) => status !== 200)) row.refused++;
    if (successors.size !== 1) row.split++;
    const [family, ...others] = await sessionsOf(application, ids[at]);
    if (others.length > 0 || family.revoked_at !== null || Number(family.generation) !== 2) row.beside++;
    // Every token there is, once more: the leaf goes on, what is older than its predecessor does not.
    const leaves = [];
    for (const token of successors) leaves.push(await refresh(application, token));
    const alive = leaves.filter(({ status }) => status === 200);
    const old = await refresh(application, first);
    if (alive.length !== 1 || old.status !== 401) row.dead++;
    all.push({ row, first, id: ids[at], leaf: alive[0]?.json.refreshToken, access: alive[0]?.json.accessToken });
  });
  await delay(GRACE + 1_000);
  await each(all, AT_A_TIME, async ({ row, first, id, leaf, access }) => {
    const replayed = await Promise.all([refresh(application, first), refresh(application, first)]);
    const after = [await refresh(application, leaf ?? first), await application.me(access)];
    const alarms = await application.rows(
      `SELECT COUNT(*) AS n FROM auth_audit WHERE event = 'session.reuseDetected' AND user_id = '${id}'`,
    );
    const isDead = (await sessionsOf(application, id)).every(({ revoked_at: revokedAt }) => revokedAt !== null);
    if ([...replayed, ...after].some(({ status }) => status !== 401)) row.revived++;
    if (!isDead || Number(alarms[0].n) !== 1) row.kept++;
  });
  return { rows, fails: Object.values(rows).reduce((sum, row) => sum + failsOf(row), 0) };
}

/** The tabs of a browser refresh at about the same time with what they share, and share what they get. */
async function browse(application, { browsers, refreshes, atMost }, random) {
  const emails = Array.from({ length: browsers }, (_, at) => `browser${at}@example.com`);
  await application.makeAccounts(emails);
  const tokens = [];
  await each(emails, AT_A_TIME, async (email) => tokens.push((await application.signIn(email)).refreshToken));
  const result = { browsers, refreshes: 0, logouts: 0, shed: 0, split: 0, took: [] };
  const startedAt = performance.now();
  const until = startedAt + atMost * 1_000;
  await Promise.all(
    tokens.map(async (first) => {
      let token = first;
      await delay(random.between(0, LIVENESS.pause));
      while (performance.now() < until && result.refreshes < refreshes) {
        const tabs = Array.from({ length: LIVENESS.tabs }, () => random.between(0, LIVENESS.apart));
        const answers = await Promise.all(
          tabs.map(async (wait) => {
            await delay(wait);
            return refresh(application, token);
          }),
        );
        const successors = new Set();
        for (const { status, json, took } of answers) {
          if (status === 200) {
            result.refreshes++;
            result.took.push(took);
            successors.add(json.refreshToken);
          } else if (status === 503) result.shed++;
          else result.logouts++;
        }
        if (successors.size > 1) result.split++;
        token = [...successors].at(-1) ?? token;
        await delay(random.between(LIVENESS.pause / 2, LIVENESS.pause));
      }
    }),
  );
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  return { ...result, seconds, p50: quantile(result.took, 0.5), p99: quantile(result.took, 0.99) };
}

async function controlled(trials) {
  const application = await Attacked.start({ options: OPTIONS, faults: [FAULT] });
  try {
    const emails = Array.from({ length: trials }, (_, at) => `trial${at}@example.com`);
    const ids = await application.makeAccounts(emails);
    const winners = {};
    await each(emails.keys(), AT_A_TIME, async (at) => {
      const n = PARALLEL[at % PARALLEL.length];
      const first = (await application.signIn(emails[at])).refreshToken;
      await Promise.all(Array.from({ length: n }, () => refresh(application, first)));
      const [family] = await sessionsOf(application, ids[at]);
      const counts = (winners[n] ??= { trials: 0, several: 0 });
      counts.trials++;
      if (Number(family.generation) > 2) counts.several++;
    });
    return winners;
  } finally {
    await application.stop();
  }
}

const refresh = (application, refreshToken) => application.post('/auth/refresh', { refreshToken });

const sessionsOf = (application, userId) =>
  application.rows(`SELECT generation, revoked_at FROM auth_session WHERE user_id = '${userId}'`);

const failsOf = ({ refused, split, beside, dead, revived, kept }) => refused + split + beside + dead + revived + kept;

function verdict({ trials, safety, liveness, control, database }) {
  const several = Object.values(control).reduce((sum, counts) => sum + counts.several, 0);
  return {
    n: trials + liveness.refreshes,
    fails: safety.fails + liveness.logouts + liveness.split,
    figure: `${safety.fails} faults in ${trials} trials, ${liveness.logouts} signed out in ${liveness.refreshes} honest refreshes`,
    limit: '0 and 0',
    control: [
      {
        fault: FAULT,
        title: TITLES[FAULT],
        figure: Object.entries(control)
          .map(([n, counts]) => `more than one winner in ${counts.several} of ${counts.trials} at ${n} parallel`)
          .join('; '),
        verdict: several > 0 ? 'red' : 'green',
      },
    ],
    method: [
      `Two processes behind turns, one on Express and one on Fastify, ${database}, grace ${GRACE / 1000} s, ${AT_A_TIME} trials side by side, each with an account of its own: ${PARALLEL.join(', ')} parallel refreshes with one token.`,
      'Afterwards there is one session, not revoked, one generation further, and all answers are 200 with one and the same successor. The successor is used once more, and so is the first token: one 200, one 401.',
      'After the grace the first token is presented twice at once: 401, the session is revoked, its newest refresh and access tokens are dead, and one reuse is written in the audit log.',
      `Browsers of ${LIVENESS.tabs} tabs that refresh within ${LIVENESS.apart} ms of each other with the token that they share, every ${LIVENESS.pause / 2000} to ${LIVENESS.pause / 1000} s. Whoever gets anything but 200 or 503 counts as signed out. Durations include what the client waits for a connection, on the machine that runs everything else, too.`,
    ],
    tables: [
      {
        title: 'Trials in which something was wrong',
        head: [
          'parallel',
          'trials',
          'an honest refresh refused',
          'not one successor',
          'not one live session at the next generation',
          'not the leaf alone goes on',
          'a replay or a dead token accepted',
          'family alive, or not one alarm',
        ],
        rows: Object.entries(safety.rows).map(([n, { trials: count, refused, split, beside, dead, revived, kept }]) => [
          n,
          count,
          refused,
          split,
          beside,
          dead,
          revived,
          kept,
        ]),
      },
      {
        title: 'Honest browsers',
        head: ['browsers', 'seconds', 'refreshes', 'signed out', 'more than one successor', '503', 'p50 ms', 'p99 ms'],
        rows: [
          [
            liveness.browsers,
            liveness.seconds,
            liveness.refreshes,
            liveness.logouts,
            liveness.split,
            liveness.shed,
            liveness.p50.toFixed(1),
            liveness.p99.toFixed(1),
          ],
        ],
      },
    ],
  };
}
