import {
  AccountsService,
  AuthConfigurationError,
  AuthEvents,
  Clock,
  MailTransport,
  UnitOfWork,
  UserPasswordChangedEvent,
} from 'nestjs-latchkey';
import { type NoticesModuleOptions, NoticesModule } from 'nestjs-latchkey/notices';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { NoMail } from '../libs/auth/src/core/mail/no-mail.js';
import { type AuthApp, type AuthAppOptions, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { tokenFor } from './support/mailbox.js';

const NEW_PASSWORD = 'a brand new password of mine';
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0';
const NEWER_FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';

describe('a security notice', () => {
  const clock = new SettableClock();
  let app: AuthApp;

  const given = async (notices: NoticesModuleOptions = {}, options: AuthAppOptions = {}) => {
    app = await startAuthApp({
      rooms: [NoticesModule.forRoot(notices), PasswordResetModule.forRoot()],
      overrides: [{ provide: Clock, useValue: clock }],
      ...options,
    });
  };
  afterEach(() => app.close());

  const signUpOn = async (userAgent: string): Promise<Session> =>
    (await app.signUp('ada@example.com').set('User-Agent', userAgent).expect(201)).body as Session;
  const signInOn = (userAgent: string) => app.signIn('ada@example.com').set('User-Agent', userAgent).expect(200);
  const change = ({ accessToken }: Session, newPassword = NEW_PASSWORD) =>
    app
      .http()
      .post('/auth/password/change')
      .set('Authorization', `Bearer ${accessToken}`)
      .set('User-Agent', FIREFOX)
      .send({ currentPassword: PASSWORD, newPassword });
  const subjects = async (): Promise<string[]> => (await app.deliverMail()).sent.map(({ subject }) => subject);

  it('tells of a changed password, with time and device', async () => {
    await given();
    await change(await signUpOn(FIREFOX)).expect(200);

    expect(await subjects()).toEqual(['Your password was changed']);
    const { text } = app.mail.lastTo('ada@example.com');
    expect(text).toContain('Firefox on Windows');
    expect(text).toContain(`${new Date(clock.now()).toISOString().slice(0, 16).replace('T', ' ')} UTC`);
  });

  it('tells of a password that was reset', async () => {
    await given();
    await signUpOn(FIREFOX);
    await app.http().post('/auth/password/forgot').send({ email: 'ada@example.com' }).expect(202);
    const token = await tokenFor(app, 'ada@example.com');
    await app.http().post('/auth/password/reset').send({ token, password: NEW_PASSWORD }).expect(204);

    expect(await subjects()).toEqual(['Reset your password', 'Your password was changed']);
  });

  it('tells of a device that was not used before, and of no other', async () => {
    await given();
    await signUpOn(FIREFOX);
    await signInOn(FIREFOX);
    await signInOn(NEWER_FIREFOX);
    expect(await subjects()).toEqual([]);

    await signInOn(IPHONE);
    expect(await subjects()).toEqual(['New sign-in to your account']);
    expect(app.mail.lastTo('ada@example.com').text).toContain('iPhone');

    await signInOn(IPHONE);
    await signInOn(FIREFOX);
    expect(await subjects()).toHaveLength(1);
  });

  it('tells once of two sign-ins at the same time on a new device', async () => {
    await given();
    await signUpOn(FIREFOX);
    await Promise.all([signInOn(IPHONE), signInOn(IPHONE), signInOn(IPHONE)]);

    expect(await subjects()).toEqual(['New sign-in to your account']);
  });

  it('tells nobody of the first sign-in to an account that an administrator has made', async () => {
    await given();
    await app.get(AccountsService).create({ email: 'ada@example.com', password: PASSWORD });
    await signInOn(IPHONE);

    expect(await subjects()).toEqual([]);
  });

  it('tells of a lock, though nobody can sign in any more', async () => {
    await given();
    const { user } = await signUpOn(FIREFOX);
    await app.get(AccountsService).lock(String(user.id));

    expect(await subjects()).toEqual(['Your account was locked']);
  });

  it('tells of a refresh token that was used again', async () => {
    await given();
    const { refreshToken } = await signUpOn(FIREFOX);
    await app.refresh(refreshToken).expect(200);
    clock.advance(60_000);
    await app.refresh(refreshToken).expect(401);
    await app.refresh(refreshToken).expect(401);

    expect(await subjects()).toEqual(['A session of yours was ended']);
  });

  it('can be switched off, each by itself', async () => {
    await given({ passwordChanged: false, newDevice: false, locked: false, sessionReuse: false });
    const ada = await signUpOn(FIREFOX);
    await signInOn(IPHONE);
    await change(ada).expect(200);
    await app.get(AccountsService).lock(String(ada.user.id));

    expect(await subjects()).toEqual([]);
  });

  it('goes to the address of the moment it tells of', async () => {
    await given();
    const ada = await signUpOn(FIREFOX);
    await change(ada).expect(200);
    await app.get(AccountsService).delete(String(ada.user.id));

    expect((await app.deliverMail()).sent.map(({ to }) => to)).toEqual(['ada@example.com']);
  });

  it('is written with what it tells of, or not at all', async () => {
    await given();
    const { user } = await signUpOn(FIREFOX);
    const undone = app.get(UnitOfWork).run(async () => {
      await app.get(AuthEvents).record(new UserPasswordChangedEvent(clock.now(), { user: String(user.id) }, {}));
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');

    expect(await subjects()).toEqual([]);
  });

  it('has limits of its own', async () => {
    await given();
    const { user } = await signUpOn(FIREFOX);
    for (let index = 0; index < 7; index++) {
      await app.get(AuthEvents).record(new UserPasswordChangedEvent(clock.now(), { user: String(user.id) }, {}));
    }

    expect(await subjects()).toHaveLength(5);
  });

  it('has words that the application can change', async () => {
    await given({}, { mailWording: { 'notice.locked': { en: { subject: 'Locked at {app}' } } }, appName: 'Acme' });
    const { user } = await signUpOn(FIREFOX);
    await app.get(AccountsService).lock(String(user.id));

    expect(await subjects()).toEqual(['Locked at Acme']);
  });
});

describe('notices at the start', () => {
  it.each<[string, NoticesModuleOptions, AuthAppOptions, RegExp]>([
    ['an unknown option', { newDevise: true } as NoticesModuleOptions, {}, /Did you mean newDevice/],
    ['a value that is none', { locked: 'yes' as never }, {}, /locked: "yes" is not a boolean/],
    [
      'an application without mail',
      {},
      { overrides: [{ provide: MailTransport, useValue: new NoMail() }] },
      /mail: is not set, and NoticesModule sends mail/,
    ],
  ])('refuse %s', async (_, notices, options, message) => {
    const start = startAuthApp({ rooms: [NoticesModule.forRoot(notices)], logger: false, ...options });

    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.toBeInstanceOf(AuthConfigurationError);
  });
});
