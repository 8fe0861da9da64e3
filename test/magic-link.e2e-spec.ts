import {
  AccountsService,
  AuditLog,
  AuthConfigurationError,
  Clock,
  ForbiddenAccessException,
  MailTransport,
  type SignInAttempt,
  type SignInPolicy,
  UserRepository,
  UseSignInPolicy,
} from 'nestjs-latchkey';
import { MagicLinkModule, MagicLinkService } from 'nestjs-latchkey/magic-link';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NoMail } from '../libs/auth/src/core/mail/no-mail.js';
import { type AuthApp, PASSWORD, startAuthApp } from './auth-app.js';
import { mailTo, tokenFor } from './support/mailbox.js';

const INVALID = 'auth.one_time_token_invalid';
const GENEROUS = { perMinute: 50, perHour: 1000, perSource: 1000 };

@UseSignInPolicy()
class OnlyOnWorkdays implements SignInPolicy {
  closed = false;

  beforeSession({ method }: SignInAttempt): void {
    if (this.closed && method === 'magic_link') throw new ForbiddenAccessException();
  }
}

describe('a magic link', () => {
  const clock = new SettableClock();
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp({
      rooms: [MagicLinkModule.forRoot()],
      providers: [OnlyOnWorkdays],
      overrides: [{ provide: Clock, useValue: clock }],
      mailLimits: GENEROUS,
    });
  });
  afterAll(() => app.close());

  const ask = (email: unknown) => app.http().post('/auth/magic-link').send({ email });
  const verify = (token: unknown, more: object = {}) =>
    app
      .http()
      .post('/auth/magic-link/verify')
      .send({ token, ...more });
  const givenToken = async (email: string): Promise<string> => {
    await ask(email).expect(202);
    return tokenFor(app, email);
  };

  it('signs in whoever reads the mail', async () => {
    await app.givenUser('ada@example.com');
    expect((await ask(' Ada@Example.com').expect(202)).body).toEqual({ status: 'sent' });
    const [mail] = await mailTo(app, 'ada@example.com');
    expect(mail!.text).toContain('http://localhost:3000/auth/magic-link/verify#');
    expect(mail!.text).toContain('15 minutes');

    const { body } = await verify(await tokenFor(app, 'ada@example.com')).expect(200);
    expect(body).toMatchObject({ user: { email: 'ada@example.com', emailConfirmed: true, roles: [] }, tokenType: 'Bearer' });
    const me = await app.me((body as { accessToken: string }).accessToken).expect(200);
    expect(me.body).toMatchObject({ session: { amr: ['otp'] } });
    expect(JSON.stringify(body)).not.toContain('assword');
  });

  it('hands a session in a cookie to who asks for it, and to no foreign page', async () => {
    await app.givenUser('cookie@example.com');
    const token = await givenToken('cookie@example.com');
    await verify(token, { delivery: 'cookie' }).set('Origin', 'https://evil.example').expect(403);

    const answer = await verify(token, { delivery: 'cookie', remember: true }).set('Origin', 'http://localhost:3000').expect(200);
    expect(answer.body).not.toHaveProperty('accessToken');
    expect(answer.headers['set-cookie']![0]).toMatch(/^latchkey=.*HttpOnly.*Max-Age=/);
  });

  it('works once, the newest only, and for a quarter of an hour', async () => {
    await app.givenUser('once@example.com');
    const first = await givenToken('once@example.com');
    const second = await givenToken('once@example.com');
    expect((await verify(first).expect(400)).body).toMatchObject({ errorCode: INVALID });
    await verify(second).expect(200);
    expect((await verify(second).expect(400)).body).toMatchObject({ errorCode: INVALID });

    const third = await givenToken('once@example.com');
    clock.advance('15m');
    expect((await verify(third).expect(400)).body).toMatchObject({ errorCode: INVALID });
  });

  it('makes no account, and tells nobody who has one', async () => {
    const { user } = await app.givenUser('off@example.com');
    await app.get(AccountsService).disable(String(user.id));
    await app.givenUser('on@example.com');
    const names = ['on', 'off', 'nobody'];
    const answers = await Promise.all(names.map(async (name) => ask(`${name}@example.com`).expect(202)));

    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['{"status":"sent"}']));
    expect(await mailTo(app, 'on@example.com')).toHaveLength(1);
    for (const name of ['off', 'nobody']) expect(await mailTo(app, `${name}@example.com`)).toEqual([]);
    expect(await app.get(UserRepository).findByEmail('nobody@example.com')).toBeNull();
  });

  it('does not outlive its account', async () => {
    const { user } = await app.givenUser('gone@example.com');
    const token = await givenToken('gone@example.com');
    await app.get(AccountsService).lock(String(user.id));
    expect((await verify(token).expect(400)).body).toMatchObject({ errorCode: INVALID });
    await app.get(AccountsService).delete(String(user.id));
    expect((await verify(token).expect(400)).body).toMatchObject({ errorCode: INVALID });
  });

  it('goes through the policies, and what they refuse burns nothing', async () => {
    await app.givenUser('vetoed@example.com');
    const token = await givenToken('vetoed@example.com');
    const policy = app.get(OnlyOnWorkdays);
    policy.closed = true;
    expect((await verify(token).expect(403)).body).toMatchObject({ errorCode: 'auth.forbidden' });
    policy.closed = false;
    await verify(token).expect(200);
  });

  it('proves the address: what a stranger set up under it is gone', async () => {
    const stranger = await app.givenUser('victim@example.com', 'password of the stranger');
    const { body } = await verify(await givenToken('victim@example.com')).expect(200);

    await app.me(stranger.accessToken).expect(401);
    await app.refresh(stranger.refreshToken).expect(401);
    await app.signIn('victim@example.com', 'password of the stranger').expect(401);
    await app.me((body as { accessToken: string }).accessToken).expect(200);
  });

  it('leaves the password of who had proved the address', async () => {
    const session = await app.givenUser('proved@example.com');
    await app.get(UserRepository).confirmEmail(String(session.user.id), 1, new Date(clock.now()));
    await verify(await givenToken('proved@example.com')).expect(200);

    await app.me(session.accessToken).expect(200);
    await app.signIn('proved@example.com', PASSWORD).expect(200);
  });

  it.each<[string, unknown, string]>([
    ['missing', undefined, 'auth.validation_failed'],
    ['null', null, 'auth.validation_failed'],
    ['a number', 7, 'auth.validation_failed'],
    ['a list', ['a'], 'auth.validation_failed'],
    ['10 kB', 'a'.repeat(10_000), 'auth.validation_failed'],
    ['no token', 'nonsense', INVALID],
  ])('refuses a token that is %s', async (_, token, errorCode) => {
    expect((await verify(token).expect(400)).body).toMatchObject({ errorCode });
  });

  it.each([['a@example.com\nBcc: b@example.com'], ['a@example.com,b@example.com'], [['a@example.com']], ['ada'], [null]])(
    'is not sent to %j',
    async (email) => {
      expect((await ask(email).expect(400)).body).toMatchObject({ errorCode: 'auth.validation_failed' });
    },
  );

  it('is not used up by a scanner', async () => {
    await app.givenUser('scanned@example.com');
    const token = await givenToken('scanned@example.com');
    for (let visit = 0; visit < 10; visit++) {
      await app.http().get('/auth/magic-link/verify').expect(200).expect('content-type', 'text/html; charset=utf-8');
      await app.http().head('/auth/magic-link/verify').expect(200);
    }
    await verify(token).expect(200);
  });

  it('is a sign-in in the audit log', async () => {
    const { user } = await app.givenUser('audit@example.com');
    await verify(await givenToken('audit@example.com')).expect(200);

    const rows = await app.get(AuditLog).find({ userId: String(user.id), event: 'signIn.succeeded', limit: 10 });
    expect(rows[0]!.data).toEqual({ method: 'magic_link' });
  });

  it('works without HTTP', async () => {
    await app.givenUser('service@example.com');
    const service = app.get(MagicLinkService);
    await service.request('service@example.com');
    const result = await service.verify({ token: await tokenFor(app, 'service@example.com'), delivery: 'bearer' });

    expect(result).toMatchObject({ status: 'signed_in', user: { email: 'service@example.com' } });
  });
});

describe('a magic link that may sign up', () => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp({
      async: true,
      rooms: [MagicLinkModule.forRootAsync({ useFactory: async () => ({ signUp: true, page: '/welcome' }) })],
      mailLimits: GENEROUS,
    });
  });
  afterAll(() => app.close());

  const ask = (email: string) => app.http().post('/auth/magic-link').send({ email }).expect(202);
  const verify = (token: string) => app.http().post('/auth/magic-link/verify').send({ token });

  it('makes the account when it is followed, without a password and with the address confirmed', async () => {
    await ask('new@example.com');
    expect(await app.get(UserRepository).findByEmail('new@example.com')).toBeNull();
    const [mail] = await mailTo(app, 'new@example.com');
    expect(mail!.text).toContain('http://localhost:3000/welcome#');

    const { body } = await verify(await tokenFor(app, 'new@example.com')).expect(200);
    expect(body).toMatchObject({ user: { email: 'new@example.com', emailConfirmed: true, name: null } });
    expect((await app.get(UserRepository).findByEmailWithPassword('new@example.com'))!.passwordHash).toBeNull();
    await app.signIn('new@example.com', PASSWORD).expect(401);
    await app.http().get('/auth/magic-link/verify').expect(404);
  });

  it('takes only the newest of an address that has no account', async () => {
    await ask('twice@example.com');
    const first = await tokenFor(app, 'twice@example.com');
    await ask('twice@example.com');
    const second = await tokenFor(app, 'twice@example.com');
    await verify(first).expect(400);
    await verify(second).expect(200);
  });

  it('takes over what somebody signed up meanwhile under the address', async () => {
    await ask('raced@example.com');
    const stranger = await app.givenUser('raced@example.com', 'password of the stranger');
    const { body } = await verify(await tokenFor(app, 'raced@example.com')).expect(200);

    expect(body).toMatchObject({ user: { id: stranger.user.id, emailConfirmed: true } });
    await app.me(stranger.accessToken).expect(401);
    await app.signIn('raced@example.com', 'password of the stranger').expect(401);
  });
});

describe('the module of magic links', () => {
  it('makes no account where sign-up is closed', async () => {
    const app = await startAuthApp({ signUp: 'closed', rooms: [MagicLinkModule.forRoot({ signUp: true })] });
    try {
      await app.http().post('/auth/magic-link').send({ email: 'new@example.com' }).expect(202);
      expect(await mailTo(app, 'new@example.com')).toEqual([]);
    } finally {
      await app.close();
    }
  });

  it('refuses to start where no mail can be sent', async () => {
    const start = startAuthApp({
      rooms: [MagicLinkModule.forRoot()],
      overrides: [{ provide: MailTransport, useValue: new NoMail() }],
      logger: false,
    });

    await expect(start).rejects.toThrow(AuthConfigurationError);
    await expect(start).rejects.toThrow(/MagicLinkModule sends mail/);
  });
});
