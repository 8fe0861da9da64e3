// G14: keys of every kind are replaced under load, nobody is signed out while they overlap, and nothing of a removed key is taken.
import { setTimeout as delay } from 'node:timers/promises';
import { TITLES } from '../faults/titles.mjs';
import { each } from '../lib/attacked.mjs';
import { Mailbox } from '../lib/mailbox.mjs';
import { newKeys, Rotating } from '../lib/rotating.mjs';
import { SmtpSink } from '../lib/smtp-sink.mjs';

const RATE = 200;
/** Requests under way, above which the load waits: the machine is too slow for more. */
const MOST = 50;
/** All in milliseconds. */
const ACCESS_TTL = 4_000;
const OVERLAP = ACCESS_TTL + 1_000;
const REFRESH = 500;
const LEAD_TIME = 3_000;
const MAIL_WITHIN = 30_000;
const PASSWORD = 'correct horse battery staple';
const RESET = 'Reset your password';
const CLIENTS = 15;
/** Each of them forgets the password once. */
const FORGETFUL = 300;
/** Of a hundred requests; the others are made by who is signed in, half of them with tokens. */
const SIGN_INS = 5;
const RESETS = 1;
const FAULT = 'newest-key-only';

const LANES = [
  { algorithm: 'HS256', way: 'deploys' },
  { algorithm: 'EdDSA', way: 'files' },
];

export const goal = {
  title: 'Keys are rotated under load without a refused request, and nothing of a removed key is taken',

  async run({ quick, random, say }) {
    const lanes = quick ? LANES.slice(-1) : LANES;
    const results = [];
    for (const lane of lanes) {
      say(`${lane.algorithm}, by ${lane.way}`);
      results.push(await rotate({ ...lane, rounds: quick ? 1 : 3, faults: [] }, random));
    }
    say(`With the fault ${FAULT}`);
    const control = await rotate({ ...LANES.at(-1), rounds: 1, faults: [FAULT] }, random);
    return verdict(results, control);
  },
};

async function rotate({ algorithm, way, rounds, faults }, random) {
  const sink = await new SmtpSink().start();
  let application;
  try {
    const schedule = { refresh: `${REFRESH}ms`, leadTime: `${LEAD_TIME}ms` };
    application = await Rotating.start({ way, schedule, algorithm, accessTtl: `${ACCESS_TTL}ms`, smtp: sink.port, faults });
    const mailbox = new Mailbox(sink);
    const result = { algorithm, way, rounds, database: application.database.title, probes: 0, shed: 0, revived: [], early: [] };
    const load = await new Load(application, mailbox, random).prepare();
    load.start();
    try {
      for (let round = 0; round < rounds; round++) await rotateOnce(application, mailbox, `r${round}`, result, faults.length > 0);
    } finally {
      await load.stop();
    }
    if (faults.length === 0) await removeAtOnce(application, mailbox, result);
    return { ...result, ...load.counts };
  } finally {
    await application?.stop();
    await sink.close();
  }
}

/** As the guide says: what is made under the old keys is good until they are removed, and then it is not. */
async function rotateOnce(application, mailbox, name, result, isFaulty) {
  const [current] = application.keys;
  const next = newKeys();
  const late = await oneOfEach(application, mailbox, `${name}.late`);
  const gone = await oneOfEach(application, mailbox, `${name}.gone`);
  // A process that is started signs at once: it needs the others to know its keys. One that runs waits by itself.
  if (application.way === 'deploys') await application.use([current, next]);
  await application.use([next, current]);
  await delay(OVERLAP);
  if (!isFaulty) await expectAll(application, late, true, result);
  await application.use([next]);
  if (!isFaulty) await expectAll(application, gone, false, result);
}

/** What is done when a key has leaked. */
async function removeAtOnce(application, mailbox, result) {
  const leaked = await oneOfEach(application, mailbox, 'leaked');
  await application.use([newKeys()]);
  await expectAll(application, leaked, false, result);
}

/** What follows from a key, made now and not used: `{ what, present }`, where `present` is the request that would use it. */
async function oneOfEach(application, mailbox, name) {
  const address = (of) => `${name}.${of}@example.com`;
  const all = ['cookie', 'refresh', 'password', 'access'].map(address);
  await application.ask('makeAccounts', { emails: all, password: PASSWORD });
  const [cookie, { refreshToken }] = [
    await cookieOf(application, address('cookie')),
    await signIn(application, address('refresh')),
  ];
  const token = await resetToken(application, mailbox, address('reset'));
  const { accessToken } = await signIn(application, address('access'));
  return [
    // `auth.token_expired` would say that the key is still known.
    { what: 'access token', refusal: 'auth.token_invalid', present: () => me({ Authorization: `Bearer ${accessToken}` }) },
    { what: 'cookie', present: () => me({ Cookie: cookie }) },
    { what: 'refresh token', present: () => ['POST', '/auth/refresh', { json: { refreshToken } }] },
    { what: 'mailed token', present: () => ['POST', '/auth/password/reset', { json: { token, password: PASSWORD } }] },
    // Peppers are options: only a deploy has changed them.
    ...(application.way === 'deploys'
      ? [
          {
            what: 'password',
            present: () => ['POST', '/auth/signin', { json: { email: address('password'), password: PASSWORD } }],
          },
        ]
      : []),
  ];
}

async function expectAll(application, probes, isGood, result) {
  for (const { what, present, refusal } of probes) {
    // An access token has expired at the end of the overlap.
    if (isGood && refusal !== undefined) continue;
    // What is good is used by one; what is not is refused by both.
    for (const port of isGood ? application.ports.slice(0, 1) : application.ports) {
      const { status, body, json } = await application.sendTo(port, ...present());
      // Load was shed: nobody knows whether it has been used up.
      if (status === 503) {
        result.shed++;
        break;
      }
      result.probes++;
      const isTaken = status >= 200 && status < 300;
      const isRefused = refusal === undefined ? status === 401 || status === 400 : json?.errorCode === refusal;
      if (isGood && !isTaken) result.early.push(`${what}: ${status} ${body}`);
      if (!isGood && !isRefused) result.revived.push(`${what}: ${status} ${body}`);
    }
  }
}

/** Honest people at {@link RATE} requests a second, whatever the answers take. Each request goes to the process whose turn it is. */
class Load {
  counts = { requests: 0, refreshes: 0, unexpected: new Map(), unavailable: 0, seconds: 0 };
  #running = new Set();
  #isOver = false;

  constructor(application, mailbox, random) {
    Object.assign(this, { application, mailbox, random });
  }

  async prepare() {
    const names = (kind, count = CLIENTS) => Array.from({ length: count }, (_, at) => `${kind}${at}@example.com`);
    const [tokens, cookies] = [names('tokens'), names('cookie')];
    this.logins = names('login');
    this.forgetful = names('forgetful', FORGETFUL);
    const emails = [...tokens, ...cookies, ...this.logins, ...this.forgetful];
    await this.application.ask('makeAccounts', { emails, password: PASSWORD });
    this.clients = [];
    await each(emails.slice(0, 2 * CLIENTS).keys(), 4, async (at) => {
      if (at < CLIENTS) this.clients.push(this.#withTokens(await signIn(this.application, tokens[at])));
      else this.clients.push(this.#withCookie(await cookieOf(this.application, cookies[at - CLIENTS])));
    });
    return this;
  }

  start() {
    const startedAt = performance.now();
    this.work = (async () => {
      for (let turn = 0; !this.#isOver; await delay(10)) {
        const due = ((performance.now() - startedAt) / 1_000) * RATE;
        for (; turn < due && this.#running.size < MOST; turn++) {
          const one = this.#act(turn).finally(() => this.#running.delete(one));
          this.#running.add(one);
        }
        // What could not be sent in time is not made up for.
        turn = Math.max(turn, Math.floor(due));
      }
      await Promise.all(this.#running);
      this.counts.seconds = (performance.now() - startedAt) / 1_000;
    })();
  }

  async stop() {
    this.#isOver = true;
    await this.work;
  }

  #act(turn) {
    const draw = this.random.between(1, 100);
    if (draw <= SIGN_INS) return this.#signIn(this.logins[turn % this.logins.length]);
    if (draw <= SIGN_INS + RESETS) return this.#reset();
    return this.clients[turn % this.clients.length]();
  }

  /** As the client of the guide: it refreshes when its token has expired, once for all requests that wait. */
  #withTokens(tokens) {
    let refreshing = null;
    const refresh = async () => {
      const answer = await this.#ask(['POST', '/auth/refresh', { json: { refreshToken: tokens.refreshToken } }], 200);
      this.counts.refreshes++;
      if (answer.status === 200) tokens = answer.json;
    };
    return async () => {
      await refreshing;
      const request = () => me({ Authorization: `Bearer ${tokens.accessToken}` });
      const answer = await this.#ask(request(), 200, 'auth.token_expired');
      if (answer.status !== 401) return;
      refreshing ??= refresh().finally(() => (refreshing = null));
      await refreshing;
    };
  }

  #withCookie(cookie) {
    return () => this.#ask(me({ Cookie: cookie }), 200);
  }

  #signIn(email) {
    return this.#ask(['POST', '/auth/signin', { json: { email, password: PASSWORD } }], 200);
  }

  /** Asks for a mail, and uses it as soon as it is there. */
  async #reset() {
    const email = this.forgetful.pop();
    if (email === undefined) return;
    const { status } = await this.#ask(['POST', '/auth/password/forgot', { json: { email } }], 202);
    if (status !== 202) return;
    const mail = await this.mailbox.next(email, RESET, MAIL_WITHIN);
    await this.#ask(['POST', '/auth/password/reset', { json: { token: mail?.token, password: PASSWORD } }], 204);
  }

  async #ask(request, expected, tolerated = null) {
    const answer = await this.application.send(...request);
    this.counts.requests++;
    const code = answer.json?.errorCode ?? answer.body;
    if (answer.status === 503) this.counts.unavailable++;
    else if (answer.status !== expected && (tolerated === null || code !== tolerated)) {
      const key = `${request[1]}: ${answer.status} ${code}`;
      this.counts.unexpected.set(key, (this.counts.unexpected.get(key) ?? 0) + 1);
    }
    return answer;
  }
}

const me = (headers) => ['GET', '/auth/me', { headers }];

async function signIn(application, email) {
  return (await expectStatus(() => application.post('/auth/signin', { email, password: PASSWORD }), 200)).json;
}

/** The newest one works and no other, so the mail is asked for once, and for somebody else when nobody knows whether there will be one. */
async function resetToken(application, mailbox, address) {
  for (let tries = 0; tries < 10; tries++) {
    const email = `${tries}.${address}`;
    await application.ask('makeAccounts', { emails: [email], password: PASSWORD });
    const { status } = await application.post('/auth/password/forgot', { email });
    const mail = status === 202 ? await mailbox.next(email, RESET, MAIL_WITHIN) : null;
    if (mail?.token != null) return mail.token;
  }
  throw new Error('No mail with a token');
}

async function cookieOf(application, email) {
  const ask = () => application.post('/auth/signin', { email, password: PASSWORD, delivery: 'cookie', remember: true });
  const { headers } = await expectStatus(ask, 200);
  return headers['set-cookie'].find((line) => line.startsWith('latchkey=')).split(';')[0];
}

async function expectStatus(ask, expected) {
  const answer = await patiently(ask);
  if (answer.status !== expected) throw new Error(`Answered with ${answer.status} ${answer.body}`);
  return answer;
}

/** Again while the process sheds load. */
async function patiently(ask) {
  for (let tries = 0; ; tries++) {
    const answer = await ask();
    if (answer.status !== 503 || tries === 100) return answer;
    await delay(100);
  }
}

const sum = (counts) => [...counts.values()].reduce((total, count) => total + count, 0);

function verdict(results, control) {
  const total = (read) => results.reduce((all, one) => all + read(one), 0);
  const refused = total(({ unexpected }) => sum(unexpected));
  const early = results.flatMap((one) => one.early);
  const revived = results.flatMap((one) => one.revived);
  const examples = [
    ...results.flatMap(({ unexpected }) => [...unexpected].map(([what, times]) => `${times} × ${what}`)),
    ...early,
    ...revived,
  ];
  return {
    n: total(({ requests, probes }) => requests + probes),
    fails: refused + early.length + revived.length,
    figure: `${refused} of ${total(({ requests }) => requests)} refused in ${total(({ rounds }) => rounds)} rotations, ${revived.length} of a removed key taken`,
    limit: '0 and 0',
    control: [
      {
        fault: FAULT,
        title: TITLES[FAULT],
        figure: `${sum(control.unexpected)} of ${control.requests} refused in ${control.rounds} rotation`,
        verdict: sum(control.unexpected) > 0 ? 'red' : 'green',
      },
    ],
    method: [
      `Two processes, one on Express and one on Fastify, ${results[0].database}, asked ${RATE} times a second by turns: ${2 * CLIENTS} people who are signed in, half of them with tokens that they refresh when they have expired, half with cookies; ${SIGN_INS} % sign-ins and ${RESETS} % resets by mail. Access tokens live ${ACCESS_TTL / 1000} s.`,
      `A round replaces the secret and, with EdDSA, the key pair. By deploys new processes take over from old ones, one after the other, three times: the new keys behind the old ones, then before them, then alone; peppers with them. By files running processes learn of them (asked every ${REFRESH} ms, a lead time of ${LEAD_TIME / 1000} s), and of the removal. Old and new overlap for ${OVERLAP / 1000} s.`,
      'Every answer but the expected one counts, 503 apart: it is load that the machine sheds.',
      'Of each kind two are made under the old keys and left alone. One is used at the end of the overlap, and must be good. The other one is presented to both processes after the removal, and must be refused. Of an access token, expired or not, the answer must be that its key is not known. At the end all keys are replaced at once, as when they have leaked.',
    ],
    tables: [
      {
        title: 'Rotations',
        head: [
          'keys',
          'by',
          'rounds',
          'requests',
          'a second',
          'refreshes',
          'refused',
          '503',
          'of old keys presented',
          'too early refused',
          'taken after removal',
        ],
        rows: results.map((one) => [
          one.algorithm,
          one.way,
          one.rounds,
          one.requests,
          (one.requests / one.seconds).toFixed(0),
          one.refreshes,
          sum(one.unexpected),
          one.unavailable + one.shed,
          one.probes,
          one.early.length,
          one.revived.length,
        ]),
      },
      ...(examples.length === 0 ? [] : [{ title: 'What was wrong', head: [''], rows: examples.slice(0, 10).map((one) => [one]) }]),
    ],
  };
}
