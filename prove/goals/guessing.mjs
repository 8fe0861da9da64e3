// G8: however many guesses come at once, from however many processes' point of view, no more are looked at than the limits say.
import { TITLES } from '../faults/titles.mjs';
import { Attacked, each, PASSWORD, redisSettings } from '../lib/attacked.mjs';
import { FAR } from '../lib/far-limits.mjs';

/** The library's defaults. */
const PER_ACCOUNT = 5;
const PER_SOURCE = 10;
const MINUTE = 60_000;
const PARALLEL = [10, 50, 500];
/** Sockets of one burst of {@link spread}, which is about the count and not about the race. */
const AT_A_TIME = 64;
const FAULT = 'check-then-count';
export const goal = {
  title: 'However many guess at once, as many guesses are looked at as the limits say',

  async run({ quick, random, say }) {
    const trials = quick ? 12 : 1_000;
    const bursts = quick ? 3 : 100;
    const spreads = quick ? { sprayed: 200, guesses: 500, addresses: 100 } : { sprayed: 2_000, guesses: 10_000, addresses: 1_000 };
    const application = await startApplication([]);
    const results = [];
    try {
      say(`${trials} accounts`);
      results.push(await guessAtAccounts(application, trials, random));
      say(`${bursts} sources`);
      results.push(await guessFromSources(application, bursts));
      say('One password on many accounts, and one network of IPv6');
      results.push(
        await spread(application, {
          title: `one password on ${spreads.sprayed} accounts from one address`,
          guesses: spreads.sprayed,
          source: () => '198.51.100.1',
        }),
        await spread(application, {
          title: `${spreads.guesses} guesses from ${spreads.addresses} addresses of one IPv6 /64`,
          guesses: spreads.guesses,
          source: (at) => `2001:db8:0:1::${(1 + (at % spreads.addresses)).toString(16)}`,
        }),
      );
    } finally {
      await application.stop();
    }
    say(`With the fault ${FAULT}`);
    const broken = await startApplication([FAULT]);
    let control;
    try {
      control = await guessAtAccounts(broken, 6, random);
    } finally {
      await broken.stop();
    }
    return verdict(results, control, application.database.title);
  },
};

const startApplication = async (faults) =>
  Attacked.start({
    redis: await redisSettings(),
    // How many requests may come is another limit.
    options: { throttle: { signIn: { limit: FAR } } },
    faults,
  });

/** Many at once at one account, each from another address; its owner is signed in all the while. */
async function guessAtAccounts(application, trials, random) {
  const emails = Array.from({ length: trials }, (_, at) => `victim${at}@example.com`);
  await application.makeAccounts(emails);
  const result = { title: 'one account, every guess from another address', limit: PER_ACCOUNT, ...nothing() };
  for (const [at, email] of emails.entries()) {
    const n = PARALLEL[at % PARALLEL.length];
    const { accessToken } = await application.signIn(email, from('203.0.113.1'));
    const address = () => [10, random.between(0, 255), random.between(0, 255), random.between(1, 254)].join('.');
    const guesses = Array.from({ length: n }, () => ({ email, source: address() }));
    await burst(application, result, PER_ACCOUNT, guesses, () => ({ email, source: address() }), accessToken);
  }
  return result;
}

/** Many at once from one address, each at another account, of which half do not exist. */
async function guessFromSources(application, trials) {
  const most = Math.max(...PARALLEL);
  const emails = Array.from({ length: most }, (_, at) => `person${at}@example.com`);
  await application.makeAccounts(emails.filter((_, at) => at % 2 === 0));
  const result = { title: 'one address, every guess at another account', limit: PER_SOURCE, ...nothing() };
  for (let at = 0; at < trials; at++) {
    const source = `192.0.2.${at + 1}`;
    const n = PARALLEL[at % PARALLEL.length];
    // Failures of an account count as well, and are another limit: nobody is guessed at twice.
    const guesses = Array.from({ length: n }, (_, number) => ({
      email: at === 0 ? emails[number] : `t${at}.${emails[number]}`,
      source,
    }));
    let more = 0;
    await burst(application, result, PER_SOURCE, guesses, () => ({ email: `t${at}.${more++}@example.com`, source }), null);
  }
  return result;
}

/** All guesses at once; then one after the other until one is refused: the limit is reached, and not passed. */
async function burst(application, result, limit, guesses, next, accessToken) {
  const before = await application.looks();
  const [answers, live] = await Promise.all([
    Promise.all(guesses.map((one) => guess(application, one))),
    accessToken === null ? { status: 200 } : application.me(accessToken),
  ]);
  for (let more = 0; more <= limit && answers.at(-1).status !== 429; more++) answers.push(await guess(application, next()));
  const after = accessToken === null ? { status: 200 } : await application.me(accessToken);
  const looked = (await application.looks()) - before;
  count(result, answers, looked);
  if (looked !== limit || told(answers) !== limit) result.wrong++;
  if (live.status !== 200 || after.status !== 200) result.lockedOut++;
  result.least = Math.min(result.least, looked);
  result.most = Math.max(result.most, looked);
}

/** A few at a time, for as long as it takes: in each minute that has begun, no more than the limit. */
async function spread(application, { title, guesses, source }) {
  const result = { title, limit: PER_SOURCE, ...nothing() };
  const before = await application.looks();
  const startedAt = performance.now();
  const answers = [];
  const emails = Array.from({ length: guesses }, (_, at) => ({ email: `${guesses}.${at}@example.com`, source: source(at) }));
  await each(emails, AT_A_TIME, async (one) => answers.push(await guess(application, one)));
  const minutes = Math.floor((performance.now() - startedAt) / MINUTE) + 1;
  const looked = (await application.looks()) - before;
  count(result, answers, looked);
  result.least = result.most = looked;
  if (looked < PER_SOURCE || looked > PER_SOURCE * minutes || told(answers) !== looked) result.wrong++;
  return { ...result, title: `${title}, in ${minutes} min` };
}

const nothing = () => ({
  trials: 0,
  guesses: 0,
  looked: 0,
  refused: 0,
  shed: 0,
  unexpected: 0,
  others: new Set(),
  wrong: 0,
  lockedOut: 0,
  least: Infinity,
  most: 0,
});

const from = (source) => ({ 'X-Forwarded-For': source });

const guess = (application, { email, source }) =>
  application.post('/auth/signin', { email, password: `not ${PASSWORD}` }, from(source));

/** Guesses whose answer says whether they were right. */
const told = (answers) => answers.filter(({ status }) => status === 401 || status === 200).length;

function count(result, answers, looked) {
  const of = (...statuses) => answers.filter(({ status }) => statuses.includes(status)).length;
  result.trials++;
  result.guesses += answers.length;
  result.looked += looked;
  result.refused += of(429);
  result.shed += of(503);
  const unexpected = answers.filter(({ status }) => ![401, 429, 503].includes(status));
  for (const { status, body } of unexpected) result.others.add(`${status} ${body.slice(0, 80)}`);
  result.unexpected += unexpected.length;
}

function verdict(results, control, database) {
  const total = (read) => results.reduce((sum, result) => sum + read(result), 0);
  const [accounts, sources] = results;
  return {
    n: total(({ guesses }) => guesses),
    fails: total(({ wrong, lockedOut, unexpected }) => wrong + lockedOut + unexpected),
    figure: `${range(accounts)} looked at of an account, ${range(sources)} of a source, in ${accounts.trials + sources.trials} trials`,
    limit: `${PER_ACCOUNT} and ${PER_SOURCE}`,
    control: [
      {
        fault: FAULT,
        title: TITLES[FAULT],
        figure: `up to ${control.most} guesses looked at at limit ${PER_ACCOUNT}, the wrong number in ${control.wrong} of ${control.trials} trials`,
        verdict: control.wrong > 0 && control.most > PER_ACCOUNT ? 'red' : 'green',
      },
    ],
    method: [
      `Two processes behind turns, one on Express and one on Fastify, ${database} and Redis, bcrypt at cost 4, the default limits: ${PER_ACCOUNT} failures of an account, ${PER_SOURCE} of a source in a minute. How many requests may come is not limited here, and Redis may take its time: a busy machine is no outage, during which each process counts by itself.`,
      `${PARALLEL.join(', ')} wrong passwords at once; then one after the other until one is refused, so that too few would show as well. Every hash that a process computes to look at a password is counted there, and so is every answer that tells whether it was right.`,
      'While an account is guessed at, and afterwards, its owner’s session answers 200.',
      'There are no codes of few digits to guess at yet: one-time tokens have 256 random bits.',
    ],
    tables: [
      {
        title: 'Wrong passwords',
        head: [
          '',
          'trials',
          'guesses',
          'limit',
          'looked at in a trial',
          '429',
          '503',
          'other answers',
          'wrong number',
          'owner disturbed',
        ],
        rows: results.map(({ title, trials, guesses, limit, refused, shed, unexpected, others, wrong, lockedOut, ...bounds }) => [
          title,
          trials,
          guesses,
          limit,
          range(bounds),
          refused,
          shed,
          [unexpected, ...others].join(': '),
          wrong,
          lockedOut,
        ]),
      },
    ],
  };
}

const range = ({ least, most }) => (least === most ? `${least}` : `${least} to ${most}`);
