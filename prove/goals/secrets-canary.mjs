// G15: of everything secret that goes into an application or comes out of it, nothing is found anywhere but where it belongs.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { postgresDatabase } from '../../bench/lib/databases.mjs';
import { ServerProcess } from '../../bench/lib/server-process.mjs';
import { TITLES } from '../faults/titles.mjs';
import { HttpClient, jsonOf } from '../lib/http-client.mjs';
import { Mailbox } from '../lib/mailbox.mjs';
import { OwnRedis } from '../lib/own-redis.mjs';
import { SecretMarkers } from '../lib/secret-markers.mjs';
import { SmtpSink } from '../lib/smtp-sink.mjs';
import { openTables } from '../lib/tables.mjs';
import { WebhookSink } from '../lib/webhook-sink.mjs';

const SCRIPT = join(import.meta.dirname, '../servers/observed.mjs');
const MAIL_WITHIN = 30_000;
/** A refresh token may be presented again for so long, in milliseconds. */
const GRACE = 1_000;
const ORIGIN = 'http://localhost:3000';
/** Failures that lock an account until its owner unlocks it by mail. */
const HARD_STOP = 3;
const FAULTS = ['logged-sign-in', 'logged-mail'];

const newSecret = () => randomBytes(32).toString('base64url');

export const goal = {
  title: 'No secret is found where it does not belong',

  async run({ quick, say }) {
    const rounds = quick ? 1 : 3;
    say('Every flow, on Express with SMTP and on Fastify with a webhook');
    const result = await observe({ faults: [], adapters: ['express', 'fastify'], rounds });
    say(`With the faults ${FAULTS.join(' and ')}`);
    const control = await observe({ faults: FAULTS, adapters: ['fastify'], rounds: 1 });
    return verdict(result, control);
  },
};

async function observe({ faults, adapters, rounds }) {
  const run = new Run();
  try {
    await run.start(adapters, faults);
    for (let round = 0; round < rounds; round++) {
      for (const [at, http] of adapters.entries()) await everyFlow(new Visit(run, run.servers[at].port, `${http}${round}`));
    }
    return { requests: run.answers.length, markers: run.markers.size, ...(await run.look()), database: run.database.title };
  } finally {
    await run.stop();
  }
}

/** The processes, what is around them, and everything that was said. */
class Run {
  markers = new SecretMarkers();
  answers = [];
  servers = [];
  #messages = [];
  #client = new HttpClient();

  async start(adapters, faults) {
    this.database = await postgresDatabase();
    if (this.database === null) throw new Error('No PostgreSQL at DATABASE_URL');
    this.tables = await openTables(this.database);
    [this.redis, this.smtp, this.webhook] = await Promise.all([
      OwnRedis.start(),
      new SmtpSink().start(),
      new WebhookSink().start(),
    ]);
    this.mailbox = new Mailbox({ listen: (listener) => [this.smtp, this.webhook].forEach((sink) => sink.listen(listener)) });
    const settings = await this.#settings(faults);
    const mail = {
      express: {
        smtp: { host: '127.0.0.1', port: this.smtp.port, auth: { user: 'latchkey', pass: this.#given('SMTP password') } },
      },
      fastify: {
        webhook: {
          url: this.webhook.url,
          secret: this.#given('webhook secret'),
          headers: { 'X-Gateway-Key': this.#given('webhook header') },
        },
      },
    };
    for (const http of adapters) {
      const one = { ...settings, http, mail: mail[http] };
      this.servers.push(await ServerProcess.start({ node: process.execPath, script: SCRIPT, settings: one }));
    }
  }

  async #settings(faults) {
    const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    this.markers.add('private signing key', jwk.d, 'never');
    const redisPassword = this.#given('Redis password');
    this.cache = createClient({ url: this.redis.url });
    this.cache.on('error', () => undefined);
    await this.cache.connect();
    await this.cache.configSet('requirepass', redisPassword);
    this.listener = this.cache.duplicate({ password: redisPassword });
    this.listener.on('error', () => undefined);
    await this.listener.connect();
    await this.listener.pSubscribe('*', (message) => this.#messages.push(message));
    // The server lets everybody in; what a client is configured with is secret all the same.
    const database = new URL(this.database.url);
    database.password = this.#given('database password');
    return {
      faults,
      database: { ...this.database, url: database.href },
      redis: `redis://:${redisPassword}@127.0.0.1:${this.redis.port}`,
      secrets: [this.#given('secret'), this.#given('secret that verifies')],
      pepper: this.#given('pepper'),
      jwk,
    };
  }

  #given(name) {
    const value = newSecret();
    this.markers.add(name, value, 'never');
    return value;
  }

  /** @returns the answer, with what is new in cookies; everything is kept */
  async send(port, method, path, options) {
    const answer = await this.#client.send(port, method, path, options);
    this.answers.push({ status: answer.status, text: `${JSON.stringify(answer.headers)} ${answer.body}` });
    return answer;
  }

  /** Where what is looked for, and what was found: `{ places: [{ place, bytes, hits }] }`. */
  async look() {
    // What is noted in the background has been.
    await delay(500);
    const ask = async (question) => (await Promise.all(this.servers.map((server) => server.ask(question)))).join('\n');
    const said = (is) =>
      this.answers
        .filter(({ status }) => is(status))
        .map(({ text }) => text)
        .join('\n');
    const places = [
      { place: 'output and log', text: await ask('output') },
      { place: 'events', text: await ask('events') },
      { place: 'OpenTelemetry metrics', text: await ask('telemetry') },
      { place: 'every row of every table', text: await this.#rows() },
      { place: 'keys and values in Redis', text: await this.#cached() },
      { place: 'messages of Redis', text: this.#messages.join('\n') },
      { place: 'answers that refuse', text: said((status) => status >= 400) },
      {
        place: 'answers that succeed, /metrics and /health among them',
        text: said((status) => status < 400),
        kinds: ['never', 'mailed'],
      },
      { place: 'mail', text: this.webhook.bodies.join('\n'), kinds: ['never', 'issued'] },
    ];
    return {
      places: places.map(({ place, text, kinds = ['never', 'issued', 'mailed'] }) => ({
        place,
        bytes: Buffer.byteLength(text),
        hits: this.markers.find(text, kinds),
      })),
    };
  }

  async stop() {
    this.#client.close();
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.listener?.disconnect();
    await this.cache?.disconnect();
    await Promise.all([this.redis?.remove(), this.smtp?.close(), this.webhook?.close(), this.tables?.close()]);
    await this.database?.drop();
  }

  async #rows() {
    const tables = await this.tables.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
    const all = [];
    for (const { tablename } of tables) {
      const rows = await this.tables.rows(`SELECT row_to_json(t)::text AS row FROM "${tablename}" t`);
      all.push(tablename, ...rows.map(({ row }) => row));
    }
    return all.join('\n');
  }

  async #cached() {
    const all = [];
    for (const key of await this.cache.keys('*')) {
      if ((await this.cache.type(key)) !== 'string') throw new Error(`${key} is of another type than the dump knows`);
      all.push(`${key} ${await this.cache.get(key)}`);
    }
    return all.join('\n');
  }
}

/** One round at one process. Whatever is secret is remembered as soon as it is known. */
class Visit {
  constructor(run, port, name) {
    Object.assign(this, { run, port, name });
  }

  email(of) {
    return `${of}.${this.name}@example.com`;
  }

  secret(name) {
    const value = newSecret();
    this.run.markers.add(name, value, 'never');
    return value;
  }

  /** @param expected status; `null` for whatever refuses */
  async send(expected, method, path, options) {
    const answer = await this.run.send(this.port, method, path, options);
    const isRight = expected === null ? answer.status >= 400 : answer.status === expected;
    if (!isRight) throw new Error(`${method} ${path} was answered with ${answer.status} ${answer.body}`);
    return this.#noted(answer);
  }

  post(expected, path, json, headers) {
    return this.send(expected, 'POST', path, { json, headers });
  }

  async mailed(of, subject) {
    const mail = await this.run.mailbox.next(this.email(of), subject, MAIL_WITHIN);
    if (mail?.token == null) throw new Error(`No mail “${subject}” with a token`);
    this.run.markers.addToken(`token of “${subject}”`, mail.token, 'mailed');
    return mail.token;
  }

  #noted({ body, headers }) {
    const json = jsonOf(body);
    const { markers } = this.run;
    if (json?.accessToken !== undefined) markers.addToken('access token', json.accessToken, 'issued');
    if (json?.refreshToken !== undefined) markers.addToken('refresh token', json.refreshToken, 'issued');
    const cookies = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).filter((pair) => !pair.endsWith('='));
    for (const pair of cookies) {
      const [name, value] = pair.split('=');
      markers.addToken(`cookie ${name}`, value, 'issued');
    }
    return { ...json, cookie: cookies.join('; ') };
  }
}

async function everyFlow(visit) {
  await accounts(visit);
  await sessions(visit);
  await passwords(visit);
  await mailedLinks(visit);
  await lockout(visit);
  await badInput(visit);
  await administration(visit);
  await brokenStore(visit);
}

async function accounts(visit) {
  const email = visit.email('ada');
  const password = visit.secret('password at sign-up');
  const ada = await visit.post(201, '/auth/signup', { email, password });
  await visit.post(409, '/auth/signup', { email, password: visit.secret('password at a second sign-up') });
  const token = await visit.mailed('ada', 'Confirm your e-mail address');
  await visit.post(204, '/auth/email/confirm', { token });
  await visit.post(400, '/auth/email/confirm', { token });
  await visit.send(200, 'PATCH', '/auth/me', { json: { name: 'Ada' }, headers: bearer(ada) });
  Object.assign(visit, { ada: { email, password } });
}

async function sessions(visit) {
  const { email, password } = visit.ada;
  await visit.post(401, '/auth/signin', { email, password: visit.secret('wrong password') });
  await visit.post(401, '/auth/signin', { email: visit.email('nobody'), password: visit.secret('password of nobody') });
  const first = await visit.post(200, '/auth/signin', { email, password });
  const second = await visit.post(200, '/auth/refresh', { refreshToken: first.refreshToken });
  await visit.send(200, 'GET', '/auth/me', { headers: bearer(second) });
  await visit.send(200, 'GET', '/auth/sessions', { headers: bearer(second) });
  const inBrowser = await visit.post(200, '/auth/signin', { email, password, delivery: 'cookie', remember: true });
  await visit.send(200, 'GET', '/auth/me', { headers: { Cookie: inBrowser.cookie } });
  await visit.post(403, '/auth/step-up', { password: visit.secret('wrong password at step-up') }, bearer(second));
  await visit.post(200, '/auth/step-up', { password }, { Cookie: inBrowser.cookie, Origin: ORIGIN });
  // Credentials that are nearly right, or of somebody else's scheme.
  const basic = visit.secret('password of Basic');
  await visit.send(401, 'GET', '/auth/me', {
    headers: { Authorization: `Basic ${Buffer.from(`ada:${basic}`).toString('base64')}` },
  });
  await visit.send(401, 'GET', '/auth/me', { headers: { Authorization: `Bearer ${visit.secret('something as a bearer token')}` } });
  await visit.send(401, 'GET', '/auth/me', { headers: { Authorization: `Bearer ${second.accessToken.slice(0, -2)}` } });
  await visit.send(401, 'GET', '/auth/me', { headers: { Cookie: `latchkey=${visit.secret('something as a cookie')}` } });
  await visit.post(403, '/auth/signout', {}, { Cookie: (await cookieOf(visit)).cookie, Origin: 'https://elsewhere.example' });
  await delay(GRACE + 200);
  await visit.post(401, '/auth/refresh', { refreshToken: first.refreshToken });
  await visit.post(401, '/auth/refresh', { refreshToken: visit.secret('something as a refresh token') });
  await visit.post(204, '/auth/signout', {}, { Cookie: (await cookieOf(visit)).cookie, Origin: ORIGIN });
}

const cookieOf = (visit) => visit.post(200, '/auth/signin', { ...visit.ada, delivery: 'cookie' });

async function passwords(visit) {
  const { email } = visit.ada;
  const session = await visit.post(200, '/auth/signin', visit.ada);
  const newPassword = visit.secret('password after a change');
  const change = (currentPassword, next) => ({ currentPassword, newPassword: next });
  await visit.post(403, '/auth/password/change', change(visit.secret('wrong password at a change'), newPassword), bearer(session));
  await visit.post(400, '/auth/password/change', change(visit.ada.password, 'password'), bearer(session));
  await visit.post(200, '/auth/password/change', change(visit.ada.password, newPassword), bearer(session));
  await visit.post(202, '/auth/password/forgot', { email });
  await visit.post(202, '/auth/password/forgot', { email: visit.email('nobody') });
  const token = await visit.mailed('ada', 'Reset your password');
  visit.ada.password = visit.secret('password after a reset');
  await visit.post(400, '/auth/password/reset', { token, password: 'password' });
  await visit.send(200, 'GET', '/auth/password/reset', {});
  await visit.post(204, '/auth/password/reset', { token, password: visit.ada.password });
  await visit.post(400, '/auth/password/reset', { token, password: visit.secret('password of a used link') });
  await visit.post(400, '/auth/password/reset', {
    token: visit.secret('something as a token'),
    password: visit.secret('password of no link'),
  });
}

async function mailedLinks(visit) {
  const moved = visit.email('moved');
  const session = await visit.post(200, '/auth/signin', visit.ada);
  await visit.post(202, '/auth/email/change', { email: moved }, bearer(session));
  await visit.post(204, '/auth/email/confirm', { token: await visit.mailed('moved', 'Confirm your new e-mail address') });
  visit.ada.email = moved;
  await visit.post(202, '/auth/magic-link', { email: moved });
  const link = await visit.mailed('moved', 'Your sign-in link');
  const host = await visit.post(200, '/auth/magic-link/verify', { token: link });
  await visit.post(400, '/auth/magic-link/verify', { token: link });
  await visit.post(202, '/auth/invitations', { email: visit.email('guest') }, bearer(host));
  const invitation = await visit.mailed('guest', 'You are invited to localhost');
  await visit.send(200, 'GET', '/auth/invitations', { headers: bearer(host) });
  await visit.post(400, '/auth/invitations/accept', { token: invitation, password: 'password' });
  await visit.post(201, '/auth/invitations/accept', { token: invitation, password: visit.secret('password of a guest') });
  await visit.post(400, '/auth/invitations/accept', { token: invitation, password: visit.secret('password of a second guest') });
  // The first attempt fails where the gateway is careless; nobody waits for the second.
  await visit.post(202, '/auth/invitations', { email: visit.email('refused') }, bearer(host));
}

async function lockout(visit) {
  const [email, password] = [visit.email('locked'), visit.secret('password of somebody locked')];
  await visit.post(201, '/auth/signup', { email, password });
  for (let guess = 0; guess < HARD_STOP; guess++) await visit.post(401, '/auth/signin', { email, password: visit.secret('guess') });
  await visit.post(429, '/auth/signin', { email, password });
  const token = await visit.mailed('locked', 'Your account is locked');
  await visit.post(204, '/auth/unlock', { token });
  const session = await visit.post(200, '/auth/signin', { email, password });
  const json = { password: visit.secret('wrong password at a deletion') };
  await visit.send(403, 'DELETE', '/auth/me', { json, headers: bearer(session) });
  await visit.send(204, 'DELETE', '/auth/me', { json: { password }, headers: bearer(session) });
}

async function badInput(visit) {
  const email = visit.email('bad');
  const secret = () => visit.secret('something in bad input');
  const json = { 'Content-Type': 'application/json' };
  for (const path of ['/auth/signup', '/auth/signin', '/auth/password/reset', '/auth/invitations/accept', '/auth/refresh']) {
    await visit.post(null, path, { email, password: [secret()], token: [secret()], refreshToken: [secret()] });
    await visit.post(null, path, { email, password: secret(), token: 7, refreshToken: null, other: secret() });
    await visit.post(null, path, { email, password: `${secret()}\0`, token: `${secret()}\0`, refreshToken: `${secret()}\0` });
    await visit.post(null, path, {
      email,
      password: secret().repeat(40),
      token: secret().repeat(40),
      refreshToken: secret().repeat(40),
    });
    await visit.post(null, path, { email, password: secret().repeat(8_000) });
    await visit.send(null, 'POST', path, { body: `{"email":"${email}","password":"${secret()}`, headers: json });
    await visit.send(null, 'POST', path, { body: `{"email":"${email}","password":"${secret()}"x}`, headers: json });
    await visit.send(null, 'POST', path, { body: `password=${secret()}`, headers: { 'Content-Type': 'text/plain' } });
    await visit.send(null, 'POST', `${path}?password=${secret()}`, { json: {} });
  }
}

async function administration(visit) {
  const { user } = await visit.post(200, '/auth/signin', visit.ada);
  await visit.run.servers.find(({ port }) => port === visit.port).ask('makeAdministrator', user.id);
  const session = await visit.post(200, '/auth/signin', visit.ada);
  await visit.send(200, 'GET', '/auth/audit?limit=100', { headers: bearer(session) });
  for (const path of ['/metrics', '/health', '/.well-known/jwks.json']) await visit.send(200, 'GET', path, {});
}

/** A table that is not there makes every statement on it fail, with its parameters at hand. */
async function brokenStore(visit) {
  const { email, password } = visit.ada;
  const session = await visit.post(200, '/auth/signin', visit.ada);
  for (const table of ['auth_user', 'auth_session', 'auth_one_time_token', 'auth_attempt', 'auth_outbox', 'auth_audit']) {
    await visit.run.tables.rows(`ALTER TABLE ${table} RENAME TO gone`);
    try {
      const send = (path, json) => visit.run.send(visit.port, 'POST', path, { json });
      await send('/auth/signin', { email, password });
      await send('/auth/refresh', { refreshToken: session.refreshToken });
      await send('/auth/signup', {
        email: visit.email(table),
        password: visit.secret('password of somebody who could not sign up'),
      });
      await send('/auth/password/forgot', { email });
      await send('/auth/password/reset', { token: `${newSecret().slice(0, 22)}.${visit.secret('secret of a token')}`, password });
    } finally {
      await visit.run.tables.rows(`ALTER TABLE gone RENAME TO ${table}`);
    }
  }
}

const bearer = ({ accessToken }) => ({ Authorization: `Bearer ${accessToken}` });

function verdict(result, control) {
  const hits = (of) => of.places.flatMap(({ hits: found }) => found);
  const logged = control.places[0].hits;
  const seen = { 'logged-sign-in': (name) => /password/.test(name), 'logged-mail': (name) => name.startsWith('token of') };
  const empty = result.places.filter(({ bytes }) => bytes === 0);
  return {
    ...(empty.length === 0 ? {} : { why: `there was nothing to look at: ${empty.map(({ place }) => place).join(', ')}` }),
    n: result.markers,
    fails: hits(result).length,
    figure: `${hits(result).length} of ${result.markers} secrets found in ${result.places.length} places after ${result.requests} requests`,
    limit: '0',
    control: FAULTS.map((fault) => {
      const found = logged.filter(seen[fault]);
      return {
        fault,
        title: TITLES[fault],
        figure: `${found.length} found in the log: ${[...new Set(found)].slice(0, 3).join('; ')}`,
        verdict: found.length > 0 ? 'red' : 'green',
      };
    }),
    method: [
      `Express with SMTP and Fastify with a webhook, ${result.database}, Redis, every room; the log is verbose and has every SQL statement with its parameters. Every flow is gone through on both, with its refusals, with input that is malformed in every field that takes a secret, with a mail gateway that answers with what it was sent, and with each table missing for a while.`,
      'Secret are: passwords, right and wrong, old and new, secrets of the options (the ring, the pepper, the private signing key), passwords of database, Redis and SMTP, secret and header of the webhook, access and refresh tokens, cookies, mailed tokens, and what was presented as one of them.',
      'Each is looked for as it is, in base64 and base64url at any offset, in hex, URL-encoded, and, where it is an encoding itself, decoded; of tokens the part that follows the names by itself, too. A success may hold the tokens that it issues, and mail the token that it carries; nothing else is excepted.',
    ],
    tables: [
      {
        title: 'Places',
        head: ['place', 'KiB', 'found'],
        rows: result.places.map(({ place, bytes, hits: found }) => [
          place,
          (bytes / 1024).toFixed(0),
          found.length === 0 ? 0 : [found.length, ...found.slice(0, 10)].join('; '),
        ]),
      },
    ],
  };
}
