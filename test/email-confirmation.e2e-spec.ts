import { ForbiddenException, Injectable } from '@nestjs/common';
import {
  AccountsService,
  AuditLog,
  AuthConfigurationError,
  Clock,
  type SignUpPolicy,
  type SignUpRequest,
  UserRepository,
  UseSignUpPolicy,
} from 'nestjs-latchkey';
import { EmailConfirmationModule, EmailConfirmationService } from 'nestjs-latchkey/email-confirmation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, PRODUCTION, startAuthApp } from './auth-app.js';
import { mailTo, tokenFor } from './support/mailbox.js';

const OTHER_PASSWORD = 'another horse with a battery';

let app: AuthApp;
const confirm = (token: unknown) => app.http().post('/auth/email/confirm').send({ token });
const resend = (email: unknown) => app.http().post('/auth/email/resend').send({ email });
const invalid = { errorCode: 'auth.one_time_token_invalid' };

describe('optional confirmation', () => {
  beforeEach(async () => {
    app = await startAuthApp({ mailLimits: false, rooms: [EmailConfirmationModule.forRoot()] });
  });
  afterEach(() => app.close());

  it('lets in at once and confirms once', async () => {
    const ada = await app.givenUser('ada@example.com');
    expect(ada.user.emailConfirmed).toBe(false);
    const token = await tokenFor(app, 'ada@example.com');
    expect(await mailTo(app, 'ada@example.com')).toHaveLength(1);

    await confirm(token).expect(204);
    expect((await confirm(token).expect(400)).body).toMatchObject(invalid);
    const { body } = await app.me(ada.accessToken).expect(200);
    expect(body).toMatchObject({ user: { emailConfirmed: true } });
    await app.signIn('ada@example.com').expect(200);
    const rows = await app.get(AuditLog).find({ userId: String(ada.user.id), limit: 20 });
    expect(rows.map(({ event }) => event)).toContain('user.confirmed');
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('sends again, and only the newest link works', async () => {
    await app.givenUser('ada@example.com');
    const first = await tokenFor(app, 'ada@example.com');
    expect((await resend(' Ada@Example.com').expect(202)).body).toEqual({ status: 'sent' });
    const second = await tokenFor(app, 'ada@example.com');

    await confirm(first).expect(400);
    await confirm(second).expect(204);
    await resend('ada@example.com').expect(202);
    expect(await mailTo(app, 'ada@example.com')).toHaveLength(2);
  });

  it('answers the same for addresses that nobody has, and writes to nobody', async () => {
    expect((await resend('nobody@example.com').expect(202)).body).toEqual({ status: 'sent' });
    expect(await mailTo(app, 'nobody@example.com')).toHaveLength(0);
  });

  it('tells a taken address at sign-up', async () => {
    await app.givenUser('ada@example.com');
    expect((await app.signUp('ada@example.com').expect(409)).body).toMatchObject({ errorCode: 'auth.email_taken' });
  });

  it.each([
    ['missing', undefined],
    ['null', null],
    ['a number', 1],
    ['a list', ['a']],
    ['an object', { a: 1 }],
    ['empty', ''],
    ['long', 'x'.repeat(10_000)],
    ['unknown', `${'a'.repeat(22)}.${'b'.repeat(43)}`],
  ])('refuses a token that is %s, and the true one stays good', async (_, token) => {
    await app.givenUser('ada@example.com');
    const good = await tokenFor(app, 'ada@example.com');
    const { body } = await confirm(token).expect(400);
    expect(body.errorCode).toMatch(/^auth\.(one_time_token_invalid|validation_failed)$/);
    await confirm(`${good.slice(0, 23)}${'A'.repeat(43)}`).expect(400);
    await confirm(good).expect(204);
  });

  it.each([
    [['ada@example.com']],
    ['ada@example.com, eve@example.com'],
    ['ada@example.com\r\nBcc: eve@example.com'],
    ['ada＠example.com '],
  ])('refuses the address %j', async (email) => {
    await app.givenUser('ada@example.com');
    await mailTo(app, 'ada@example.com');
    app.mail.clear();
    await resend(email).expect(400);
    await app.deliverMail();
    expect(await mailTo(app, 'ada@example.com')).toHaveLength(0);
  });

  it('is not reached by a scanner that follows the link', async () => {
    await app.givenUser('ada@example.com');
    const token = await tokenFor(app, 'ada@example.com');
    for (let visit = 0; visit < 10; visit++) {
      const { text } = await app.http().get(`/auth/email/confirm?token=${token}`).expect(200);
      expect(text).toContain('Confirm your e-mail address');
      await app.http().head('/auth/email/confirm').expect(200);
    }
    await confirm(token).expect(204);
  });

  it('links to baseUrl whatever the headers say', async () => {
    await app.givenUser('ada@example.com');
    await resend('ada@example.com').set('Host', 'evil.example').set('X-Forwarded-Host', 'evil.example').expect(202);
    const [, mail] = await mailTo(app, 'ada@example.com');
    expect(mail!.text).toContain('http://localhost:3000/auth/email/confirm#');
    expect(mail!.text + mail!.html).not.toContain('evil.example');
  });

  it('lets one of 50 confirmations at once through', async () => {
    const ada = await app.givenUser('ada@example.com');
    const token = await tokenFor(app, 'ada@example.com');
    const answers = await Promise.all(Array.from({ length: 50 }, () => confirm(token)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 400]));
    const rows = await app.get(AuditLog).find({ userId: String(ada.user.id), event: 'user.confirmed', limit: 20 });
    expect(rows).toHaveLength(1);
  });
});

/** What a policy is asked: at the sign-up and again when the account is made. */
@Injectable()
@UseSignUpPolicy()
class Doorman implements SignUpPolicy {
  readonly asked: [string, boolean][] = [];

  beforeSignUp({ email, emailConfirmed }: SignUpRequest): void {
    this.asked.push([email, emailConfirmed]);
    if (email.endsWith('@blocked.example')) throw new ForbiddenException();
  }
}

describe('required confirmation', () => {
  let clock: SettableClock;
  beforeEach(async () => {
    clock = new SettableClock();
    app = await startAuthApp({
      mailLimits: false,
      rooms: [EmailConfirmationModule.forRoot({ required: true }), PasswordResetModule.forRoot(), MagicLinkModule.forRoot()],
      providers: [Doorman],
      overrides: [{ provide: Clock, useValue: clock }],
    });
  });
  afterEach(() => app.close());

  const given = async (email: string, password = PASSWORD): Promise<void> => {
    await app.signUp(email, password).expect(202);
    await confirm(await tokenFor(app, email)).expect(204);
  };

  it('makes the account when the address is proved', async () => {
    const { body } = await app.signUp('ada@example.com', PASSWORD, { name: 'Ada' }).expect(202);
    expect(body).toEqual({ status: 'confirmation_sent' });
    expect(await app.get(UserRepository).findByEmail('ada@example.com')).toBeNull();

    await confirm(await tokenFor(app, 'ada@example.com')).expect(204);
    const signedIn = await app.signIn('ada@example.com').expect(200);
    expect(signedIn.body).toMatchObject({ user: { email: 'ada@example.com', emailConfirmed: true, name: 'Ada' } });
    expect(app.get(Doorman).asked).toEqual([
      ['ada@example.com', false],
      ['ada@example.com', true],
    ]);
  });

  it('answers the same for a taken address, and tells its owner', async () => {
    await given('ada@example.com');
    app.mail.clear();
    const fresh = await app.signUp('new@example.com', OTHER_PASSWORD).expect(202);
    const taken = await app.signUp('ada@example.com', OTHER_PASSWORD).expect(202);
    const names = ({ headers }: { headers: Record<string, string> }) => Object.keys(headers).toSorted();

    expect(taken.body).toEqual(fresh.body);
    expect(names(taken)).toEqual(names(fresh));
    const [mail] = await mailTo(app, 'ada@example.com');
    expect(mail!.subject).toBe('You already have an account');
    expect(mail!.text).not.toContain('#');
    await app.signIn('ada@example.com', OTHER_PASSWORD).expect(401);
    await app.signIn('ada@example.com', PASSWORD).expect(200);
  });

  it('asks for the proof again when somebody who waits asks for a link', async () => {
    const ask = (email: string) => app.http().post('/auth/magic-link').send({ email });
    await app.signUp('ada@example.com').expect(202);
    await tokenFor(app, 'ada@example.com');
    app.mail.clear();
    expect((await ask('ada@example.com').expect(202)).body).toEqual((await ask('nobody@example.com').expect(202)).body);
    expect((await mailTo(app, 'ada@example.com')).map(({ subject }) => subject)).toEqual(['Confirm your e-mail address']);
    expect(await mailTo(app, 'nobody@example.com')).toHaveLength(0);
    const token = await tokenFor(app, 'ada@example.com');
    await app.http().post('/auth/magic-link/verify').send({ token }).expect(400);
    await confirm(token).expect(204);
  });

  it('asks for the proof again when somebody who waits has forgotten the password', async () => {
    const forgot = (email: string) => app.http().post('/auth/password/forgot').send({ email });
    await app.signUp('ada@example.com').expect(202);
    const first = await tokenFor(app, 'ada@example.com');
    app.mail.clear();
    expect((await forgot('ada@example.com').expect(202)).body).toEqual((await forgot('nobody@example.com').expect(202)).body);
    const [mail, ...more] = await mailTo(app, 'ada@example.com');
    expect([mail!.subject, more]).toEqual(['Confirm your e-mail address', []]);
    expect(await mailTo(app, 'nobody@example.com')).toHaveLength(0);

    // It confirms, and is no reset.
    const token = await tokenFor(app, 'ada@example.com');
    await app.http().post('/auth/password/reset').send({ token, password: OTHER_PASSWORD }).expect(400);
    await confirm(first).expect(400);
    await confirm(token).expect(204);
    app.mail.clear();
    await forgot('ada@example.com').expect(202);
    const reset = { token: await tokenFor(app, 'ada@example.com'), password: OTHER_PASSWORD };
    await app.http().post('/auth/password/reset').send(reset).expect(204);
    await app.signIn('ada@example.com', OTHER_PASSWORD).expect(200);
  });

  it('answers faults before anything else, and policies still refuse', async () => {
    await given('ada@example.com');
    for (const email of ['ada@example.com', 'new@example.com']) {
      expect((await app.signUp(email, 'short').expect(400)).body).toMatchObject({ errorCode: 'auth.password_too_short' });
      await app.signUp(email, PASSWORD, { plan: 'x' }).expect(400);
    }
    await app.signUp('eve@blocked.example').expect(403);
    expect(await mailTo(app, 'eve@blocked.example')).toHaveLength(0);
  });

  it('tells only the holder of the right password that confirmation is due, and sends the mail again', async () => {
    await app.signUp('ada@example.com').expect(202);
    const first = await tokenFor(app, 'ada@example.com');
    await app.signIn('ada@example.com', OTHER_PASSWORD).expect(401);
    expect((await app.signIn('ada@example.com').expect(403)).body).toMatchObject({ errorCode: 'auth.email_unconfirmed' });

    expect(await mailTo(app, 'ada@example.com')).toHaveLength(2);
    await confirm(first).expect(400);
    await confirm(await tokenFor(app, 'ada@example.com')).expect(204);
    await app.signIn('ada@example.com').expect(200);
  });

  it('counts no failure for the right password', async () => {
    await app.signUp('ada@example.com').expect(202);
    for (let attempt = 0; attempt < 7; attempt++) await app.signIn('ada@example.com').expect(403);
  });

  it('keeps sign-ups of one address apart: who confirms brings the password', async () => {
    await app.signUp('victim@example.com', 'password of the stranger', { name: 'Mallory' }).expect(202);
    const strangers = await tokenFor(app, 'victim@example.com');
    await app.signUp('victim@example.com', PASSWORD, { name: 'Victoria' }).expect(202);
    const own = await tokenFor(app, 'victim@example.com');

    await confirm(own).expect(204);
    await app.signIn('victim@example.com', 'password of the stranger').expect(401);
    const { body } = await app.signIn('victim@example.com').expect(200);
    expect(body).toMatchObject({ user: { name: 'Victoria' } });
    expect((await confirm(strangers).expect(400)).body).toMatchObject(invalid);
    await app.signIn('victim@example.com').expect(200);
  });

  it('keeps the older of two sign-ups when that is the one confirmed', async () => {
    await app.signUp('ada@example.com', PASSWORD).expect(202);
    const own = await tokenFor(app, 'ada@example.com');
    clock.advance(1);
    await app.signUp('ada@example.com', 'password of the stranger').expect(202);
    await app.deliverMail();

    await confirm(own).expect(204);
    await app.signIn('ada@example.com', 'password of the stranger').expect(401);
    await app.signIn('ada@example.com', PASSWORD).expect(200);
  });

  it('lets one of two sign-ups that are confirmed at once win', async () => {
    const tokens: string[] = [];
    for (let index = 0; index < 10; index++) {
      await app.signUp('ada@example.com', `${PASSWORD} ${index}`).expect(202);
      tokens.push(await tokenFor(app, 'ada@example.com'));
    }
    const answers = await Promise.all(tokens.map((token) => confirm(token)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    const winner = answers.findIndex(({ status }) => status === 204);
    await app.signIn('ada@example.com', `${PASSWORD} ${winner}`).expect(200);
  });

  it('sends the mail of the newest sign-up again', async () => {
    await app.signUp('ada@example.com').expect(202);
    const first = await tokenFor(app, 'ada@example.com');
    await resend('ada@example.com').expect(202);
    const second = await tokenFor(app, 'ada@example.com');

    expect(second).not.toBe(first);
    await confirm(first).expect(400);
    await confirm(second).expect(204);
  });

  it('forgets a sign-up that nobody confirms within a day', async () => {
    await app.signUp('ada@example.com').expect(202);
    const token = await tokenFor(app, 'ada@example.com');
    clock.advance('25h');
    await confirm(token).expect(400);
    await app.signIn('ada@example.com').expect(401);
  });

  it('holds back accounts that somebody else has made, until their address is proved; the confirmation keeps their password', async () => {
    await app.get(AccountsService).create({ email: 'staff@example.com', password: PASSWORD });
    const first = await tokenFor(app, 'staff@example.com');
    await app.signIn('staff@example.com', OTHER_PASSWORD).expect(401);
    expect((await app.signIn('staff@example.com').expect(403)).body).toMatchObject({ errorCode: 'auth.email_unconfirmed' });
    await expect.poll(() => mailTo(app, 'staff@example.com')).toHaveLength(2);
    await confirm(first).expect(400);

    await confirm(await tokenFor(app, 'staff@example.com')).expect(204);
    await app.signIn('staff@example.com').expect(200);
  });

  it('gives an account whose address nobody had proved to who signs up and proves it', async () => {
    await app.get(AccountsService).create({ email: 'old@example.com', password: 'password of the stranger' });
    await app.deliverMail();
    await app.signUp('old@example.com', PASSWORD).expect(202);
    await confirm(await tokenFor(app, 'old@example.com')).expect(204);

    await app.signIn('old@example.com', 'password of the stranger').expect(401);
    await app.signIn('old@example.com').expect(200);
  });

  it('works without HTTP, through the same checks', async () => {
    const accounts = app.get(AccountsService);
    const result = await accounts.signUp({ email: 'ada@example.com', password: PASSWORD, delivery: 'bearer' });
    expect(result).toEqual({ status: 'pending', answer: { status: 'confirmation_sent' } });
    const service = app.get(EmailConfirmationService);
    await expect(service.resend('nonsense')).rejects.toMatchObject({ errorCode: 'auth.validation_failed' });
    await service.confirm(await tokenFor(app, 'ada@example.com'));
    await app.signIn('ada@example.com').expect(200);
  });
});

describe('the module of e-mail confirmation', () => {
  it('takes options from a factory, under another prefix, with a page of the host', async () => {
    app = await startAuthApp({
      async: true,
      routePrefix: 'identity',
      rooms: [
        EmailConfirmationModule.forRootAsync({ useFactory: async () => ({ required: true, page: '/welcome', tokenTtl: '2h' }) }),
      ],
    });
    try {
      await app.http().post('/identity/signup').send({ email: 'ada@example.com', password: PASSWORD }).expect(202);
      const [mail] = await mailTo(app, 'ada@example.com');
      expect(mail!.text).toContain('http://localhost:3000/welcome#');
      expect(mail!.text).toContain('2 hours');
      await app.http().get('/identity/email/confirm').expect(404);
    } finally {
      await app.close();
    }
  });

  it('limits its mail without a word', async () => {
    app = await startAuthApp({ rooms: [EmailConfirmationModule.forRoot({ required: true })] });
    try {
      for (let time = 0; time < 4; time++) {
        const { body } = await app.signUp('much@example.com').expect(202);
        expect(body).toEqual({ status: 'confirmation_sent' });
      }
      expect(await mailTo(app, 'much@example.com')).toHaveLength(2);
    } finally {
      await app.close();
    }
  });

  it('lets no source ask for more than twenty mails a minute', async () => {
    app = await startAuthApp({ throttle: {}, rooms: [EmailConfirmationModule.forRoot()] });
    try {
      for (let time = 0; time < 20; time++) await resend(`nobody.${time}@example.com`).expect(202);
      const { body, headers } = await resend('nobody@example.com').expect(429);
      expect(body).toMatchObject({ errorCode: 'auth.too_many_attempts' });
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    } finally {
      await app.close();
    }
  });

  it('has no route to confirm anything where it is not imported', async () => {
    app = await startAuthApp();
    try {
      await app.http().post('/auth/email/confirm').send({ token: 'x' }).expect(404);
      await app.http().get('/auth/email/confirm').expect(404);
      await app.http().post('/auth/email/resend').send({ email: 'ada@example.com' }).expect(404);
    } finally {
      await app.close();
    }
  });

  it('refuses to start where no mail can be sent', async () => {
    const start = startAuthApp({
      ...PRODUCTION,
      rooms: [EmailConfirmationModule.forRoot()],
      recordMail: false,
      logger: false,
    });
    await expect(start).rejects.toThrow(AuthConfigurationError);
    await expect(start).rejects.toThrow(/EmailConfirmationModule sends mail/);
  });

  it('refuses options that it does not know', async () => {
    const start = startAuthApp({ rooms: [EmailConfirmationModule.forRoot({ require: true } as never)], logger: false });
    await expect(start).rejects.toThrow(/Did you mean required\?/);
  });
});
