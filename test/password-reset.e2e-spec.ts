import { createHash } from 'node:crypto';
import {
  AccountsService,
  AuditLog,
  AuthConfigurationError,
  Clock,
  MailTransport,
  OneTimeTokenRepository,
  OneTimeTokensService,
  RequestAuthenticator,
  UserRepository,
} from 'nestjs-latchkey';
import { PasswordResetModule, PasswordResetService } from 'nestjs-latchkey/password-reset';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NoMail } from '../libs/auth/src/core/mail/no-mail.js';
import { type AuthApp, PASSWORD, PRODUCTION, startAuthApp } from './auth-app.js';
import { mailTo, tokenFor } from './support/mailbox.js';

const NEW_PASSWORD = 'a brand new password of mine';
const INVALID = 'auth.one_time_token_invalid';

describe('a forgotten password', () => {
  const clock = new SettableClock();
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp({
      rooms: [PasswordResetModule.forRoot()],
      overrides: [{ provide: Clock, useValue: clock }],
      mailLimits: { perMinute: 50, perHour: 1000, perSource: 1000 },
    });
  });
  afterAll(() => app.close());

  const forgot = (email: unknown) => app.http().post('/auth/password/forgot').send({ email });
  const reset = (token: unknown, password: unknown = NEW_PASSWORD) =>
    app.http().post('/auth/password/reset').send({ token, password });
  const givenToken = async (email: string): Promise<string> => {
    await forgot(email).expect(202);
    return tokenFor(app, email);
  };

  it('is replaced through a mailed link, which signs nobody in', async () => {
    const ada = await app.givenUser('ada@example.com');

    const answer = await forgot('  ADA@Example.com ').expect(202);
    expect(answer.body).toEqual({ status: 'sent' });
    const [mail] = await mailTo(app, 'ada@example.com');
    expect(mail!.subject).toBe('Reset your password');
    expect(mail!.text).toContain('http://localhost:3000/auth/password/reset#');
    expect(mail!.text).toContain('60 minutes');

    const done = await reset(await tokenFor(app, 'ada@example.com')).expect(204);
    expect(done.headers['set-cookie']).toBeUndefined();
    expect(done.text).toBe('');
    await app.me(ada.accessToken).expect(401);
    await app.refresh(ada.refreshToken).expect(401);
    await app.signIn('ada@example.com', PASSWORD).expect(401);
    await app.signIn('ada@example.com', NEW_PASSWORD).expect(200);
  });

  it('takes a token once', async () => {
    await app.givenUser('once@example.com');
    const token = await givenToken('once@example.com');
    await reset(token).expect(204);

    expect((await reset(token, 'yet another password').expect(400)).body).toMatchObject({ errorCode: INVALID });
    await app.signIn('once@example.com', NEW_PASSWORD).expect(200);
  });

  it('takes only the newest token, and not for longer than an hour', async () => {
    await app.givenUser('newest@example.com');
    const first = await givenToken('newest@example.com');
    const second = await givenToken('newest@example.com');

    expect((await reset(first).expect(400)).body).toMatchObject({ errorCode: INVALID });
    clock.advance('60m');
    expect((await reset(second).expect(400)).body).toMatchObject({ errorCode: INVALID });
    await app.signIn('newest@example.com', PASSWORD).expect(200);
  });

  it('keeps the token when the new password is refused', async () => {
    await app.givenUser('weak@example.com');
    const token = await givenToken('weak@example.com');

    expect((await reset(token, 'short').expect(400)).body).toMatchObject({ errorCode: 'auth.password_too_short' });
    expect((await reset(token, 'x'.repeat(5000)).expect(400)).body).toMatchObject({ errorCode: 'auth.password_too_long' });
    await reset(token, undefined).expect(204);
  });

  it.each<[string, unknown, string]>([
    ['missing', undefined, 'auth.validation_failed'],
    ['null', null, 'auth.validation_failed'],
    ['a number', 7, 'auth.validation_failed'],
    ['a list', ['a'], 'auth.validation_failed'],
    ['an object', { $ne: '' }, 'auth.validation_failed'],
    ['10 kB', 'a'.repeat(10_000), 'auth.validation_failed'],
    ['no token', 'nonsense', INVALID],
    ['of the right form', `${'a'.repeat(22)}.${'b'.repeat(43)}`, INVALID],
  ])('refuses a token that is %s', async (_, token, errorCode) => {
    const body = { password: NEW_PASSWORD, ...(token === undefined ? {} : { token }) };

    expect((await app.http().post('/auth/password/reset').send(body).expect(400)).body).toMatchObject({ errorCode });
  });

  it('refuses a token of another purpose or with another secret, and burns neither', async () => {
    await app.givenUser('purpose@example.com');
    const user = (await app.get(UserRepository).findByEmail('purpose@example.com'))!;
    const tokens = app.get(OneTimeTokensService);
    const other = await tokens.issue({ purpose: 'magic-link', user, ttl: 60_000 });
    const token = await givenToken('purpose@example.com');
    const [selector] = token.split('.') as [string];

    await reset(other).expect(400);
    await reset(`${selector}.${'x'.repeat(43)}`).expect(400);
    expect((await tokens.inspect('magic-link', other)).user?.email).toBe('purpose@example.com');
    await reset(token).expect(204);
  });

  it('keeps no token that works: what the database holds is refused', async () => {
    await app.givenUser('stored@example.com');
    const token = await givenToken('stored@example.com');
    const [selector, secret] = token.split('.') as [string, string];
    const stored = (await app.get(OneTimeTokenRepository).find(selector))!;

    expect(JSON.stringify(stored)).not.toContain(secret);
    await reset(`${selector}.${stored.secretHash}`).expect(400);
    await reset(token).expect(204);
  });

  it('kills every other outstanding token, and is killed by a change of password', async () => {
    const session = await app.givenUser('tokens@example.com');
    const user = (await app.get(UserRepository).findByEmail('tokens@example.com'))!;
    const tokens = app.get(OneTimeTokensService);
    const other = await tokens.issue({ purpose: 'magic-link', user, ttl: 60_000 });
    await reset(await givenToken('tokens@example.com')).expect(204);
    await expect(tokens.inspect('magic-link', other)).rejects.toMatchObject({ errorCode: INVALID });

    const { body } = await app.signIn('tokens@example.com', NEW_PASSWORD).expect(200);
    const token = await givenToken('tokens@example.com');
    await app
      .http()
      .post('/auth/password/change')
      .set('Authorization', `Bearer ${(body as typeof session).accessToken}`)
      .send({ currentPassword: NEW_PASSWORD, newPassword: PASSWORD })
      .expect(200);
    await reset(token).expect(400);
  });

  it('is told to nobody but the account: strangers, disabled and locked accounts get the same answer and no mail', async () => {
    const known = await app.givenUser('known@example.com');
    for (const name of ['disabled', 'locked'] as const) {
      const { user } = await app.givenUser(`${name}@example.com`);
      const accounts = app.get(AccountsService);
      await (name === 'disabled' ? accounts.disable(String(user.id)) : accounts.lock(String(user.id)));
    }
    expect(known.user.email).toBe('known@example.com');
    const names = ['known', 'nobody', 'disabled', 'locked'];
    const answers = await Promise.all(names.map(async (name) => forgot(`${name}@example.com`).expect(202)));

    const headersOf = ({ headers }: (typeof answers)[number]) => {
      const { date: _, ...rest } = headers as Record<string, string>;
      return rest;
    };
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    for (const answer of answers) expect(headersOf(answer)).toEqual(headersOf(answers[0]!));
    expect(await mailTo(app, 'known@example.com')).toHaveLength(1);
    for (const name of ['nobody', 'disabled', 'locked']) expect(await mailTo(app, `${name}@example.com`)).toEqual([]);
  });

  it.each([
    ['a list', ['a@example.com', 'b@example.com']],
    ['two in one', 'a@example.com, b@example.com'],
    ['a line break', 'a@example.com\r\nBcc: b@example.com'],
    ['a look-alike @', 'a\uff20example.com'],
    ['a name', 'Ada <ada@example.com>'],
    ['no address', 'ada'],
    ['null', null],
    ['nothing', ''],
  ])('is not looked for with %s', async (_, email) => {
    expect((await forgot(email).expect(400)).body).toMatchObject({ errorCode: 'auth.validation_failed' });
  });

  it('has a link that no header of the request can bend', async () => {
    await app.givenUser('host@example.com');
    await forgot('host@example.com')
      .set('Host', 'evil.example')
      .set('X-Forwarded-Host', 'evil.example')
      .set('Forwarded', 'host=evil.example')
      .expect(202);

    const [mail] = await mailTo(app, 'host@example.com');
    expect(mail!.text + mail!.html).not.toContain('evil.example');
  });

  it('forgets the failures of guessing, so that the owner gets in', async () => {
    await app.givenUser('guessed@example.com');
    for (let guess = 0; guess < 5; guess++) await app.signIn('guessed@example.com', `wrong guess ${guess}`).expect(401);
    await app.signIn('guessed@example.com', PASSWORD).expect(429);

    await reset(await givenToken('guessed@example.com')).expect(204);
    await app.signIn('guessed@example.com', NEW_PASSWORD).expect(200);
  });

  it('proves the address: what a stranger set up under it is gone', async () => {
    const stranger = await app.givenUser('victim@example.com', 'password of the stranger');
    expect(stranger.user.emailConfirmed).toBe(false);

    await reset(await givenToken('victim@example.com')).expect(204);
    await app.me(stranger.accessToken).expect(401);
    await app.signIn('victim@example.com', 'password of the stranger').expect(401);
    const { body } = await app.signIn('victim@example.com', NEW_PASSWORD).expect(200);
    expect(body).toMatchObject({ user: { emailConfirmed: true } });
  });

  it('is an event and a row of the audit log', async () => {
    const { user } = await app.givenUser('audit@example.com');
    await reset(await givenToken('audit@example.com')).expect(204);

    const rows = await app.get(AuditLog).find({ userId: String(user.id), limit: 50 });
    expect(rows.map(({ event }) => event)).toEqual(expect.arrayContaining(['user.passwordReset', 'session.revoked']));
    expect(JSON.stringify(rows)).not.toContain(NEW_PASSWORD);
  });

  it('works without HTTP, through the same checks', async () => {
    const { accessToken } = await app.givenUser('service@example.com');
    const service = app.get(PasswordResetService);
    await expect(service.request('nonsense')).rejects.toMatchObject({ errorCode: 'auth.validation_failed' });
    await service.request('service@example.com');
    const token = await tokenFor(app, 'service@example.com');

    await expect(service.reset({ token, password: 'short' })).rejects.toMatchObject({ errorCode: 'auth.password_too_short' });
    await service.reset({ token, password: NEW_PASSWORD });
    await expect((async () => app.get(RequestAuthenticator).byAccessToken(accessToken))()).rejects.toMatchObject({
      errorCode: 'auth.session_revoked',
    });
  });

  it('is not reached by a scanner that follows the link', async () => {
    await app.givenUser('scanned@example.com');
    const token = await givenToken('scanned@example.com');
    for (let visit = 0; visit < 10; visit++) {
      await app.http().get(`/auth/password/reset?token=${token}`).expect(200);
      await app.http().head('/auth/password/reset').expect(200);
    }

    await reset(token).expect(204);
  });

  it('has a page that runs no script but its own', async () => {
    const { headers, text } = await app.http().get('/auth/password/reset').expect(200);
    const script = /<script>([\s\S]*?)<\/script>/.exec(text)![1]!;
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)![1]!;
    const sha256 = (source: string) => `'sha256-${createHash('sha256').update(source).digest('base64')}'`;

    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain(`script-src ${sha256(script)};`);
    expect(headers['content-security-policy']).toContain(`style-src ${sha256(style)};`);
    expect(text).not.toMatch(/https?:\/\//);
  });
});

describe('mail to reset a password', () => {
  it('is limited for each recipient, known or not, and the answer does not tell', async () => {
    const app = await startAuthApp({ rooms: [PasswordResetModule.forRoot()] });
    try {
      await app.givenUser('much@example.com');
      for (const email of ['much@example.com', 'nobody@example.com']) {
        for (let time = 0; time < 4; time++) {
          const { body } = await app.http().post('/auth/password/forgot').send({ email }).expect(202);
          expect(body).toEqual({ status: 'sent' });
        }
      }
      expect(await mailTo(app, 'much@example.com')).toHaveLength(2);
    } finally {
      await app.close();
    }
  });
});

describe('the module of password reset', () => {
  it('takes options from a factory, under another prefix, with a page of the host', async () => {
    const app = await startAuthApp({
      async: true,
      routePrefix: 'identity',
      appName: 'Acme <b>',
      rooms: [PasswordResetModule.forRootAsync({ useFactory: async () => ({ page: '/reset', tokenTtl: '5m' }) })],
    });
    try {
      await app.http().post('/identity/signup').send({ email: 'ada@example.com', password: PASSWORD }).expect(201);
      await app.http().post('/identity/password/forgot').send({ email: 'ada@example.com' }).expect(202);
      const [mail] = await mailTo(app, 'ada@example.com');

      expect(mail!.text).toContain('http://localhost:3000/reset#');
      expect(mail!.text).toContain('5 minutes');
      expect(mail!.html).toContain('Acme &lt;b&gt;');
      expect((await app.http().get('/identity/password/reset').expect(404)).body).toMatchObject({
        errorCode: 'auth.not_found',
      });
    } finally {
      await app.close();
    }
  });

  it('refuses to start where no mail can be sent', async () => {
    const start = startAuthApp({
      ...PRODUCTION,
      rooms: [PasswordResetModule.forRoot()],
      overrides: [{ provide: MailTransport, useValue: new NoMail() }],
      logger: false,
    });

    await expect(start).rejects.toThrow(AuthConfigurationError);
    await expect(start).rejects.toThrow(/mail: is not set, and PasswordResetModule sends mail/);
  });

  it('refuses options that it does not know', async () => {
    const start = startAuthApp({ rooms: [PasswordResetModule.forRoot({ tokenTTL: '5m' } as never)], logger: false });

    await expect(start).rejects.toThrow(/Did you mean tokenTtl\?/);
  });
});
