import { AuditLog, OneTimeTokenRepository, PasswordHasher, SignInService, UserRepository } from 'nestjs-latchkey';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { cookieOf } from './support/cookies.js';

const NEW_PASSWORD = 'a wholly different sentence';
const ORIGIN = 'http://localhost:3000';

describe('changing the password', () => {
  let app: AuthApp;
  let ada: Session;
  beforeEach(async () => {
    app = await startAuthApp();
    ada = await app.givenUser('ada@example.com');
  });
  afterEach(() => app.close());

  const change = (accessToken: string, currentPassword = PASSWORD, newPassword = NEW_PASSWORD) =>
    app.http().post('/auth/password/change').set('Authorization', `Bearer ${accessToken}`).send({ currentPassword, newPassword });

  it('makes the new one count and the old one not', async () => {
    await change(ada.accessToken).expect(200);

    await app.signIn('ada@example.com', PASSWORD).expect(401);
    await app.signIn('ada@example.com', NEW_PASSWORD).expect(200);
  });

  it('renews this session and kills its old tokens', async () => {
    const before = (await app.me(ada.accessToken)).body.session;
    const { body } = await change(ada.accessToken).expect(200);

    expect(body).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
    });
    expect((await app.me(body.accessToken).expect(200)).body.session.id).toBe(before.id);
    expect((await app.me(ada.accessToken).expect(401)).body.errorCode).toBe('auth.session_revoked');
    expect((await app.refresh(ada.refreshToken).expect(401)).body.errorCode).toBe('auth.refresh_invalid');
    const refreshed = await app.refresh(body.refreshToken).expect(200);
    await app.http().post('/auth/signout').set('Authorization', `Bearer ${ada.accessToken}`).expect(204);
    await app.me(refreshed.body.accessToken).expect(200);
  });

  it('ends all other sessions, by token and by cookie', async () => {
    const phone = (await app.signIn('ada@example.com')).body as Session;
    const cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }));
    await app.http().get('/auth/me').set('Cookie', cookie).expect(200);
    const { body } = await change(ada.accessToken).expect(200);

    await app.me(phone.accessToken).expect(401);
    await app.refresh(phone.refreshToken).expect(401);
    expect((await app.http().get('/auth/me').set('Cookie', cookie).expect(401)).body.errorCode).toBe('auth.session_revoked');
    const list = await app.http().get('/auth/sessions').set('Authorization', `Bearer ${body.accessToken}`).expect(200);
    expect(list.body.sessions).toEqual([expect.objectContaining({ current: true })]);
  });

  it('renews the cookie of this session, and the old one is dead', async () => {
    const cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }));
    const answer = await app
      .http()
      .post('/auth/password/change')
      .set({ Cookie: cookie, Origin: ORIGIN })
      .send({ currentPassword: PASSWORD, newPassword: NEW_PASSWORD })
      .expect(200);

    expect(answer.body).toEqual({});
    const renewed = cookieOf(answer);
    expect(renewed).not.toBe(cookie);
    await app.http().get('/auth/me').set('Cookie', renewed).expect(200);
    expect((await app.http().get('/auth/me').set('Cookie', cookie).expect(401)).body.errorCode).toBe('auth.token_invalid');
    await app.me(ada.accessToken).expect(401);
  });

  it('makes outstanding one-time tokens worthless', async () => {
    const tokens = app.get(OneTimeTokenRepository);
    const userId = String(ada.user.id);
    await tokens.replace({
      selector: 's'.repeat(22),
      secretHash: 'h'.repeat(43),
      purpose: 'password-reset',
      subject: userId,
      groupKey: null,
      userId,
      emailVersion: 0,
      payload: null,
      createdAt: Date.now(),
      expiresAt: Date.now() + 3_600_000,
    });
    await change(ada.accessToken).expect(200);

    expect(await tokens.find('s'.repeat(22))).toBeNull();
  });

  it('needs the current password, and says so without ending the session', async () => {
    const { body } = await change(ada.accessToken, 'not her password').expect(403);

    expect(body).toMatchObject({ errorCode: 'auth.password_incorrect', details: [{ field: 'currentPassword' }] });
    await app.me(ada.accessToken).expect(200);
    await app.signIn('ada@example.com', PASSWORD).expect(200);
  });

  it('judges the new password as a sign-up would', async () => {
    const { body } = await change(ada.accessToken, PASSWORD, 'short').expect(400);
    expect(body).toMatchObject({ errorCode: 'auth.password_too_short', details: [{ field: 'newPassword' }] });
    expect((await change(ada.accessToken, PASSWORD, 'x'.repeat(2000)).expect(400)).body).toMatchObject({
      errorCode: 'auth.password_too_long',
      details: [{ field: 'newPassword' }],
    });
    expect((await change(ada.accessToken, 'x'.repeat(2000)).expect(400)).body).toMatchObject({
      errorCode: 'auth.validation_failed',
      details: [{ field: 'currentPassword' }],
    });
    await app.signIn('ada@example.com', PASSWORD).expect(200);
  });

  it('lets one of several changes at once win', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, index) => change(ada.accessToken, PASSWORD, `${NEW_PASSWORD} ${index}`)),
    );

    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    await app.signIn('ada@example.com', `${NEW_PASSWORD} ${statuses.indexOf(200)}`).expect(200);
  });

  it('leaves a row in the audit log', async () => {
    await app.signIn('ada@example.com').expect(200);
    await change(ada.accessToken).expect(200);

    const rows = await app.get(AuditLog).find({ userId: String(ada.user.id), limit: 2 });
    expect(rows.map(({ event }) => event).sort()).toEqual(['session.revoked', 'user.passwordChanged']);
  });
});

describe('a password', () => {
  let app: AuthApp;
  beforeEach(async () => {
    app = await startAuthApp({ lockout: false });
  });
  afterEach(() => app.close());

  it('counts to its last character, in its own case, with its spaces', async () => {
    const password = ` ${'Abcdefgh '.repeat(13)}the end `;
    await app.givenUser('ada@example.com', password);

    await app.signIn('ada@example.com', password).expect(200);
    for (const other of [
      password.slice(0, 72),
      `${password.slice(0, -1)}!`,
      password.toLowerCase(),
      password.trim(),
      `${password}x`,
    ]) {
      await app.signIn('ada@example.com', other).expect(401);
    }
  });

  it('is the same however a keyboard composes its letters', async () => {
    const composed = 'caf\u00e9 \ufb01ne \u2460';
    const decomposed = 'cafe\u0301 fine 1';
    await app.givenUser('ada@example.com', composed);
    await app.givenUser('bob@example.com', decomposed);

    await app.signIn('ada@example.com', decomposed).expect(200);
    await app.signIn('bob@example.com', composed).expect(200);
  });

  it('is hashed anew at sign-in when today’s parameters are stronger, and the sign-in does not depend on it', async () => {
    const users = app.get(UserRepository);
    const hasher = app.get(PasswordHasher);
    await app.givenUser('ada@example.com');
    const { passwordHash: old } = (await users.findByEmailWithPassword('ada@example.com'))!;
    const signIn = () => app.get(SignInService).signIn({ email: 'ada@example.com', password: PASSWORD, delivery: 'bearer' });

    hasher.needsRehash = () => true;
    const hash = hasher.hash.bind(hasher);
    hasher.hash = () => Promise.reject(new Error('no time for this'));
    await expect(signIn()).resolves.toMatchObject({ status: 'signed_in' });
    expect((await users.findByEmailWithPassword('ada@example.com'))!.passwordHash).toBe(old);

    hasher.hash = hash;
    await signIn();
    expect((await users.findByEmailWithPassword('ada@example.com'))!.passwordHash).not.toBe(old);
    await app.signIn('ada@example.com').expect(200);
  });
});
