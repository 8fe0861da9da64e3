import { join, resolve } from 'node:path';
import { AccountsService, AuditLog, type AuthUser, UserRepository } from 'nestjs-latchkey';
import { RolesModule } from 'nestjs-latchkey/roles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthApp, SECRET, type Session, startAuthApp } from './auth-app.js';
import { latchkey } from './support/command-line.js';
import { createDatabase, describeEachDatabase, type SqlTestDatabase } from './support/databases.js';

const FIXTURES = resolve('test/fixtures/command-line');
const OTHER_PASSWORD = 'purple monkey dishwasher';

describeEachDatabase('accounts on the command line', (kind) => {
  let store: SqlTestDatabase;
  let app: AuthApp;
  let env: Record<string, string>;
  beforeAll(async () => {
    store = await createDatabase(kind);
    const rooms = [RolesModule.forRoot({ roles: { admin: [], member: [] }, defaultRole: 'member' })];
    app = await startAuthApp({ store, rooms });
    env = { DATABASE_URL: store.url };
  });
  afterAll(async () => {
    await app?.close();
    await store?.drop();
  });

  const users = (...args: string[]) => latchkey(['users', ...args], { env });
  const events = async (user: Session['user']) =>
    (await app.get(AuditLog).find({ userId: String(user.id), limit: 20 })).map(({ event }) => event);
  const statusWithin = async (ms: number, wanted: number, ask: () => Promise<{ status: number }>) => {
    const start = performance.now();
    for (;;) {
      const { status } = await ask();
      if (status === wanted || performance.now() - start > ms) return status;
    }
  };

  it('can be made with a password that is piped in, which then signs in', async () => {
    const made = await latchkey(['users', 'create', ' New@Example.com', '--name', 'New One'], {
      env,
      input: `${OTHER_PASSWORD}\n`,
    });

    expect(made).toEqual({ code: 0, out: expect.stringMatching(/^new@example\.com has an account now: \S+\.\n$/), err: '' });
    const { body } = await app.signIn('new@example.com', OTHER_PASSWORD).expect(200);
    expect(body).toMatchObject({ user: { name: 'New One', emailConfirmed: false } });
    expect(await events(body.user)).toContain('user.signedUp');
  });

  it('can be made with an address that counts as confirmed', async () => {
    await latchkey(['users', 'create', 'sure@example.com', '--confirmed'], { env, input: OTHER_PASSWORD });

    const { body } = await app.signIn('sure@example.com', OTHER_PASSWORD).expect(200);
    expect(body).toMatchObject({ user: { emailConfirmed: true } });
  });

  it.each([
    [
      'is too short',
      'a7%',
      /^No account was made for eve@example\.com\. password: At least \d+ characters \(password_too_short\)\.\n$/,
    ],
    [
      'everybody has',
      'password123',
      /^No account was made for eve@example\.com\. password: .* \(password_blocked, rule \w+\)\.\n$/,
    ],
    ['is not there', '', /^No password was given: type one, or pipe it in/],
  ])('are not made with a password that %s, and say which rule it breaks', async (_, input, sentence) => {
    const { code, out, err } = await latchkey(['users', 'create', 'eve@example.com'], { env, input });

    expect(err).toMatch(sentence);
    if (input !== '') expect(err).not.toContain(input);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(await app.get(UserRepository).findByEmail('eve@example.com')).toBeNull();
  });

  it.each([
    ['eve', /^"eve" is no e-mail address\.\n$/],
    ['ADA@example.com', /^ada@example\.com has an account already: .*users show ada@example\.com\n$/],
  ])('are not made for the address %s', async (address, sentence) => {
    if ((await app.get(UserRepository).findByEmail('ada@example.com')) === null) await app.givenUser('ada@example.com');
    const { code, err } = await latchkey(['users', 'create', address], { env, input: OTHER_PASSWORD });

    expect(err).toMatch(sentence);
    expect(code).toBe(1);
  });

  it('are shown with their state and their sessions, for people and for programs', async () => {
    const { user } = await app.givenUser('shown@example.com');
    await app.signIn('shown@example.com').set('User-Agent', 'Nosy/1.0').expect(200);

    const { code, out } = await users('show', 'shown@example.com', '--json');
    expect(code).toBe(0);
    const shown = JSON.parse(out) as { sessions: { delivery: string; userAgent: string }[] };
    expect(shown).toEqual({
      id: user.id,
      email: 'shown@example.com',
      name: null,
      roles: ['member'],
      createdAt: user.createdAt,
      emailConfirmedAt: null,
      disabledAt: null,
      lockedAt: null,
      sessions: [expect.anything(), expect.anything()],
    });
    expect(shown.sessions.map(({ delivery }) => delivery)).toEqual(['bearer', 'bearer']);

    const { out: text } = await users('show', String(user.id));
    expect(text).toMatch(/^locked +no$/m);
    expect(text).toMatch(/^SESSION +DELIVERY +LAST SEEN +FROM +WITH$/m);
    expect(text).toContain('Nosy/1.0');
    expect(text + out).not.toContain('$2b$');
  });

  it.each([
    ['lock', 'is locked, and its sessions have ended', 'was locked already', 'user.locked'],
    ['disable', 'is disabled, and its sessions have ended', 'was disabled already', 'user.disabled'],
  ])('can be shut out by `%s`: sessions end within a second, and nobody gets in', async (verb, done, again, event) => {
    const email = `${verb}@example.com`;
    const { user, accessToken } = await app.givenUser(email);

    expect(await users(verb, email)).toEqual({ code: 0, out: `${email} ${done}.\n`, err: '' });
    expect(await statusWithin(1_100, 401, () => app.me(accessToken))).toBe(401);
    expect((await app.signIn(email)).body).toMatchObject({ errorCode: 'auth.invalid_credentials' });
    expect(await users(verb, email)).toMatchObject({ code: 0, out: `${email} ${again}.\n` });
    expect((await events(user)).filter((one) => one === event)).toHaveLength(1);
  });

  it('can be let in again', async () => {
    const [locked, disabled] = ['unlock@example.com', 'enable@example.com'];
    for (const email of [locked, disabled]) await app.givenUser(email);
    const idOf = async (email: string) => String(((await app.get(UserRepository).findByEmail(email)) as AuthUser).id);
    await app.get(AccountsService).lock(await idOf(locked));
    await app.get(AccountsService).disable(await idOf(disabled));

    const unlocked = await latchkey(['users', 'unlock', locked], { env: { ...env, AUTH_SECRET: SECRET } });
    expect(unlocked.out).toBe(`${locked} is not locked, and its failed attempts are forgotten.\n`);
    expect((await users('enable', disabled)).out).toBe(`${disabled} is enabled.\n`);
    expect((await users('enable', disabled)).out).toBe(`${disabled} was not disabled.\n`);

    for (const email of [locked, disabled]) await app.signIn(email).expect(200);
  });

  it('that wrong passwords have stopped are let in by `unlock` with the secret of the application', async () => {
    await app.givenUser('stopped@example.com');
    for (let failures = 0; failures < 6; failures += 1) await app.signIn('stopped@example.com', 'not the one');
    await app.signIn('stopped@example.com').expect(429);

    const { code } = await latchkey(['users', 'unlock', 'stopped@example.com'], { env: { ...env, AUTH_SECRET: SECRET } });

    expect(code).toBe(0);
    await app.signIn('stopped@example.com').expect(200);
  });

  it('can be signed out everywhere, and may sign in again', async () => {
    const { user, accessToken } = await app.givenUser('out@example.com');
    await app.signIn('out@example.com').expect(200);

    const { out } = await users('revoke-sessions', 'out@example.com');
    expect(out).toBe('out@example.com is signed out: 2 sessions have ended.\n');
    expect(await statusWithin(1_100, 401, () => app.me(accessToken))).toBe(401);
    const [row] = await app.get(AuditLog).find({ userId: String(user.id), event: 'session.revoked', limit: 1 });
    expect(row!.data).toMatchObject({ reason: 'ended_by_administrator', count: 2 });

    await app.signIn('out@example.com').expect(200);
    expect((await users('revoke-sessions', 'out@example.com')).out).toMatch(/1 session has ended\.\n$/);
    expect((await users('revoke-sessions', 'out@example.com')).out).toBe('out@example.com had no live session.\n');
  });

  it.each(['show', 'lock', 'disable', 'enable', 'revoke-sessions'])('that do not exist are missed by `%s`', async (verb) => {
    const { code, out, err } = await users(verb, 'nobody@example.com');

    expect(err).toMatch(/^There is no account "nobody@example\.com": .*users list/);
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });
});

describe('accounts of a CommonJS application', () => {
  const app = ['--app', join(FIXTURES, 'app.module.cjs')];

  it('are refused a password by the rules of the application, in the same words', async () => {
    const { code, err } = await latchkey(['users', 'create', 'eve@example.com', ...app], { input: 'short' });

    expect(err).toMatch(/^No account was made for eve@example\.com\. password: .*\(password_too_short\)\.\n$/);
    expect(code).toBe(1);
  });

  it('can be locked and shown', async () => {
    expect((await latchkey(['users', 'lock', 'ada@example.com', ...app])).out).toMatch(/ is locked, /);
    expect((await latchkey(['users', 'show', 'ada@example.com', ...app])).out).toMatch(/^email +ada@example\.com$/m);
  });
});
