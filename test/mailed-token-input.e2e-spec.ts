import { Clock } from 'nestjs-latchkey';
import { EmailChangeModule } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { InvitationModule } from 'nestjs-latchkey/invitation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { SettableClock } from 'nestjs-latchkey/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, startAuthApp } from './auth-app.js';
import { Account, HARD_STOP } from './flows/account.js';
import { describeEachDatabase } from './support/databases.js';

const PASSWORD = 'a wholly different sentence';

/** Every kind of mailed token: how it comes about, and the route that takes it. */
interface Link {
  purpose: string;
  path: string;
  ask(account: Account): Promise<string>;
  body: object;
  done: number;
}

const LINKS: readonly Link[] = [
  { purpose: 'confirmation', path: 'email/confirm', ask: (account) => account.asksFor('email/resend'), body: {}, done: 204 },
  {
    purpose: 'change of address',
    path: 'email/confirm',
    ask: (account) => account.asksToMoveTo(`moved.${account.number}@example.com`),
    body: {},
    done: 204,
  },
  {
    purpose: 'reset',
    path: 'password/reset',
    ask: (account) => account.asksFor('password/forgot'),
    body: { password: PASSWORD },
    done: 204,
  },
  { purpose: 'magic link', path: 'magic-link/verify', ask: (account) => account.asksFor('magic-link'), body: {}, done: 200 },
  {
    purpose: 'invitation',
    path: 'invitations/accept',
    ask: (account) => account.invites(`guest.${account.number}@example.com`),
    body: { password: PASSWORD },
    done: 201,
  },
  { purpose: 'unlock', path: 'unlock', ask: (account) => account.isStopped(), body: {}, done: 204 },
];

const UNKNOWN = `${'a'.repeat(22)}.${'b'.repeat(43)}`;

/** As JSON, because some of it has no other spelling. */
const shapesOf = (token: string): Record<string, string | undefined> => ({
  missing: undefined,
  null: 'null',
  'a number': '7',
  'an enormous number': '1e999',
  true: 'true',
  'a list': JSON.stringify([token]),
  'an object': JSON.stringify({ token }),
  'an operator': '{"$ne":null}',
  empty: '""',
  '10 kB': JSON.stringify('a'.repeat(10_000)),
  '10 kB that begin well': JSON.stringify(token.padEnd(10_000, 'a')),
  'a selector alone': JSON.stringify(token.slice(0, 22)),
  'a right selector with another secret': JSON.stringify(`${token.slice(0, 23)}${'A'.repeat(43)}`),
  'a right secret with another selector': JSON.stringify(`${'A'.repeat(22)}${token.slice(22)}`),
  'both parts the other way round': JSON.stringify(token.split('.').toReversed().join('.')),
  'with NUL': JSON.stringify(`${token}\0`),
  'with a line break': JSON.stringify(`${token}\r\n`),
  'of another alphabet': JSON.stringify(token.replace(/./, '\u{1d552}')),
  unknown: JSON.stringify(UNKNOWN),
});

const start = async (options: AuthAppOptions = {}): Promise<{ app: AuthApp; clock: SettableClock }> => {
  const clock = new SettableClock();
  const app = await startAuthApp({
    mailLimits: false,
    lockout: { maxFailures: HARD_STOP, hardStop: HARD_STOP },
    overrides: [{ provide: Clock, useValue: clock }],
    rooms: [
      EmailConfirmationModule.forRoot(),
      EmailChangeModule.forRoot({ notices: false }),
      PasswordResetModule.forRoot(),
      MagicLinkModule.forRoot(),
      InvitationModule.forRoot(),
    ],
    ...options,
  });
  return { app, clock };
};

let accounts = 0;
const given = (app: AuthApp): Promise<Account> => Account.open(app, { held: 'tokens', confirmed: false }, (accounts += 1));

describeEachDatabase('a mailed token that is not what it should be', (kind) => {
  let app: AuthApp;
  let clock: SettableClock;
  beforeAll(async () => {
    ({ app, clock } = await start({ database: kind }));
  });
  afterAll(() => app.close());

  /** Everything that is written down, but for mail on its way. */
  const written = async (): Promise<Record<string, unknown>> => {
    await app.deliverMail();
    const database = app.get(DataSource);
    const tables = database.entityMetadatas.map(({ tableName }) => tableName).filter((name) => name !== 'auth_outbox');
    const rows: Record<string, unknown> = {};
    for (const table of tables) {
      rows[table] = (await database.query<object[]>(`SELECT * FROM ${table}`)).map((row) => JSON.stringify(row)).toSorted();
    }
    return rows;
  };
  const present = (link: Link, token: string | undefined) => {
    const fields = JSON.stringify(link.body).slice(1, -1);
    const parts = [...(fields === '' ? [] : [fields]), ...(token === undefined ? [] : [`"token":${token}`])];
    return app
      .http()
      .post(`/auth/${link.path}`)
      .set('Content-Type', 'application/json')
      .send(`{${parts.join(',')}}`);
  };

  it.each(LINKS)('is refused, writes nothing and leaves the true one good: $purpose', { timeout: 60_000 }, async (link) => {
    const [used, late] = await Promise.all([given(app), given(app)]);
    const usedToken = await link.ask(used);
    await present(link, JSON.stringify(usedToken)).expect(link.done);
    const lateToken = await link.ask(late);
    clock.advance('8d');

    const owner = await given(app);
    const others: Record<string, string> = {};
    for (const other of LINKS) if (other.path !== link.path) others[`of ${other.purpose}`] = JSON.stringify(await other.ask(owner));
    const token = await link.ask(owner);
    const stranger = await link.ask(await given(app));
    const faults: Record<string, string | undefined> = {
      ...shapesOf(token),
      ...others,
      used: JSON.stringify(usedToken),
      expired: JSON.stringify(lateToken),
      'with the secret of another account': JSON.stringify(`${token.slice(0, 23)}${stranger.slice(23)}`),
    };
    const before = await written();
    for (const [fault, json] of Object.entries(faults)) {
      const { status, body } = await present(link, json);
      expect([fault, status]).toEqual([fault, 400]);
      expect([fault, body.errorCode]).toEqual([fault, expect.stringMatching(/^auth\.(one_time_token_invalid|validation_failed)$/)]);
    }
    expect(await written()).toEqual(before);
    await present(link, JSON.stringify(token)).expect(link.done);
    expect(await written()).not.toEqual(before);
    await present(link, JSON.stringify(token)).expect(400);
  });

  it.each(LINKS)('is not used up by a scanner that follows it ten times: $purpose', async (link) => {
    const token = await link.ask(await given(app));
    const before = await written();
    for (let visit = 0; visit < 10; visit++) {
      for (const query of ['', `?token=${token}`, `?${token}`]) {
        await app.http().get(`/auth/${link.path}${query}`).expect(200);
        await app.http().head(`/auth/${link.path}${query}`).expect(200);
      }
    }
    expect(await written()).toEqual(before);
    await present(link, JSON.stringify(token)).expect(link.done);
  });
});

describe('an address that mail is asked for', () => {
  let app: AuthApp;
  let owner: Account;
  beforeAll(async () => {
    ({ app } = await start());
    owner = await given(app);
    await owner.mailed();
  });
  afterAll(() => app.close());

  const ROUTES = ['password/forgot', 'magic-link', 'email/resend', 'email/change', 'invitations'];
  const post = (path: string, body: object) => owner.post(path, body, owner.headers);

  it.each(ROUTES)('is one address and nothing else, or nobody is written to: %s', async (path) => {
    app.mail.clear();
    const one = owner.email;
    for (const email of [
      [one],
      [one, 'eve@example.com'],
      { 0: one, length: 1 },
      `${one}, eve@example.com`,
      `${one};eve@example.com`,
      `${one} eve@example.com`,
      `${one}\r\nBcc: eve@example.com`,
      `${one}\nBcc: eve@example.com`,
      `"${one}" <eve@example.com>`,
      `<${one}>`,
      `eve@example.com(${one})`,
      one.replace('@', '＠'),
      one.replace('@', '﹫'),
      one.replace('@', '@eve.example@'),
      `${one}\0`,
      '',
      ' ',
      null,
      7,
    ]) {
      const { status, body } = await post(path, { email });
      expect([email, status, body.errorCode]).toEqual([email, 400, 'auth.validation_failed']);
    }
    await app.deliverMail();
    expect(app.mail.sent).toEqual([]);
  });

  it.each(['password/forgot', 'magic-link', 'email/resend'])(
    'is the stored one in the mail, however it was typed: %s',
    async (path) => {
      app.mail.clear();
      const typed = [` ${owner.email.toUpperCase()} `, `${owner.email}\r\n`, owner.email.replace('example.com', 'EXAMPLE。com')];
      for (const email of typed) await post(path, { email }).expect(202);
      await app.deliverMail();
      expect(app.mail.sent.map(({ to }) => to)).toEqual(typed.map(() => owner.email));
    },
  );
});

describe.each([[[]], [['127.0.0.0/8', '::1']]])('a mailed link, with the trusted proxies %j', (trustedProxies) => {
  let app: AuthApp;
  beforeAll(async () => {
    ({ app } = await start({ trustedProxies }));
  });
  afterAll(() => app.close());

  const EVIL = {
    Host: 'evil.example',
    Origin: 'http://localhost:3000',
    Referer: 'https://evil.example/',
    Forwarded: 'host=evil.example;proto=https',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Server': 'evil.example',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Port': '8443',
    'X-Forwarded-Prefix': '/evil.example',
    'X-Original-URL': 'https://evil.example/',
    'X-Original-Host': 'evil.example',
    'X-Host': 'evil.example',
  };

  it('leads to baseUrl, whatever the headers of a request say', async () => {
    const owner = await given(app);
    await owner.mailed();
    app.mail.clear();
    const headers = { ...owner.headers, ...EVIL };
    await app
      .http()
      .post('/auth/signup')
      .set(EVIL)
      .send({ email: `new.${owner.number}@example.com`, password: PASSWORD })
      .expect(201);
    for (const path of ['password/forgot', 'magic-link', 'email/resend'])
      await owner.post(path, { email: owner.email }, headers).expect(202);
    await owner.post('email/change', { email: `elsewhere.${owner.number}@example.com` }, headers).expect(202);
    await owner.post('invitations', { email: `friend.${owner.number}@example.com` }, headers).expect(202);
    for (let guess = 0; guess < HARD_STOP; guess++) {
      await app.http().post('/auth/signin').set(EVIL).send({ email: owner.email, password: 'a guess' });
    }
    const { sent } = await app.deliverMail();

    expect(sent).toHaveLength(7);
    for (const { subject, text, html } of sent) {
      expect(`${subject}${text}${html}`).not.toMatch(/evil\.example|8443/);
      for (const [link] of `${text} ${html}`.matchAll(/https?:\/\/[^\s"<]+/g))
        expect(link).toMatch(/^http:\/\/localhost:3000\/auth\//);
    }
  });
});
