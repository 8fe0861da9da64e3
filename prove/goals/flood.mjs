// G9: a flood of sign-ins is shed, and the rest of the application does not feel it.
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { postgresDatabase, sqliteDatabase } from '../../bench/lib/databases.mjs';
import { flood, FLOODS, RAMP, signInBytes } from '../../bench/lib/flood.mjs';
import { Connection } from '../../bench/lib/connection.mjs';
import { ServerProcess } from '../../bench/lib/server-process.mjs';
import { median, quantile } from '../../bench/lib/statistics.mjs';
import { TITLES } from '../faults/titles.mjs';
import { newSecret, startApplication } from '../lib/application.mjs';

/** The library's default. Where such a hash takes longer than it may, a lower one takes its place. */
const COST = 12;
const LEAST_COST = 8;
const HASH_TAKES = 250;
const PASSWORD = 'correct horse battery staple';
const PROBE_EVERY = 10;
/** What the gate does by default. */
const WIDTH = Math.max(1, Math.min(availableParallelism(), 3));
const LOOK_EVERY = 500;

/** Milliseconds, how many times as long as without a flood, and megabytes: 50, and what argon2id takes for each hash under way (OWASP). */
const LIMITS = { me: 50, timesIdle: 10, admitted: 1_000, refused: 50, growth: 50 + 19 * WIDTH };
/** A machine on which a bare route feels more than this of hashes beside it cannot tell, in the long form (milliseconds). */
const NOISE = 25;
/** In the quick form what a bare route feels counts so many times: beside it `/me` asks the database twice. */
const LENIENCE = 4;
/** …and everybody has so many times the time: of the few sign-ins of a short flood the slowest is the p99. */
const SLACK = 2;
/** Clients that do as they are told. Of others, which the limit by source stops where it is not taken away as here, the figures are only shown. */
const isJudged = ({ kind }) => kind === 'polite';
const LONG = {
  clients: 100,
  milliseconds: 60_000,
  idle: 10_000,
  kinds: ['polite', 'impatient'],
  faults: ['hash-on-event-loop', 'endless-hash-queue'],
};
const QUICK = { clients: 100, milliseconds: 4_000, idle: 1_500, kinds: ['polite'], faults: ['hash-on-event-loop'] };
/** A fault needs no more to be seen. */
const FAULTY = { milliseconds: 2_000, idle: 1_000 };
const FAULTY_CLIENTS = { 'hash-on-event-loop': 12, 'endless-hash-queue': 60 };

export const goal = {
  title: 'A flood of sign-ins is shed, and the rest of the application does not feel it',

  async run({ quick, say }) {
    const plan = quick ? QUICK : LONG;
    const machine = await measureMachine(plan.idle);
    const limits = quick ? loosened(machine) : LIMITS;
    const measured = [];
    for (const kind of plan.kinds) {
      say(`${plan.clients} clients for ${plan.milliseconds / 1000} s, who come back ${FLOODS[kind].title}`);
      measured.push({ kind, ...(await measure({ ...plan, ...machine, kind, faults: [] })) });
    }
    const control = [];
    for (const fault of plan.faults) {
      say(`With the fault ${fault}`);
      const felt = await measure({ ...FAULTY, ...machine, clients: FAULTY_CLIENTS[fault], kind: 'polite', faults: [fault] });
      const broken = missed(felt, limits);
      control.push({
        fault,
        title: TITLES[fault],
        figure: broken.join('; ') || 'nothing is felt',
        verdict: broken.length > 0 ? 'red' : 'green',
      });
    }
    return verdict({ plan, machine, limits, measured, control });
  },
};

/** What requests feel of so many hashes beside them where there is no library, and how even the hashes are. */
async function measureMachine(milliseconds) {
  const servers = [];
  const open = async (script) => {
    const server = await ServerProcess.start({ node: process.execPath, script, settings: { http: 'fastify' } });
    servers.push(server);
    return server;
  };
  try {
    const bare = await open('bare.mjs');
    const probe = await open('probe.mjs');
    const hasher = await open('raw-hash.mjs');
    const ask = () => probe.ask('probe', { port: bare.port, path: '/measured', every: PROBE_EVERY, milliseconds });
    await ask();
    for (let cost = COST; ; cost--) {
      const [felt, hashes] = await Promise.all([ask(), hasher.ask('compare', { cost, width: WIDTH, milliseconds })]);
      const hash = median(hashes.latencies);
      if (hash <= HASH_TAKES || cost === LEAST_COST) {
        return { cost, felt: quantile(felt, 0.99), hash, spread: quantile(hashes.latencies, 0.95) / hash };
      }
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function measure({ clients, milliseconds, idle: idleFor, cost, kind, faults }) {
  const database = (await postgresDatabase()) ?? sqliteDatabase();
  const servers = [];
  let memory;
  try {
    const settings = { http: 'fastify', database, secret: newSecret(), required: false, hashCost: cost, smtp: null, faults };
    const server = await startApplication(settings);
    servers.push(server);
    const probe = await ServerProcess.start({ node: process.execPath, script: 'probe.mjs' });
    servers.push(probe);
    const emails = Array.from({ length: clients }, (_, at) => `flood${at}@example.com`);
    await server.ask('makeAccounts', { emails, password: PASSWORD, kind: 'active' });
    const headers = { Authorization: `Bearer ${await accessTokenOf(server, emails[0])}` };
    const ask = (duration) =>
      probe.ask('probe', { port: server.port, path: '/auth/me', headers, every: PROBE_EVERY, milliseconds: duration });
    const idle = await ask(idleFor);

    memory = watchMemory(server.child.pid);
    const [flooded, me] = await Promise.all([
      flood({ port: server.port, emails, password: PASSWORD, milliseconds, pause: FLOODS[kind].pause }),
      delay(RAMP).then(() => ask(milliseconds)),
    ]);
    const p99 = (values) => (values.length === 0 ? 0 : quantile(values, 0.99));
    return {
      database: database.title,
      idle: p99(idle),
      asked: me.length,
      me: p99(me),
      meMiddle: median(me),
      admittedCount: flooded.latencies.length,
      admitted: p99(flooded.latencies),
      refusedCount: flooded.refusals.length,
      refused: p99(flooded.refusals),
      growth: memory.growth(),
    };
  } finally {
    memory?.end();
    await Promise.all(servers.map((one) => one.stop()));
    await database.drop();
  }
}

async function accessTokenOf({ port }, email) {
  const connection = new Connection(port);
  try {
    const { status, body } = await connection.send(signInBytes(email, PASSWORD));
    if (status !== 200) throw new Error(`A sign-in was answered with ${status} ${body}`);
    return JSON.parse(body).accessToken;
  } finally {
    connection.close();
  }
}

/** Looks at the resident set of a process. @returns `growth`, the megabytes by which it was larger than at first, at most, and `end` */
function watchMemory(pid) {
  const look = () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)])) / 1024;
  const before = look();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, look())), LOOK_EVERY);
  return { growth: () => Math.max(most, look()) - before, end: () => clearInterval(timer) };
}

/** The quick form runs where others work, too: what the same hashes do to a bare route, and to each other, is not the library's. */
function loosened({ felt, spread }) {
  const noise = LENIENCE * felt;
  return {
    ...LIMITS,
    me: SLACK * Math.max(LIMITS.me, noise),
    refused: SLACK * Math.max(LIMITS.refused, noise),
    leastTimesIdle: SLACK * noise,
    admitted: SLACK * LIMITS.admitted * Math.max(1, spread),
  };
}

/** What was over its limit, in words. */
function missed({ idle, me, admitted, refused, growth, admittedCount }, limits) {
  const timesIdle = Math.max(limits.timesIdle * idle, limits.leastTimesIdle ?? 0);
  return [
    ['`/me` p99', me, Math.min(limits.me, timesIdle), 'ms'],
    ['admitted p99', admitted, limits.admitted, 'ms'],
    ['503 p99', refused, limits.refused, 'ms'],
    ['grown by', growth, limits.growth, 'MB'],
  ]
    .flatMap(([name, figure, limit, unit]) =>
      figure > limit ? `${name} ${figure.toFixed(0)} ${unit} (limit ${limit.toFixed(0)})` : [],
    )
    .concat(admittedCount === 0 ? 'nobody is admitted' : []);
}

function verdict({ plan, machine, limits, measured, control }) {
  const broken = measured.map((one) => missed(one, limits));
  const judged = measured.filter(isJudged);
  const worst = (name) => Math.max(...judged.map((one) => one[name])).toFixed(0);
  const isNoisy = limits === LIMITS && machine.felt > NOISE;
  const isBusy = measured.some(({ idle }) => idle > limits.me);
  return {
    n: measured.reduce((sum, { asked, admittedCount, refusedCount }) => sum + asked + admittedCount + refusedCount, 0),
    fails: judged.flatMap((one) => missed(one, limits)).length,
    figure: `\`/me\` p99 ${worst('me')} ms, admitted p99 ${worst('admitted')} ms, 503 p99 ${worst('refused')} ms, grown by ${worst('growth')} MB`,
    limit: `${limits.me.toFixed(0)} ms and ${limits.timesIdle} × idle, ${limits.admitted.toFixed(0)} ms, ${limits.refused.toFixed(0)} ms, ${limits.growth} MB`,
    ...(isNoisy ? { why: `beside the same hashes a bare route took ${machine.felt.toFixed(0)} ms at p99` } : {}),
    ...(isBusy ? { why: `without a flood \`/me\` took ${worst('idle')} ms at p99` } : {}),
    control,
    method: [
      `${plan.clients} clients with an account each sign in again and again for ${plan.milliseconds / 1000} s, counted after a ramp of ${RAMP / 1000} s; whoever gets a 503 comes back after \`Retry-After\`. Another process asks for \`GET /auth/me\` every ${PROBE_EVERY} ms. One process on Fastify, ${measured[0].database}, bcrypt at cost ${machine.cost}; server, database and clients share the processor. Limits by source are far away.`,
      `This machine by itself: ${WIDTH} hashes at a time take ${machine.hash.toFixed(0)} ms each (p95 ${machine.spread.toFixed(2)} times that), and a route without any library answers within ${machine.felt.toFixed(1)} ms at p99 beside them.${limits === LIMITS ? ` Over ${NOISE} ms the run is void.` : ` From it the limits of this quick form: ${LENIENCE} times that where it is more, the spread of the hashes, and twice that.`}`,
      ...(measured.length > judged.length
        ? [
            'Who comes back after 100 ms whatever the answer says is shown beside it and not judged: the limit by source, taken away here, turns such clients away.',
          ]
        : []),
      'Memory is the resident set of the process, looked at every half second, against that before the flood.',
    ],
    tables: [
      {
        title: 'Milliseconds at p99',
        head: [
          'a 503 is retried',
          'sign-ins',
          'admitted',
          'refused',
          '503',
          '`/me` asked',
          '`/me`',
          '`/me` p50',
          '`/me` without the flood',
          'grown by MB',
          'over a limit',
        ],
        rows: measured.map((one, at) => [
          FLOODS[one.kind].title,
          one.admittedCount,
          one.admitted.toFixed(0),
          one.refusedCount,
          one.refused.toFixed(1),
          one.asked,
          one.me.toFixed(1),
          one.meMiddle.toFixed(1),
          one.idle.toFixed(1),
          one.growth.toFixed(0),
          broken[at].join('; ') || 'nothing',
        ]),
      },
    ],
  };
}
