// G3: a process that is killed in the middle of anything loses nothing that was acknowledged and leaves nothing half-made.
import { setTimeout as delay } from 'node:timers/promises';
import { postgresDatabase, sqliteDatabase } from '../../bench/lib/databases.mjs';
import { TITLES } from '../faults/titles.mjs';
import { newSecret } from '../lib/application.mjs';
import { Mailbox } from '../lib/mailbox.mjs';
import { People } from '../lib/people.mjs';
import { Processes } from '../lib/processes.mjs';
import { SmtpSink } from '../lib/smtp-sink.mjs';
import { openTables } from '../lib/tables.mjs';

/** Between a process taking requests and its end, in milliseconds. */
const LIFE = [250, 500];
const AT_A_TIME = { postgres: 24, sqlite: 6 };
const READY_WITHIN = { long: 3_000, quick: 6_000 };
/** Mails that may come twice for each kill, over many; of few kills one may come while a process waits for the receipt of all that it sends. */
const DOUBLED = { long: (kills) => kills, quick: (kills) => kills + 20 };
/** What a killed process held is taken over after a minute. */
const MAIL_WITHIN = 150_000;
const CONFIRMATION = 'Confirm your e-mail address';
const RESET = 'Reset your password';

const LANES = [
  { name: 'confirmation optional', database: 'postgres', required: false, kills: 25, quickKills: 0 },
  { name: 'confirmation required', database: 'postgres', required: true, kills: 25, quickKills: 4 },
  { name: 'confirmation optional', database: 'sqlite', required: false, kills: 5, quickKills: 3 },
  { name: 'confirmation required', database: 'sqlite', required: true, kills: 5, quickKills: 0 },
];
const FAULT = 'autocommit';

export const goal = {
  title: 'kill -9 loses nothing that was acknowledged and leaves nothing half-made',

  async run({ quick, random, say }) {
    const form = quick ? 'quick' : 'long';
    const lanes = [];
    try {
      for (const lane of LANES) {
        const kills = quick ? lane.quickKills : lane.kills;
        if (kills === 0) continue;
        say(`${lane.database}, ${lane.name}`);
        lanes.push(await live({ ...lane, kills, faults: [] }, random));
      }
      const sound = [...lanes];
      say(`With the fault ${FAULT}`);
      const control = await live({ ...LANES[0], kills: quick ? 4 : 8, faults: [FAULT] }, random);
      lanes.push(control);
      const broken = await halfMade(control);
      say('Waiting for the mail that killed processes held');
      const results = [];
      for (const lane of sound) results.push(await examine(lane, form));
      return verdict(results, broken, control, form);
    } finally {
      for (const lane of lanes) await lane.close();
    }
  },
};

/** People go about their business while one process after the other is killed. */
async function live({ name, database: kind, required, kills, faults }, random) {
  const database = kind === 'postgres' ? await postgresDatabase() : sqliteDatabase();
  if (database === null) throw new Error('No PostgreSQL at DATABASE_URL');
  const closers = [() => database.drop()];
  const close = async () => {
    for (const one of closers.toReversed()) await one();
  };
  try {
    const sink = await new SmtpSink().start();
    closers.push(() => sink.close());
    const shared = { database, secret: newSecret(), required, hashCost: 4, smtp: sink.port, faults };
    const processes = await Processes.start([
      { ...shared, http: 'express' },
      { ...shared, http: 'fastify' },
    ]);
    closers.push(() => processes.stop());
    const people = new People({ processes, mailbox: new Mailbox(sink), prefix: 'p', required });
    closers.push(() => people.close());

    const startedAt = performance.now();
    people.start(AT_A_TIME[kind]);
    closers.push(() => people.stop());
    await delay(LIFE[1]);
    const ready = [];
    for (let kill = 0; kill < kills; kill++) {
      await delay(random.between(...LIFE));
      ready.push(await processes.replace(random.between(0, processes.count - 1)));
    }
    await people.stop();
    const rate = people.answered / ((performance.now() - startedAt) / 1000);
    const tables = await openTables(database);
    closers.push(() => tables.close());
    return { title: `${database.title}, ${name}`, required, kills, ready, sink, processes, people, tables, rate, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function examine(lane, form) {
  const { people, sink, processes, kills, ready, title, rate } = lane;
  const deadline = Date.now() + MAIL_WITHIN;
  let backlog = await processes.ask('backlog');
  while (backlog.pending > 0 && Date.now() < deadline) {
    await delay(500);
    backlog = await processes.ask('backlog');
  }
  // Whatever is sent twice is sent soon.
  await delay(500);
  const broken = await halfMade(lane);
  const ids = sink.received.map(({ id }) => id);
  const mails = {
    pending: backlog.pending,
    dead: backlog.dead,
    lost: await mailsLost(lane),
    doubled: ids.length - new Set(ids).size,
  };
  const lost = await replay(lane);
  const acknowledged = (step) => people.all.filter((person) => person[step] === true).length;
  const late = ready.filter((took) => took > READY_WITHIN[form]).length;
  const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);
  return {
    title,
    kills,
    rate,
    acknowledged: Object.fromEntries(['signUp', 'confirm', 'forgot', 'reset'].map((step) => [step, acknowledged(step)])),
    unanswered: people.all.filter((person) => Object.values(person).includes(null)).length,
    lost,
    broken,
    mails,
    mailsSent: ids.length,
    slowest: Math.max(...ready),
    unavailable: people.unavailable,
    unexpected: people.unexpected,
    fails:
      sum(lost) +
      sum(broken) +
      mails.pending +
      mails.dead +
      mails.lost +
      late +
      [...people.unexpected.values()].reduce((total, count) => total + count, 0),
  };
}

/** What one transaction should have made together and is not all there. */
async function halfMade({ tables, required }) {
  const without = (event) => `NOT EXISTS (SELECT 1 FROM auth_audit a WHERE a.user_id = u.id AND a.event = '${event}')`;
  const orphans = (table, condition = '1 = 1') =>
    `SELECT COUNT(*) AS n FROM ${table} t WHERE ${condition} AND t.user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM auth_user u WHERE u.id = t.user_id)`;
  const users = (condition) => `SELECT COUNT(*) AS n FROM auth_user u WHERE ${condition}`;
  const questions = {
    'account without its audit row': users(without('user.signedUp')),
    'account without its role': users('NOT EXISTS (SELECT 1 FROM auth_user_role r WHERE r.user_id = u.id)'),
    'confirmed address without its audit row': users(`u.email_confirmed_at IS NOT NULL AND ${without('user.confirmed')}`),
    'audit row of a confirmation that did not happen': users(
      "u.email_confirmed_at IS NULL AND EXISTS (SELECT 1 FROM auth_audit a WHERE a.user_id = u.id AND a.event = 'user.confirmed')",
    ),
    'reset that left a session alive': users(
      "EXISTS (SELECT 1 FROM auth_audit a WHERE a.user_id = u.id AND a.event = 'user.passwordReset') AND EXISTS (SELECT 1 FROM auth_session s WHERE s.user_id = u.id AND s.revoked_at IS NULL)",
    ),
    'sessions ended without a reset': users(
      `${without('user.passwordReset')} AND EXISTS (SELECT 1 FROM auth_session s WHERE s.user_id = u.id AND s.revoked_at IS NOT NULL)`,
    ),
    'session without its audit row':
      "SELECT COUNT(*) AS n FROM auth_session s WHERE NOT EXISTS (SELECT 1 FROM auth_audit a WHERE a.session_id = s.id AND a.event = 'session.created')",
    'role without its account': orphans('auth_user_role'),
    'session without its account': orphans('auth_session'),
    'token without its account': orphans('auth_one_time_token'),
    'audit row without its account': orphans('auth_audit', "t.event = 'user.signedUp'"),
    ...(required
      ? {
          'account that nobody confirmed': users('u.email_confirmed_at IS NULL'),
          'sign-up without its mail, or mail without its sign-up': `SELECT ABS((SELECT COUNT(*) FROM auth_outbox WHERE kind = 'sign-up')
            - (SELECT COUNT(*) FROM auth_one_time_token WHERE purpose = 'sign-up') - (SELECT COUNT(*) FROM auth_user)) AS n`,
        }
      : {
          'account without its session': users('NOT EXISTS (SELECT 1 FROM auth_session s WHERE s.user_id = u.id)'),
          'account without its mail, or mail without its account': `SELECT ABS((SELECT COUNT(*) FROM auth_outbox WHERE kind = 'email-confirmation')
            - (SELECT COUNT(*) FROM auth_user)) AS n`,
        }),
  };
  const found = {};
  for (const [what, sql] of Object.entries(questions)) found[what] = Number((await tables.rows(sql))[0].n);
  return found;
}

/** Mail that was promised by an answer, or by an account that is there, and did not come. */
async function mailsLost({ people, tables }) {
  const { mailbox } = people;
  const accounts = new Set((await tables.rows('SELECT email FROM auth_user')).map(({ email }) => email));
  return people.all.reduce((lost, { email, signUp, forgot }) => {
    const confirmation = (signUp === true || accounts.has(email)) && mailbox.find(email, CONFIRMATION) === null ? 1 : 0;
    const reset = forgot === true && mailbox.find(email, RESET) === null ? 1 : 0;
    return lost + confirmation + reset;
  }, 0);
}

/** Everything that was acknowledged is asked for once more; a step without an answer has happened, or can be done now. */
async function replay({ people, required }) {
  const lost = { 'sign-up': 0, confirmation: 0, reset: 0, 'token used up for nothing': 0 };
  const { mailbox } = people;
  const post = async (path, body) => {
    for (let tries = 0; tries < 5; tries++) {
      const answer = await people.post(path, body);
      if (answer !== null) return answer;
      await delay(300);
    }
    return { status: 0, body: '' };
  };
  const use = async (path, { email }, subject, more) =>
    (await post(path, { token: mailbox.find(email, subject)?.token, ...more })).status === 204;
  const signIn = async ({ email }, password) => {
    const { status, body } = await post('/auth/signin', { email, password });
    return status === 200 ? JSON.parse(body).user : null;
  };
  const again = async (person) => {
    const { password, newPassword, signUp, confirm, reset } = person;
    if (signUp !== true) return;
    const confirms = required ? confirm !== true : confirm === null;
    // Refused when it has happened.
    if (confirms) await use('/auth/email/confirm', person, CONFIRMATION);
    let user = await signIn(person, reset === true ? newPassword : password);
    if (reset === true && (user === null || (await signIn(person, password)) !== null)) lost.reset++;
    else if (reset === null && user === null) user = await signIn(person, newPassword);
    else if (reset === null && !(await use('/auth/password/reset', person, RESET, { password: newPassword }))) {
      lost['token used up for nothing']++;
    }
    if (user === null && reset !== true) lost['sign-up']++;
    else if (user !== null && !user.emailConfirmed && (confirms || confirm === true)) {
      lost[confirm === true ? 'confirmation' : 'token used up for nothing']++;
    }
  };
  const waiting = [...people.all];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let person = waiting.pop(); person !== undefined; person = waiting.pop()) await again(person);
    }),
  );
  return lost;
}

function verdict(results, broken, control, form) {
  const total = (read) => results.reduce((sum, result) => sum + read(result), 0);
  const count = (counts) => Object.values(counts).reduce((sum, one) => sum + one, 0);
  const named = (counts) =>
    Object.entries(counts)
      .filter(([, one]) => one > 0)
      .map(([what, one]) => `${what}: ${one}`)
      .join('; ') || '0';
  const kills = total((result) => result.kills);
  const mayDouble = DOUBLED[form](kills);
  return {
    n: kills,
    fails: total(({ fails }) => fails) + Math.max(0, total(({ mails }) => mails.doubled) - mayDouble),
    figure: `${total(({ lost }) => count(lost))} lost, ${total(({ broken: parts }) => count(parts))} half-made, ${total(({ mails }) => mails.lost + mails.dead + mails.pending)} mails lost, ${total(({ mails }) => mails.doubled)} doubled, ready in ${(Math.max(...results.map(({ slowest }) => slowest)) / 1000).toFixed(2)} s`,
    limit: `0 lost, 0 half-made, 0 mails lost, ${mayDouble} doubled, ready in ${READY_WITHIN[form] / 1000} s`,
    control: [
      {
        fault: FAULT,
        title: TITLES[FAULT],
        figure: `${count(broken)} half-made after ${control.kills} kills, ${control.people.all.length} people (${named(broken)})`,
        verdict: count(broken) > 0 ? 'red' : 'green',
      },
    ],
    method: [
      `Two processes behind turns, one on Express and one on Fastify, bcrypt at cost 4, mail by a real SMTP server. ${AT_A_TIME.postgres} people at a time (on SQLite ${AT_A_TIME.sqlite}) sign up, one after the other without a pause; every second one confirms the address by the mailed link, forgets the password and sets a new one.`,
      `A process drawn by lot is killed with SIGKILL ${LIFE.join(' to ')} ms after the last one was ready again, and started anew.`,
      'Then SQL looks for what one transaction should have made together; every account that was acknowledged signs in with the password that was acknowledged last, and with no earlier one; every link that got no answer has had its effect or still has it; every mail that was acknowledged has arrived; of those that a killed process had just handed over, one for each kill may come twice, over all databases.',
    ],
    tables: [
      {
        title: 'By database and mode',
        head: [
          '',
          'kills',
          'answers a second',
          'acknowledged sign-ups, confirmations, forgotten, resets',
          'people without an answer, answers 503',
          'lost',
          'half-made',
          'mails sent, lost, doubled',
          'ready after, at worst, s',
          'unexpected answers',
        ],
        rows: results.map(
          ({
            title,
            kills: killed,
            rate,
            acknowledged,
            unanswered,
            lost,
            broken: parts,
            mails,
            mailsSent,
            slowest,
            unavailable,
            unexpected,
          }) => [
            title,
            killed,
            rate.toFixed(0),
            Object.values(acknowledged).join(', '),
            `${unanswered}, ${unavailable}`,
            named(lost),
            named(parts),
            `${mailsSent}, ${mails.lost + mails.dead + mails.pending}, ${mails.doubled}`,
            (slowest / 1000).toFixed(2),
            named(Object.fromEntries(unexpected)),
          ],
        ),
      },
    ],
  };
}
