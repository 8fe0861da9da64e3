// G13: what is over stays over, and what lives lives on, when processes, Redis, both or the database are killed and started again.
import { setTimeout as delay } from 'node:timers/promises';
import { sqliteDatabase } from '../../bench/lib/databases.mjs';
import { TITLES } from '../faults/titles.mjs';
import { each, PASSWORD } from '../lib/attacked.mjs';
import { FAR_LIMITS } from '../lib/far-limits.mjs';
import { Mailbox } from '../lib/mailbox.mjs';
import { OwnPostgres } from '../lib/own-postgres.mjs';
import { Restartable } from '../lib/restartable.mjs';
import { SmtpSink } from '../lib/smtp-sink.mjs';

const AT_A_TIME = 8;
const MAIL_WITHIN = 60_000;
/** All in milliseconds. */
const IDLE = 1_000;
const GRACE = { long: 10_000, quick: 2_000 };
/** How often something is made anew that a busy machine has not acknowledged: nobody knows what has become of it. */
const TRIES = 10;
/** Failures that lock an account until its owner unlocks it by mail. */
const HARD_STOP = 2;
const NEW_PASSWORD = 'battery staple horse correct';
/** Its writers wait for each other. */
const SQLITE_SHARE = 0.2;
const FAULT = 'redis-only-denylist';
const optionsWith = (grace) => ({
  tokens: { accessTtl: '1h' },
  sessions: { cookie: { idle: IDLE / 1_000 }, refreshGrace: grace / 1_000 },
  lockout: { maxFailures: HARD_STOP, hardStop: HARD_STOP },
  ...FAR_LIMITS,
});

/** How something of each kind comes to be over, and how it is presented again; `refused` is the one right answer to that. */
const KINDS = {
  rotated: {
    refused: 401,
    end: async (application, email) => {
      const { refreshToken } = (await signIn(application, email)).json;
      await succeed(application.post('/auth/refresh', { refreshToken }));
      return [() => ['POST', '/auth/refresh', { json: { refreshToken } }]];
    },
  },
  revoked: {
    refused: 401,
    end: async (application, email) => {
      const { accessToken, refreshToken } = (await signIn(application, email)).json;
      await succeed(application.post('/auth/signout', {}, authorised(accessToken)));
      return [
        () => ['GET', '/auth/me', { headers: authorised(accessToken) }],
        () => ['POST', '/auth/refresh', { json: { refreshToken } }],
      ];
    },
  },
  used: {
    refused: 400,
    end: async (application, email, mailbox, at) => {
      const { ask, subject, path, body } = ONE_TIME[at % ONE_TIME.length];
      await succeed(application.post(ask, { email }));
      const mail = await mailbox.next(email, subject, MAIL_WITHIN);
      if (mail?.token == null) throw new Error(`No mail “${subject}” with a token`);
      await succeed(application.post(path, { token: mail.token, ...body }));
      return [() => ['POST', path, { json: { token: mail.token, ...body } }]];
    },
  },
  locked: {
    refused: 429,
    end: async (application, email) => {
      for (let guess = 0; guess < HARD_STOP; guess++) {
        const { status } = await application.post('/auth/signin', { email, password: 'not the right password' });
        if (status !== 401) throw new Error(`A wrong password was answered with ${status}`);
      }
      return [() => ['POST', '/auth/signin', { json: { email, password: PASSWORD } }]];
    },
  },
  expired: {
    refused: 401,
    end: async (application, email) => {
      const cookie = cookieOf(await signIn(application, email, { delivery: 'cookie' }));
      return [() => ['GET', '/auth/me', { headers: { Cookie: cookie } }]];
    },
  },
};

const ONE_TIME = [
  {
    ask: '/auth/password/forgot',
    subject: 'Reset your password',
    path: '/auth/password/reset',
    body: { password: NEW_PASSWORD },
  },
  { ask: '/auth/magic-link', subject: 'Your sign-in link', path: '/auth/magic-link/verify', body: {} },
];

const RESTARTS = {
  application: { title: 'both processes', act: ({ application }) => application.restartProcesses() },
  redis: { title: 'Redis', act: ({ application }) => application.restartRedis() },
  both: {
    title: 'both processes and Redis',
    act: ({ application }) => application.restartProcesses(() => application.restartRedis()),
  },
  database: {
    title: 'PostgreSQL',
    act: async ({ postgres }) => {
      await postgres.stop();
      await postgres.startAgain();
    },
  },
};

export const goal = {
  title: 'Nothing that was over is revived by a restart, and every live session is kept',

  async run({ quick, say }) {
    const n = quick ? 40 : 1_000;
    const postgres = await OwnPostgres.start();
    try {
      const shared = { grace: quick ? GRACE.quick : GRACE.long, kinds: Object.keys(KINDS), n, faults: [] };
      const inPostgres = async () => ({ ...shared, postgres, database: await postgres.database() });
      const { application, redis, both, database } = RESTARTS;
      const restarts = quick ? { redis, both, database } : { application, redis, both, database };
      const results = await replay(await inPostgres(), restarts, say);
      if (!quick) {
        const inSqlite = { ...shared, database: sqliteDatabase(), n: SQLITE_SHARE * n };
        results.push(...(await replay(inSqlite, { application }, say)));
      }
      say(`With the fault ${FAULT}`);
      const broken = { ...(await inPostgres()), faults: [FAULT], kinds: ['revoked'], n: 20 };
      const control = await replay(broken, { redis }, say);
      return verdict(results, control);
    } finally {
      await postgres.remove();
    }
  },
};

/** Makes `n` of every kind anew before each restart, and presents them after it. Live sessions are the same ones all the time. */
async function replay({ database, postgres, grace, faults, kinds, n }, restarts, say) {
  const sink = await new SmtpSink().start();
  let application;
  try {
    application = await Restartable.start({ database, settings: { faults, smtp: sink.port, options: optionsWith(grace) } });
    const mailbox = new Mailbox(sink);
    const live = await openSessions(application, n);
    const results = [];
    for (const [name, { title, act }] of Object.entries(restarts)) {
      say(`${database.title}: restart of ${title}`);
      const over = await endAll(application, mailbox, kinds, n, name);
      // What has been superseded or not been used is over after a while.
      await delay(Math.max(grace, IDLE) + 500);
      const restartedAt = performance.now();
      await act({ application, postgres });
      const took = performance.now() - restartedAt;
      const counts = await presentAll(application, over);
      const lost = await countLost(application, live);
      results.push({ name, title, database: database.title, counts, live: live.length, lost, took });
    }
    return results;
  } finally {
    await application?.stop();
    await sink.close();
  }
}

/** Half of them with tokens, half of them remembered in a browser. */
async function openSessions(application, n) {
  const live = [];
  await each(Array.from({ length: n }).keys(), AT_A_TIME, async (at) => {
    const body = at % 2 === 0 ? {} : { delivery: 'cookie', remember: true };
    const answer = await tried(async (times) => signIn(application, await newAccount(application, `live.${at}.${times}`), body));
    live.push(at % 2 === 0 ? { tokens: answer.json } : { cookie: cookieOf(answer) });
  });
  return live;
}

async function endAll(application, mailbox, kinds, n, name) {
  const over = [];
  for (const kind of kinds) {
    await each(Array.from({ length: n }).keys(), AT_A_TIME, async (at) => {
      const presents = await tried(async (times) => {
        const email = await newAccount(application, `${name}.${kind}.${at}.${times}`);
        return KINDS[kind].end(application, email, mailbox, at);
      });
      for (const present of presents) over.push({ kind, at, present });
    });
  }
  return over;
}

/** Everything, to the process whose turn it is. @returns of each kind how many were revived, or not refused as they should be */
async function presentAll(application, over) {
  const counts = Object.fromEntries(over.map(({ kind }) => [kind, { all: new Set(), revived: new Set(), other: new Map() }]));
  await each(over, AT_A_TIME, async ({ kind, at, present }) => {
    const { all, revived, other } = counts[kind];
    all.add(at);
    const { status, body } = await application.persist(...present());
    if (status >= 200 && status < 300) revived.add(at);
    else if (status !== KINDS[kind].refused) other.set(at, `${status} ${body}`);
  });
  return counts;
}

/** Sessions that are not admitted, or that do not go on. */
async function countLost(application, live) {
  let lost = 0;
  await each(live, AT_A_TIME, async (session) => {
    const headers = session.cookie === undefined ? authorised(session.tokens.accessToken) : { Cookie: session.cookie };
    const answers = [await application.persist('GET', '/auth/me', { headers })];
    if (session.tokens !== undefined) {
      const refreshed = await application.persist('POST', '/auth/refresh', { json: { refreshToken: session.tokens.refreshToken } });
      answers.push(refreshed);
      if (refreshed.status === 200) session.tokens = refreshed.json;
    }
    if (answers.some(({ status }) => status !== 200)) lost++;
  });
  return lost;
}

async function newAccount(application, name) {
  const email = `${name}@example.com`;
  await application.ask('makeAccounts', { emails: [email], password: PASSWORD });
  return email;
}

async function signIn(application, email, body = {}) {
  return succeed(application.post('/auth/signin', { email, password: PASSWORD, ...body }));
}

async function succeed(asked) {
  const answer = await asked;
  if (answer.status < 200 || answer.status > 299) throw new Error(`Answered with ${answer.status} ${answer.body}`);
  return answer;
}

async function tried(work) {
  for (let times = 0; ; times++) {
    try {
      return await work(times);
    } catch (error) {
      if (times === TRIES) throw error;
    }
  }
}

const authorised = (accessToken) => ({ Authorization: `Bearer ${accessToken}` });
const cookieOf = ({ headers }) => headers['set-cookie'].find((line) => line.startsWith('latchkey=')).split(';')[0];

function verdict(results, control) {
  const sum = (list, read) => list.reduce((total, one) => total + read(one), 0);
  const of = ({ counts }, name) => sum(Object.values(counts), (one) => one[name].size);
  const [revived, other] = ['revived', 'other'].map((name) => sum(results, (one) => of(one, name)));
  const [over, live, lost] = [
    sum(results, (one) => of(one, 'all')),
    sum(results, (one) => one.live),
    sum(results, (one) => one.lost),
  ];
  const examples = results.flatMap((one) => Object.values(one.counts).flatMap((kind) => [...kind.other.values()])).slice(0, 3);
  return {
    n: over + live,
    fails: revived + other + lost,
    figure: `${revived} revived of ${over}, ${lost} lost of ${live} live sessions`,
    limit: '0 and 0',
    control: control.map((one) => ({
      fault: FAULT,
      title: TITLES[FAULT],
      figure: `${of(one, 'revived')} revived of ${of(one, 'all')} by a restart of ${one.title}`,
      verdict: of(one, 'revived') > 0 ? 'red' : 'green',
    })),
    method: [
      'Two processes, one on Express and one on Fastify, with a Redis that keeps nothing and a database of their own. Before each restart everything is made anew by the routes: refresh tokens that were rotated, sessions that were signed out, mailed tokens that were used (resets and magic links), accounts that wrong passwords have locked, sessions that were not used in time.',
      'Processes and Redis are ended by SIGKILL; PostgreSQL by SIGQUIT, without a checkpoint, so that it recovers from its log. Then everything is presented, to the two processes by turns, with the right password where there is one. An answer that is neither a success nor the refusal of its kind counts as a failure, too; 503 means to ask again.',
      `The live sessions, half of them with tokens and half remembered in a browser, were opened before the first restart: each is to be admitted after every restart, and those with tokens refresh.`,
    ],
    tables: [
      {
        title: 'Revived, or refused in another way than they should be',
        head: ['database', 'restart of', ...Object.keys(KINDS), 'refused otherwise', 'live sessions lost', 'seconds away'],
        rows: results.map((one) => [
          one.database,
          one.title,
          ...Object.keys(KINDS).map((kind) => `${one.counts[kind].revived.size} of ${one.counts[kind].all.size}`),
          of(one, 'other'),
          `${one.lost} of ${one.live}`,
          (one.took / 1000).toFixed(1),
        ]),
      },
      ...(examples.length === 0 ? [] : [{ title: 'Other answers', head: ['answer'], rows: examples.map((one) => [one]) }]),
    ],
  };
}
