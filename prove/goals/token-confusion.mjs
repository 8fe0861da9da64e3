// G11: a token is good for what it was made for, and nothing that we did not make is good for anything.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { TITLES } from '../faults/titles.mjs';
import { newSecret } from '../lib/application.mjs';
import { Attacked, each, PASSWORD } from '../lib/attacked.mjs';
import { FAR_LIMITS } from '../lib/far-limits.mjs';
import { claimsOf, craftedTokens, mutated } from '../lib/crafted-tokens.mjs';
import { Mailbox } from '../lib/mailbox.mjs';
import { SmtpSink } from '../lib/smtp-sink.mjs';

const MAIL_WITHIN = 30_000;
const AT_A_TIME = 8;
const FAULT = 'no-typ-check';
const NEW_PASSWORD = 'battery staple horse correct';

/** How a token is presented, and for which kinds that succeeds. */
const PLACES = {
  'Authorization: Bearer': {
    accepts: ['access'],
    present: (application, token) => application.send('GET', '/auth/me', { headers: { Authorization: `Bearer ${token}` } }),
  },
  Cookie: {
    accepts: ['cookie'],
    present: (application, token) => application.send('GET', '/auth/me', { headers: { Cookie: `latchkey=${token}` } }),
  },
  'POST /refresh': {
    accepts: ['refresh'],
    present: (application, refreshToken) => application.post('/auth/refresh', { refreshToken }),
  },
  'POST /email/confirm': {
    accepts: ['confirmation', 'change of address'],
    present: (application, token) => application.post('/auth/email/confirm', { token }),
  },
  'POST /magic-link/verify': {
    accepts: ['magic link'],
    present: (application, token) => application.post('/auth/magic-link/verify', { token }),
  },
  'POST /invitations/accept': {
    accepts: ['invitation'],
    present: (application, token) => application.post('/auth/invitations/accept', { token, password: NEW_PASSWORD }),
  },
  'POST /password/reset': {
    accepts: ['reset'],
    present: (application, token) => application.post('/auth/password/reset', { token, password: NEW_PASSWORD }),
  },
  'POST /unlock': {
    accepts: [],
    present: (application, token) => application.post('/auth/unlock', { token }),
  },
};

export const goal = {
  title: 'A token is good for what it was made for, and what we did not make is good for nothing',

  async run({ quick, random, say }) {
    const sizes = quick ? { rounds: 2, mutations: 400 } : { rounds: 10, mutations: 5_000 };
    const result = await attack([], sizes, random, say);
    say(`With the fault ${FAULT}`);
    const control = await attack([FAULT], { rounds: 0, mutations: 0 }, random, say);
    return verdict(result, control);
  },
};

async function attack(faults, { rounds, mutations }, random, say) {
  const sink = await new SmtpSink().start();
  const secret = newSecret();
  let asked = 0;
  // Whoever fetches a key that a token names comes here.
  const elsewhere = createServer((socket) => {
    asked++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  let application;
  try {
    application = await Attacked.start({
      faults,
      secret,
      smtp: sink.port,
      options: FAR_LIMITS,
    });
    const mailbox = new Mailbox(sink);
    const judged = { cells: 0, confused: [], useless: [], broken: [], accepted: [], crafted: 0, mutated: 0 };

    say(`${rounds} rounds of every kind at every place`);
    let kinds;
    for (let round = 0; round < Math.max(1, rounds); round++) {
      kinds = await oneOfEach(application, mailbox, `r${round}`);
      if (rounds > 0) await presentEverywhere(application, kinds, judged);
    }

    const [mine, others] = await Promise.all(['mine', 'others'].map((name) => newSession(application, `${name}@example.com`)));
    const crafted = craftedTokens({
      token: mine.accessToken,
      secret,
      otherSession: claimsOf(others.accessToken),
      url: `http://127.0.0.1:${elsewhere.address().port}/jwks.json`,
    });
    say(`${crafted.length} crafted tokens, ${mutations} mutations`);
    const bearer = PLACES['Authorization: Bearer'];
    // The one it was made from is good, or being refused would tell nothing.
    for (const _ of application.servers)
      note(judged.useless, 'the genuine token', await bearer.present(application, mine.accessToken), isAccepted);
    await each(crafted, AT_A_TIME, async ({ what, token }) => {
      // On each of the two processes.
      for (const _ of application.servers) {
        judged.crafted++;
        const answer = await bearer.present(application, token);
        note(judged.accepted, what, answer, isRefused);
      }
    });

    const fresh = mutations > 0 ? await oneOfEach(application, mailbox, 'mutated') : kinds;
    await each(Array.from({ length: mutations }), AT_A_TIME, async () => {
      const place = random.pick(Object.values(PLACES).filter(({ accepts }) => accepts.length > 0));
      const kind = random.pick(place.accepts);
      judged.mutated++;
      const token = mutated(fresh[kind], random);
      note(judged.accepted, `${kind} as ${token}`, await place.present(application, token), isRefused);
    });
    return { ...judged, asked, database: application.database.title };
  } finally {
    await application?.stop();
    await sink.close();
    elsewhere.close();
  }
}

async function newSession(application, email, body = {}) {
  await application.makeAccounts([email]);
  const answer = await application.post('/auth/signin', { email, password: PASSWORD, ...body });
  if (answer.status !== 200) throw new Error(`A sign-in was answered with ${answer.status} ${answer.body}`);
  return { ...answer.json, cookie: answer.headers['set-cookie']?.map((line) => /^latchkey=([^;]+)/.exec(line)?.[1]).find(Boolean) };
}

/** Each of an account of its own, since some end the sessions of theirs. */
async function oneOfEach(application, mailbox, prefix) {
  const address = (name) => `${prefix}.${name}@example.com`;
  const signedIn = async (name, body) => newSession(application, address(name), body);
  const mailed = async (name, subject) => {
    const mail = await mailbox.next(address(name), subject, MAIL_WITHIN);
    if (mail?.token == null) throw new Error(`No mail “${subject}” with a token`);
    return mail.token;
  };
  const asked = async (path, body, accessToken) => {
    const headers = accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` };
    const { status, body: text } = await application.post(path, body, headers);
    if (status !== 201 && status !== 202) throw new Error(`${path} was answered with ${status} ${text}`);
  };
  const { accessToken } = await signedIn('access');
  const inviter = await signedIn('inviter');
  const mover = await signedIn('mover');
  await application.makeAccounts([address('reset'), address('magic')]);
  await asked('/auth/signup', { email: address('confirmation'), password: PASSWORD });
  await asked('/auth/password/forgot', { email: address('reset') });
  await asked('/auth/magic-link', { email: address('magic') });
  await asked('/auth/email/change', { email: address('moved') }, mover.accessToken);
  await asked('/auth/invitations', { email: address('guest') }, inviter.accessToken);
  return {
    access: accessToken,
    refresh: (await signedIn('refresh')).refreshToken,
    cookie: (await signedIn('cookie', { delivery: 'cookie' })).cookie,
    confirmation: await mailed('confirmation', 'Confirm your e-mail address'),
    'change of address': await mailed('moved', 'Confirm your new e-mail address'),
    'magic link': await mailed('magic', 'Your sign-in link'),
    invitation: await mailed('guest', 'You are invited to localhost'),
    reset: await mailed('reset', 'Reset your password'),
  };
}

/** First where it is worth nothing, on both processes; then where it belongs, so that what was refused has not used it up. */
async function presentEverywhere(application, kinds, judged) {
  for (const [kind, token] of Object.entries(kinds)) {
    for (const [name, { accepts, present }] of Object.entries(PLACES)) {
      if (accepts.includes(kind)) continue;
      for (const _ of application.servers) {
        judged.cells++;
        note(judged.confused, `${kind} at ${name}`, await present(application, token), isRefused);
      }
    }
    const [home, { present }] = Object.entries(PLACES).find(([, { accepts }]) => accepts.includes(kind));
    judged.cells++;
    note(judged.useless, `${kind} at ${home}`, await present(application, token), isAccepted);
  }
}

const isAccepted = ({ status }) => status >= 200 && status < 300;
const isRefused = ({ status }) => status >= 400 && status < 500 && status !== 429;

function note(list, what, answer, isRight) {
  if (!isRight(answer)) list.push(`${what}: ${answer.status}${answer.status === 0 ? ` ${answer.body}` : ''}`);
}

function verdict(result, control) {
  const { cells, confused, useless, accepted, crafted, mutated: mutations, asked, database } = result;
  const kinds = new Set(Object.values(PLACES).flatMap(({ accepts }) => accepts));
  const wrong = [...confused, ...useless, ...accepted];
  return {
    n: cells + crafted + mutations,
    fails: wrong.length + asked,
    figure: `${confused.length} confused, ${accepted.length} of ${crafted + mutations} accepted or not answered with 4xx, ${asked} calls to elsewhere`,
    limit: '0, 0 and 0',
    control: [
      {
        fault: FAULT,
        title: TITLES[FAULT],
        figure: `${control.accepted.length} of ${control.crafted} accepted (${[...new Set(control.accepted.map((one) => one.split(':')[0]))].slice(0, 4).join('; ')} …)`,
        verdict: control.accepted.some((one) => one.endsWith(': 200')) ? 'red' : 'green',
      },
    ],
    method: [
      `Two processes, one on Express and one on Fastify, ${database}. Everything is presented to both.`,
      `${kinds.size} kinds of token (${[...kinds].join(', ')}) at ${Object.keys(PLACES).length} places (${Object.keys(PLACES).join(', ')}): first at every place that is not its own, which must answer 4xx, then at its own, which must succeed.`,
      'JWTs with every wrong alg, kid, typ, crit, key of their own, claim, payload, structure and signature, most of them signed with the application’s own key; one of a good token with another last character of the same bits among them. Some name an address for their key, at which somebody listens.',
      'Tokens of every kind with one to three random changes, at their own place. Whatever is not answered with 4xx counts.',
    ],
    tables: [
      {
        title: 'Presented',
        head: ['', 'requests', 'failed'],
        rows: [
          ['a kind at a place', cells, [confused.length + useless.length, ...confused, ...useless].slice(0, 10).join('; ')],
          ['crafted', crafted, accepted.length === 0 ? 0 : [accepted.length, ...accepted].slice(0, 10).join('; ')],
          ['mutated', mutations, 'with the crafted ones'],
          ['calls to an address in a token', '', asked],
        ],
      },
    ],
  };
}
