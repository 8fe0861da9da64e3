// G6: neither an answer nor its time tells whether an address has an account, or what is the matter with it.
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, requestBytes } from '../../bench/lib/connection.mjs';
import { postgresDatabase, sqliteDatabase } from '../../bench/lib/databases.mjs';
import { median } from '../../bench/lib/statistics.mjs';
import { TITLES } from '../faults/titles.mjs';
import { newSecret, startApplication } from '../lib/application.mjs';
import { areaUnderCurve, medianDifference } from '../lib/comparison.mjs';

const HASH_COST = 8;
const PASSWORD = 'correct horse battery staple';
/** Longer than it needs to be: guesses at one address; far below the limits, and the same for every class. */
const GUESSES_PER_ADDRESS = 25;
/** |AUC - 0.5| at 2,000 samples a class: 3.3 standard errors of √(1/6n) ≈ 0.009. With fewer samples the band is as many errors wide. */
const BAND = 0.03;
const SAMPLES = 2_000;
const bandOf = (samples) => BAND * Math.max(1, Math.sqrt(SAMPLES / samples));
/** A difference of medians that counts, whatever the AUC says: all of its 95 % interval is beyond both. */
const MILLISECONDS = 0.5;
const SHARE = 0.03;
/** In the quick form, which runs with every change and looks at a dozen classes each time, the band is so many times as wide. */
const LENIENCE = 1.5;
/** Requests of every class that are not counted. */
const WARM_UP = 40;
/** A route on which a class differs from itself is measured again, so often: something else was going on. */
const RUNS = 3;

/**
 * What is asked, and of whom. The first two classes are the same (A/A): where they differ, the run is void. `faults` say which fault must
 * turn which class red.
 */
const ROUTES = [
  {
    path: '/auth/signin',
    body: (email) => ({ email, password: 'not the right password' }),
    classes: ['existing', 'existing too', 'unknown', 'passwordless', 'weak', 'locked', 'disabled', 'unconfirmed', 'waiting'],
    faults: {
      'no-dummy-hash': ['unknown', 'passwordless', 'weak'],
      'state-before-password': ['locked', 'disabled', 'unconfirmed', 'waiting'],
    },
  },
  {
    path: '/auth/signup',
    body: (email) => ({ email, password: PASSWORD }),
    classes: ['existing', 'existing too', 'unknown'],
    faults: { 'taken-before-password': ['unknown'] },
  },
  ...['/auth/password/forgot', '/auth/email/resend', '/auth/magic-link'].map((path) => ({
    path,
    body: (email) => ({ email }),
    classes:
      path === '/auth/email/resend' ? ['waiting', 'waiting too', 'existing', 'unknown'] : ['existing', 'existing too', 'unknown'],
    faults: path === '/auth/email/resend' ? {} : { 'mail-for-accounts-only': ['unknown'], 'mail-in-request': ['unknown'] },
  })),
];
const CLASSES = {
  existing: 'an account',
  unknown: 'no account',
  passwordless: 'an account without a password',
  weak: 'an account with a foreign bcrypt hash of cost 6',
  locked: 'an account locked by hand',
  disabled: 'a disabled account',
  unconfirmed: 'an account whose address is not confirmed',
  waiting: 'a sign-up that waits for its confirmation',
};

export const goal = {
  title: 'No answer, and no answer’s time, tells who has an account',

  async run({ quick, random, say }) {
    const samples = quick ? 120 : SAMPLES;
    const controlSamples = 300;
    const band = bandOf(samples) * (quick ? LENIENCE : 1);
    const comparisons = await measure({ faults: [], samples, band, random, routes: ROUTES, say });
    const torn = comparisons.find(({ isTwin, isApart }) => isTwin && isApart);
    const control = [];
    for (const fault of new Set(ROUTES.flatMap(({ faults }) => Object.keys(faults)))) {
      say(`With the fault ${fault}`);
      const routes = ROUTES.filter(({ faults }) => fault in faults).map((route) => ({
        ...route,
        classes: [...route.classes.slice(0, 2), ...route.faults[fault]],
      }));
      const settings = { faults: [fault], samples: controlSamples, band: bandOf(controlSamples) };
      const measured = (await measure({ ...settings, random, routes, say })).filter(({ isTwin }) => !isTwin);
      control.push({
        fault,
        title: TITLES[fault],
        figure: measured.map(({ path, name, auc }) => `${path} ${name}: AUC ${auc.toFixed(3)}`).join('; '),
        verdict: measured.every(({ isApart }) => isApart) ? 'red' : 'green',
      });
    }
    const judged = comparisons.filter(({ isTwin }) => !isTwin);
    const worst = Math.max(...judged.map(({ auc }) => Math.abs(auc - 0.5)));
    return {
      n: comparisons.reduce((sum, comparison) => sum + comparison.samples, 0),
      fails: judged.filter(({ isApart, isDifferent }) => isApart || isDifferent).length,
      figure: Number(worst.toFixed(4)),
      limit: Number(band.toFixed(4)),
      ...(torn === undefined ? {} : { why: `on ${torn.path} a class differed from itself in ${RUNS} runs` }),
      control,
      method: [
        `One request at a time in an order that is drawn anew for each round of all classes of a route, ${samples} of each class, ${WARM_UP} before them not counted. Confirmation is required, bcrypt at cost ${HASH_COST}, Express, ${comparisons.database}.`,
        'Throttling, lockout and limits of mail are on and far away; the same number of guesses at each address of each class.',
        `AUC is the probability that a request of the class takes longer than one of an account (Mann and Whitney). The band is ${BAND} at ${SAMPLES} samples, which is 3.3 standard errors, and here ${band.toFixed(3)}. A class fails also when its median surely (95 %) differs by more than ${MILLISECONDS} ms and ${SHARE * 100} % of the median, or when one byte of status, headers (but the date) or body differs.`,
        `Each route has a class twice. Where the two differ, something else was going on: the route is measured again, and when that happens ${RUNS} times the run is void. Figure and limit are the largest |AUC − 0.5| and the band.`,
      ],
      tables: [
        {
          title: 'Against the first class of the route',
          head: ['route', 'class', 'samples', 'median ms', 'difference of medians, ms (95 %)', 'AUC', 'answers'],
          rows: comparisons.map(({ path, name, samples: count, typical, shift, auc, isDifferent, isTwin }) => [
            `\`${path}\``,
            `${CLASSES[name.replace(/ too$/, '')]}${isTwin ? ' (the same once more)' : ''}`,
            count,
            typical.toFixed(2),
            `${shift.difference.toFixed(3)} (${shift.from.toFixed(3)} to ${shift.to.toFixed(3)})`,
            auc.toFixed(4),
            isDifferent ? '**differ**' : 'equal',
          ]),
        },
      ],
    };
  },
};

async function measure({ faults, samples, band, random, routes, say }) {
  const database = (await postgresDatabase()) ?? sqliteDatabase();
  let server;
  try {
    const settings = { http: 'express', database, secret: newSecret(), required: true, hashCost: HASH_COST, smtp: null, faults };
    server = await startApplication(settings);
    const comparisons = [];
    for (const [index, route] of routes.entries()) {
      let compared;
      for (let run = 1; run <= RUNS; run++) {
        const addresses = await populate(server, route.classes, `r${index}${run}`, samples + WARM_UP);
        compared = compare(route, await sample(server.port, route, addresses, samples, random), band, random);
        if (!compared.some(({ isTwin, isApart }) => isTwin && isApart)) break;
        say(`${route.path}: a class differs from itself, run ${run} of ${RUNS}`);
      }
      comparisons.push(...compared);
    }
    return Object.assign(comparisons, { database: database.title });
  } finally {
    await server?.stop();
    await database.drop();
  }
}

/** For each class its addresses, as many for each. */
async function populate(server, classes, prefix, requests) {
  const count = Math.ceil(requests / GUESSES_PER_ADDRESS);
  const addresses = {};
  for (const [index, name] of classes.entries()) {
    const kind = name.replace(/ too$/, '');
    // Of one length: nothing else may differ.
    const emails = Array.from({ length: count }, (_, at) => `${prefix}c${index}n${String(at).padStart(4, '0')}@example.com`);
    if (kind === 'waiting') await signUp(server.port, emails);
    else if (kind !== 'unknown') await server.ask('makeAccounts', { emails, password: PASSWORD, kind });
    addresses[name] = emails;
  }
  await quiet(server);
  return addresses;
}

/** Until nothing is going on any more that the measured requests have not caused. */
async function quiet(server) {
  for (let looks = 0; looks < 600; looks++) {
    if ((await server.ask('backlog')).pending === 0) return;
    await delay(100);
  }
  throw new Error('The outbox does not become empty');
}

async function signUp(port, emails) {
  const connection = new Connection(port);
  for (const email of emails) {
    const { status } = await connection.send(
      requestBytes('POST', '/auth/signup', {}, JSON.stringify({ email, password: PASSWORD })),
    );
    if (status !== 202) throw new Error(`A sign-up was answered with ${status}`);
  }
  connection.close();
}

async function sample(port, { path, body, classes }, addresses, samples, random) {
  const connection = new Connection(port);
  const taken = Object.fromEntries(classes.map((name) => [name, { durations: [], answers: new Set() }]));
  for (let round = 0; round < samples + WARM_UP; round++) {
    for (const name of random.shuffled(classes)) {
      const email = addresses[name][round % addresses[name].length];
      const bytes = requestBytes('POST', path, {}, JSON.stringify(body(email)));
      const askedAt = performance.now();
      const answer = await connection.send(bytes);
      const took = performance.now() - askedAt;
      taken[name].answers.add(`${answer.head.replace(/\r\nDate: [^\r]*/i, '')}\r\n\r\n${answer.body}`);
      if (round >= WARM_UP) taken[name].durations.push(took);
    }
  }
  connection.close();
  return taken;
}

function compare({ path, classes }, taken, band, random) {
  const [reference, ...others] = classes;
  const known = taken[reference];
  return others.map((name) => {
    const { durations, answers } = taken[name];
    const auc = areaUnderCurve(durations, known.durations);
    const shift = medianDifference(durations, known.durations, random);
    const typical = median(durations);
    const surely = shift.from > 0 ? shift.from : shift.to < 0 ? -shift.to : 0;
    return {
      path,
      name,
      isTwin: name === `${reference} too`,
      samples: durations.length,
      typical,
      shift,
      auc,
      isApart: Math.abs(auc - 0.5) > band || (surely > MILLISECONDS && surely > SHARE * typical),
      isDifferent: known.answers.size !== 1 || answers.size !== 1 || [...answers][0] !== [...known.answers][0],
      answers: [...answers],
    };
  });
}
