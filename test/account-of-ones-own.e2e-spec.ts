import { AuditLog, Clock, UserRepository } from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { setCookiesOf } from './support/cookies.js';

describe('a user', () => {
  let app: AuthApp;
  let clock: SettableClock;
  let ada: Session;
  beforeEach(async () => {
    clock = new SettableClock();
    app = await startAuthApp({ overrides: [{ provide: Clock, useValue: clock }] });
    ada = await app.givenUser('ada@example.com');
  });
  afterEach(() => app.close());

  const bearer = ({ accessToken }: Session) => ({ Authorization: `Bearer ${accessToken}` });
  const patch = (body: object) => app.http().patch('/auth/me').set(bearer(ada)).send(body);
  const remove = (body?: object, session = ada) => app.http().delete('/auth/me').set(bearer(session)).send(body);

  it('sees the account and the session, and nothing of either that is secret', async () => {
    const { body } = await app.me(ada.accessToken).expect(200);

    expect(body).toEqual({
      user: ada.user,
      session: {
        id: expect.stringMatching(/^[\w-]{22}$/),
        createdAt: new Date(clock.now()).toISOString(),
        lastSeenAt: new Date(clock.now()).toISOString(),
        amr: ['pwd'],
        authTime: new Date(clock.now()).toISOString(),
      },
    });
  });

  it('changes the profile', async () => {
    const { body } = await patch({ name: 'Countess of Lovelace' }).expect(200);

    expect(body).toEqual({ user: { ...ada.user, name: 'Countess of Lovelace' } });
    expect((await patch({}).expect(200)).body.user.name).toBe('Countess of Lovelace');
    expect((await patch({ name: null }).expect(200)).body.user.name).toBeNull();
    expect((await app.me(ada.accessToken)).body.user).toEqual(ada.user);
  });

  it.each([
    'id',
    'userId',
    'email',
    'password',
    'roles',
    'isAdmin',
    'emailConfirmed',
    'emailConfirmedAt',
    'emailVerified',
    'credentialsVersion',
    'disabledAt',
    'createdAt',
    'delivery',
    'constructor',
    'toString',
  ])('can not change %s by way of the profile', async (field) => {
    const { body } = await patch({ name: 'Mallory', [field]: 'x' }).expect(400);

    expect(body.details).toEqual([expect.objectContaining({ field, code: 'unknown_field' })]);
    expect((await app.me(ada.accessToken)).body.user).toEqual(ada.user);
  });

  it('deletes the account while the session is recent, and every session with it', async () => {
    const phone = (await app.signIn('ada@example.com')).body as Session;
    const answer = await remove().expect(204);
    expect(setCookiesOf(answer)).toEqual([]);

    for (const session of [ada, phone]) {
      expect((await app.me(session.accessToken).expect(401)).body.errorCode).toBe('auth.session_revoked');
      expect((await app.refresh(session.refreshToken).expect(401)).body.errorCode).toBe('auth.refresh_invalid');
    }
    await app.signIn('ada@example.com').expect(401);
    expect(await app.get(UserRepository).findByEmail('ada@example.com')).toBeNull();
    expect((await app.givenUser('ada@example.com')).user.id).not.toBe(ada.user.id);
  });

  it('must prove who they are to delete the account once the session is not recent', async () => {
    clock.advance('11m');
    expect((await remove().expect(403)).body.errorCode).toBe('auth.recent_auth_required');
    expect((await remove({ password: 'not her password' }).expect(403)).body).toMatchObject({
      errorCode: 'auth.password_incorrect',
      details: [{ field: 'password' }],
    });
    await app.me(ada.accessToken).expect(200);

    await remove({ password: PASSWORD }).expect(204);
    await app.me(ada.accessToken).expect(401);
  });

  it('does not delete the account with a wrong password, however recent the session is', async () => {
    await remove({ password: 'not her password' }).expect(403);

    await app.me(ada.accessToken).expect(200);
  });

  it('is delayed after five wrong passwords over all routes that take one', async () => {
    const wrong = 'not her password';
    const send = (path: string, body: object) => app.http().post(`/auth/${path}`).set(bearer(ada)).send(body);
    await app.signIn('ada@example.com', wrong).expect(401);
    await send('step-up', { password: wrong }).expect(403);
    await send('step-up', { password: wrong }).expect(403);
    await send('password/change', { currentPassword: wrong, newPassword: 'a fresh good password' }).expect(403);
    await remove({ password: wrong }).expect(403);

    for (const answer of [
      await app.signIn('ada@example.com'),
      await send('step-up', { password: PASSWORD }),
      await send('password/change', { currentPassword: PASSWORD, newPassword: 'a fresh good password' }),
      await remove({ password: PASSWORD }),
    ]) {
      expect([answer.status, answer.body.errorCode]).toEqual([429, 'auth.too_many_attempts']);
      expect(answer.headers['retry-after']).toBe('60');
    }
    clock.advance('1m');
    await app.signIn('ada@example.com').expect(200);
  });

  it('loses the cookie with the account', async () => {
    const signedIn = await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' });
    const [cookie] = setCookiesOf(signedIn);
    const answer = await app
      .http()
      .delete('/auth/me')
      .set('Cookie', `${cookie!.name}=${cookie!.value}`)
      .set('Origin', 'http://localhost:3000')
      .expect(204);

    expect(setCookiesOf(answer)).toEqual([
      { name: 'latchkey', value: '', attributes: expect.objectContaining({ 'max-age': '0', path: '/' }) },
    ]);
  });

  it('is remembered by the audit log after the account is gone', async () => {
    await remove().expect(204);

    const rows = await app.get(AuditLog).find({ userId: String(ada.user.id), limit: 10 });
    expect(rows.map(({ event }) => event)).toEqual(expect.arrayContaining(['user.signedUp', 'session.revoked', 'user.deleted']));
  });
});
