// AV-04: a mail server that is down, or hangs, changes no answer and no answer's time, and no mail is lost.
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { postgresDatabase, sqliteDatabase } from '../../bench/lib/databases.mjs';
import { quantile } from '../../bench/lib/statistics.mjs';
import { TITLES } from '../faults/titles.mjs';
import { newSecret } from '../lib/application.mjs';
import { HttpClient } from '../lib/http-client.mjs';
import { Processes } from '../lib/processes.mjs';
import { SmtpSink } from '../lib/smtp-sink.mjs';

const PASSWORD = 'correct horse battery staple';
const PER_SECOND = 30;
/** Answers of the first seconds do not count: the processes are cold. Milliseconds. */
const WARM_UP = 3_000;
/** The 99th percentile during the outage may be that long (OWASP: the mail server is not part of the answer), in milliseconds; */
const FAST = 100;
/** in the quick form, of whose few requests the third slowest is the percentile: */
const FAST_ENOUGH = 1_000;
/** or that many times what it was before, where the machine is slow. */
const TIMES = 1.5;
/** Of the pauses between attempts the one that is waited for when the server comes back, and some. */
const DELIVERED_WITHIN = 150_000;

/** What is asked, how often, and the mail that belongs to it; each address is asked for once by each. */
const REQUESTS = [
  { name: 'forgot', path: '/auth/password/forgot', share: 3, subject: 'Reset your password' },
  { name: 'forgot, unknown', path: '/auth/password/forgot', share: 2, unknown: true, subject: null },
  { name: 'magic link', path: '/auth/magic-link', share: 2, subject: 'Your sign-in link' },
  { name: 'magic link, unknown', path: '/auth/magic-link', share: 1, unknown: true, subject: null },
  { name: 'sign-up', path: '/auth/signup', share: 2, unknown: true, subject: 'Confirm your e-mail address' },
];
const FAULTS = ['mail-in-request', 'swallowed-mail'];

export const goal = {
  title: 'A mail server that is away changes no answer and loses no mail',

  async run({ quick, random, say }) {
    const plan = { before: quick ? 5_000 : 15_000, outage: quick ? 10_000 : 60_000, fast: quick ? FAST_ENOUGH : FAST };
    const proved = await outage({ ...plan, faults: [] }, random);
    const control = [];
    // With the first one requests wait for half a minute.
    for (const fault of quick ? FAULTS.slice(1) : FAULTS) {
      say(`With the fault ${fault}`);
      const broken = await outage({ ...plan, before: 4_000, outage: 8_000, faults: [fault] }, random);
      control.push({ fault, title: TITLES[fault], figure: inWords(broken), verdict: failures(broken) > 0 ? 'red' : 'green' });
    }
    return {
      n: proved.asked,
      fails: failures(proved),
      figure: inWords(proved),
      limit: `0 answers that differ, p99 ${limitOf(proved).toFixed(0)} ms, 0 mails lost, none more than twice`,
      control,
      method: [
        `Two processes (Express and Fastify) on ${proved.database} are asked ${PER_SECOND} times a second, whatever the answers take: ${REQUESTS.map(({ name, share }) => `${share * 10} % ${name}`).join(', ')}. bcrypt at cost 4.`,
        `After ${WARM_UP / 1000} s that do not count and ${plan.before / 1000} s more the mail server goes away for ${plan.outage / 1000} s: for the first half connections are refused, for the second half they are taken and nothing is ever said. Then it comes back, and what waits is delivered.`,
        'Status, headers (but the date) and body of each kind of request are what they were before; sign-ups by their status and the names of what they hold. An address is asked for once by each kind of request, so each has one mail to get, and unknown ones have none.',
      ],
      tables: [
        {
          title: 'Milliseconds until the answer',
          head: ['request', 'before: n', 'p50', 'p99', 'during: n', 'p50', 'p99'],
          rows: [...REQUESTS.map(({ name }) => name), null].map((name) => [
            name ?? 'all',
            ...['before', 'during'].flatMap((phase) => {
              const took = durations(proved, phase, name);
              return [took.length, quantile(took, 0.5).toFixed(1), quantile(took, 0.99).toFixed(1)];
            }),
          ]),
        },
        {
          title: 'Mail',
          head: ['owed', 'delivered', 'lost', 'delivered twice', 'more than twice', 'not owed', 'all there after, s'],
          rows: [
            [
              proved.owed,
              proved.delivered,
              proved.lost,
              proved.twice,
              proved.often,
              proved.stray,
              (proved.deliveredAfter / 1000).toFixed(1),
            ],
          ],
        },
      ],
    };
  },
};

const durations = ({ answers }, phase, name = null) =>
  answers.filter((answer) => answer.phase === phase && (name === null || answer.name === name)).map(({ took }) => took);
const p99 = (run, phase) => quantile(durations(run, phase), 0.99);
const limitOf = (run) => Math.max(run.fast, TIMES * p99(run, 'before'));
const isSlow = (run) => p99(run, 'during') > limitOf(run);
const failures = (run) => run.differing + run.lost + run.often + run.stray + (isSlow(run) ? 1 : 0);
const inWords = (run) =>
  `${run.differing} answers differ, p99 ${p99(run, 'during').toFixed(1)} ms (${p99(run, 'before').toFixed(1)} before), ${run.lost} of ${run.owed} mails lost, ${run.twice} twice, ${run.often} more often`;

async function outage({ before, outage: away, fast, faults }, random) {
  const database = (await postgresDatabase()) ?? sqliteDatabase();
  const sink = await new SmtpSink().start();
  const { port } = sink;
  const shared = { database, secret: newSecret(), required: false, hashCost: 4, smtp: port, faults };
  const client = new HttpClient();
  let processes;
  let hanging = null;
  try {
    processes = await Processes.start([
      { ...shared, http: 'express' },
      { ...shared, http: 'fastify' },
    ]);
    const schedule = drawn(Math.ceil(((WARM_UP + before + away) / 1000) * PER_SECOND), random);
    const emails = schedule.filter(({ unknown }) => !unknown).map(({ email }) => email);
    await processes.ask('makeAccounts', { emails, password: PASSWORD, kind: 'existing' });

    const answers = [];
    const startedAt = performance.now();
    const work = load({ client, processes, schedule, startedAt, changesAt: WARM_UP + before, answers });
    await delay(WARM_UP + before);
    await sink.stop();
    await delay(away / 2);
    hanging = await silentServer(port);
    await delay(away / 2);
    await work;
    await hanging.stop();
    hanging = null;
    await sink.start(port);
    const backAt = performance.now();
    await quiet(processes, backAt + DELIVERED_WITHIN);
    return {
      fast,
      ...judged(answers, sink.received),
      answers,
      asked: schedule.length,
      deliveredAfter: performance.now() - backAt,
      database: database.title,
    };
  } finally {
    client.close();
    await processes?.stop();
    await hanging?.stop();
    await sink.close();
    await database.drop();
  }
}

function drawn(count, random) {
  const kinds = REQUESTS.flatMap((request) => Array.from({ length: request.share }, () => request));
  return Array.from({ length: count }, (_, index) => ({
    ...random.pick(kinds),
    email: `n${String(index).padStart(6, '0')}@example.com`,
  }));
}

/** Open loop: a request leaves at its time, whether or not earlier ones have been answered. */
async function load({ client, processes, schedule, startedAt, changesAt, answers }) {
  const all = [];
  for (const [index, request] of schedule.entries()) {
    const due = startedAt + (index * 1000) / PER_SECOND;
    const wait = due - performance.now();
    if (wait > 0) await delay(wait);
    const passed = performance.now() - startedAt;
    const phase = passed < WARM_UP ? 'warm-up' : passed < changesAt ? 'before' : 'during';
    all.push(ask(client, processes.port, request).then((answer) => answers.push({ ...request, ...answer, phase })));
  }
  await Promise.all(all);
}

async function ask(client, port, { path, email }) {
  const askedAt = performance.now();
  try {
    const isSignUp = path.endsWith('signup');
    const { status, headers, body, took } = await client.post(port, path, isSignUp ? { email, password: PASSWORD } : { email });
    const shape = isSignUp ? shapeOf(body) : body;
    // The two HTTP adapters write different headers.
    return {
      took,
      acknowledged: status < 300,
      seen: `${status} ${shape}`,
      headers: { ...headers, date: '' },
      adapter: headers['x-powered-by'] ?? '',
    };
  } catch (error) {
    return {
      took: performance.now() - askedAt,
      acknowledged: false,
      seen: `no answer: ${error.message}`,
      headers: {},
      adapter: '',
    };
  }
}

/** What belongs to one account is different for each. */
const shapeOf = (body) => {
  try {
    return Object.keys(JSON.parse(body)).join(' ');
  } catch {
    return body;
  }
};

function judged(answers, received) {
  const looks = ({ name, seen, headers, adapter }) => {
    const { etag: _, 'content-length': length, ...rest } = headers;
    return JSON.stringify([adapter, seen, name === 'sign-up' ? rest : { ...rest, length }]);
  };
  const usual = new Map();
  for (const answer of answers) {
    if (answer.phase === 'before') usual.set(answer.name, (usual.get(answer.name) ?? new Set()).add(looks(answer)));
  }
  const differing = answers.filter((answer) => answer.phase === 'during' && !usual.get(answer.name)?.has(looks(answer))).length;
  const refused = answers.filter(({ acknowledged, phase }) => phase === 'before' && !acknowledged).length;

  const deliveries = new Map();
  for (const { to, subject } of received) deliveries.set(`${to} ${subject}`, (deliveries.get(`${to} ${subject}`) ?? 0) + 1);
  const owed = answers
    .filter(({ acknowledged, subject }) => acknowledged && subject !== null)
    .map(({ email, subject }) => `${email} ${subject}`);
  const times = owed.map((mail) => deliveries.get(mail) ?? 0);
  const mayCome = new Set(answers.filter(({ subject }) => subject !== null).map(({ email, subject }) => `${email} ${subject}`));
  return {
    differing: differing + refused,
    owed: owed.length,
    delivered: received.length,
    lost: times.filter((count) => count === 0).length,
    twice: times.filter((count) => count === 2).length,
    often: times.filter((count) => count > 2).length,
    stray: [...deliveries.keys()].filter((mail) => !mayCome.has(mail)).length,
  };
}

/** Until nothing waits any more. */
async function quiet(processes, deadline) {
  while ((await processes.ask('backlog')).pending > 0 && performance.now() < deadline) await delay(500);
}

/** Takes connections and never says a word. */
async function silentServer(port) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
