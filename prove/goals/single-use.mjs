// G2: what may be used once has one effect, and an address one account, however many ask at once.
import { TITLES } from '../faults/titles.mjs';
import { Attacked, each, PASSWORD } from '../lib/attacked.mjs';
import { FAR_LIMITS } from '../lib/far-limits.mjs';
import { Mailbox } from '../lib/mailbox.mjs';
import { SmtpSink } from '../lib/smtp-sink.mjs';

const MAIL_WITHIN = 60_000;
/** Trials that are prepared side by side; raced they are one after the other. */
const AT_A_TIME = 8;
const FAULT = 'consume-after-look';
/** Failures that lock an account until its owner unlocks it by mail. */
const HARD_STOP = 5;
const OPTIONS = {
  ...FAR_LIMITS,
  lockout: { maxFailures: HARD_STOP, hardStop: HARD_STOP },
};

const audited = (event) => (email) =>
  `SELECT COUNT(*) AS n FROM auth_audit a JOIN auth_user u ON a.user_id = u.id WHERE a.event = '${event}' AND u.email = '${email}'`;

/** How a token is asked for and used (by the racer of that number), and how often SQL says that it has had its effect. */
const KINDS = {
  confirmation: {
    subject: 'Confirm your e-mail address',
    ask: (application, email) => expectStatus(application.post('/auth/signup', { email, password: PASSWORD }), 201),
    use: (application, token) => application.post('/auth/email/confirm', { token }),
    effects: audited('user.confirmed'),
  },
  reset: {
    subject: 'Reset your password',
    account: true,
    ask: (application, email) => expectStatus(application.post('/auth/password/forgot', { email }), 202),
    use: (application, token, racer) => application.post('/auth/password/reset', { token, password: `battery staple ${racer}` }),
    effects: audited('user.passwordReset'),
  },
  'change of address': {
    subject: 'Confirm your new e-mail address',
    account: true,
    mailedTo: (email) => `new.${email}`,
    ask: async (application, email) => {
      const { accessToken } = await application.signIn(email);
      const headers = { Authorization: `Bearer ${accessToken}` };
      await expectStatus(application.post('/auth/email/change', { email: `new.${email}` }, headers), 202);
    },
    use: (application, token) => application.post('/auth/email/confirm', { token }),
    effects: (email) => audited('user.emailChanged')(`new.${email}`),
  },
  'magic link': {
    subject: 'Your sign-in link',
    account: true,
    ask: (application, email) => expectStatus(application.post('/auth/magic-link', { email }), 202),
    use: (application, token) => application.post('/auth/magic-link/verify', { token }),
    effects: audited('session.created'),
  },
  invitation: {
    subject: 'You are invited to localhost',
    ask: async (application, email) => {
      await application.makeAccounts([`host.${email}`]);
      const { accessToken } = await application.signIn(`host.${email}`);
      await expectStatus(application.post('/auth/invitations', { email }, { Authorization: `Bearer ${accessToken}` }), 202);
    },
    use: (application, token, racer) =>
      application.post('/auth/invitations/accept', { token, password: `battery staple ${racer}` }),
    effects: audited('user.signedUp'),
  },
  unlock: {
    subject: 'Your account is locked',
    account: true,
    ask: async (application, email) => {
      for (let guess = 0; guess < HARD_STOP; guess++) {
        await expectStatus(application.post('/auth/signin', { email, password: 'not the right password' }), 401);
      }
    },
    use: (application, token) => application.post('/auth/unlock', { token }),
    effects: audited('user.unlocked'),
  },
};

/** One address as people, keyboards and other scripts write it; the domain tells the trials apart. */
const spellings = (domain) => [
  `twin@${domain}`,
  `TWIN@${domain}`,
  `Twin@${domain.toUpperCase()}`,
  ` twin@${domain} `,
  `ｔｗｉｎ@${domain}`,
  `twin@${domain.replace('example', 'Example')}`,
];

export const goal = {
  title: 'What may be used once has one effect, and an address one account, however many ask at once',

  async run({ quick, say }) {
    const sizes = quick ? { trials: 4, racers: 20 } : { trials: 500, racers: 50 };
    const results = await race([], Object.keys(KINDS), sizes, say);
    say(`With the fault ${FAULT}`);
    const control = await race([FAULT], ['confirmation', 'reset', 'magic link'], { trials: 4, racers: 20 }, say);
    return verdict(results, control, sizes);
  },
};

async function race(faults, kinds, { trials, racers }, say) {
  const sink = await new SmtpSink().start();
  let application;
  try {
    application = await Attacked.start({ faults, smtp: sink.port, options: OPTIONS });
    const mailbox = new Mailbox(sink);
    const results = [];
    for (const kind of kinds) {
      say(kind);
      results.push(await raceForTokens(application, mailbox, kind, trials, racers));
    }
    if (faults.length === 0) results.push(await raceForAddresses(application, trials, racers));
    return Object.assign(results, { database: application.database.title });
  } finally {
    await application?.stop();
    await sink.close();
  }
}

async function raceForTokens(application, mailbox, kind, trials, racers) {
  const { subject, account = false, mailedTo = (email) => email, ask, use, effects } = KINDS[kind];
  const emails = Array.from({ length: trials }, (_, at) => `${kind.replaceAll(' ', '-')}.${at}@example.com`);
  if (account) await application.makeAccounts(emails);
  const tokens = new Map();
  await each(emails, AT_A_TIME, async (email) => {
    await ask(application, email);
    const mail = await mailbox.next(mailedTo(email), subject, MAIL_WITHIN);
    if (mail?.token == null) throw new Error(`No mail “${subject}” with a token`);
    tokens.set(email, mail.token);
  });
  const unknown = tokenOfNobody(tokens.get(emails[0]));
  const { status, body } = await use(application, unknown, 0);
  const invalid = `${status} ${body}`;
  const result = { kind, trials, requests: 0, several: 0, none: 0, told: 0, shed: 0, most: 0 };
  for (const email of emails) {
    const answers = await Promise.all(Array.from({ length: racers }, (_, racer) => use(application, tokens.get(email), racer)));
    await judge(application, result, answers, effects(email), (answer) => `${answer.status} ${answer.body}` === invalid);
  }
  return result;
}

async function raceForAddresses(application, trials, racers) {
  const result = { kind: 'address in six spellings', trials, requests: 0, several: 0, none: 0, told: 0, shed: 0, most: 0 };
  for (let at = 0; at < trials; at++) {
    const domain = `t${at}.example.com`;
    const written = spellings(domain);
    const answers = await Promise.all(
      Array.from({ length: racers }, (_, racer) =>
        application.post('/auth/signup', { email: written[racer % written.length], password: PASSWORD }),
      ),
    );
    const accounts = `SELECT COUNT(*) AS n FROM auth_user WHERE LOWER(email) LIKE '%@${domain}'`;
    // An address that is refused for its letters is refused for everybody.
    await judge(application, result, answers, accounts, ({ status }) => status === 409 || status === 400);
  }
  return result;
}

async function judge(application, result, answers, effects, isLoser) {
  const had = Number((await application.rows(effects))[0].n);
  const winners = answers.filter(({ status }) => status >= 200 && status < 300).length;
  const shed = answers.filter(({ status }) => status === 503).length;
  const losers = answers.filter(isLoser).length;
  result.requests += answers.length;
  result.shed += shed;
  result.most = Math.max(result.most, had, winners);
  if (had > 1 || winners > 1) result.several++;
  // Whoever was told to come back later has used nothing up.
  if (had !== winners || (winners === 0 && shed === 0)) result.none++;
  if (winners + shed + losers !== answers.length) result.told++;
}

/** Well made, and in no database. */
const tokenOfNobody = (token) => token.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));

async function expectStatus(asked, expected) {
  const { status, body } = await asked;
  if (status !== expected) throw new Error(`Answered with ${status} ${body}`);
}

function verdict(results, control, { trials, racers }) {
  const total = (list, read) => list.reduce((sum, one) => sum + read(one), 0);
  const most = (list) => Math.max(...list.map((one) => one.most));
  return {
    n: total(results, (one) => one.trials),
    fails: total(results, ({ several, none, told }) => several + none + told),
    figure: `at most ${most(results)} effect of each in ${results.length} × ${trials} trials of ${racers}`,
    limit: '1',
    control: [
      {
        fault: FAULT,
        title: TITLES[FAULT],
        figure: control
          .map(({ kind, several, trials: of, most: worst }) => `${kind}: several in ${several} of ${of}, up to ${worst}`)
          .join('; '),
        verdict: control.every(({ several }) => several > 0) ? 'red' : 'green',
      },
    ],
    method: [
      `Two processes behind turns, one on Express and one on Fastify, ${results.database}, tokens by real mail. ${racers} requests at once use one token, with different passwords where one is set; SQL counts the effects in the audit log, which is written with them.`,
      'One request succeeds, and every other answer is, byte for byte, that of a token that does not exist. 503 counts as no answer: it must have used nothing up.',
      `Sign-ups of one address in six spellings (${spellings('example.com')
        .map((one) => `\`${one}\``)
        .join(', ')}) leave one account; the others answer 409, or 400 where the spelling is no address.`,
    ],
    tables: [
      {
        title: 'By kind',
        head: [
          'kind',
          'trials',
          'requests',
          'several effects',
          'success without effect, or none at all',
          'another answer to losers',
          '503',
        ],
        rows: results.map(({ kind, trials: count, requests, several, none, told, shed }) => [
          kind,
          count,
          requests,
          several,
          none,
          told,
          shed,
        ]),
      },
    ],
  };
}
