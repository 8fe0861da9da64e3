import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, startAuthApp } from './auth-app.js';

describe('signing in', () => {
  let app: AuthApp;
  beforeEach(async () => {
    app = await startAuthApp();
    await app.givenUser('ada@example.com');
  });
  afterEach(() => app.close());

  it('hands out a session to who knows the password', async () => {
    const { body, headers } = await app.signIn(' ADA@example.COM ').expect(200);

    expect(body).toEqual({
      user: expect.objectContaining({ email: 'ada@example.com', emailConfirmed: false, roles: [] }),
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
    });
    expect(headers['cache-control']).toBe('no-store');
    const me = await app.me(body.accessToken).expect(200);
    expect(me.body).toEqual({ user: body.user, session: expect.objectContaining({ amr: ['pwd'] }) });
  });

  it('answers a wrong password and an unknown address alike', async () => {
    const wrong = await app.signIn('ada@example.com', 'not her password').expect(401);
    const unknown = await app.signIn('nobody@example.com').expect(401);

    expect(unknown.body).toEqual(wrong.body);
    expect(wrong.body.errorCode).toBe('auth.invalid_credentials');
    expect(wrong.headers['www-authenticate']).toBe('Bearer');
  });

  it('delays after five failures, whoever comes with whatever password', async () => {
    for (let failure = 0; failure < 5; failure++) await app.signIn('ada@example.com', 'guess').expect(401);
    const { body, headers } = await app.signIn('ada@example.com', PASSWORD).expect(429);

    expect(body.errorCode).toBe('auth.too_many_attempts');
    expect(Number(headers['retry-after'])).toBeGreaterThan(50);
    expect(headers['ratelimit-remaining']).toBe('0');
  });

  it('ends at sign-out, for the access token and the refresh token', async () => {
    const { body } = await app.signIn('ada@example.com');
    await app.http().post('/auth/signout').set('Authorization', `Bearer ${body.accessToken}`).expect(204);

    expect((await app.me(body.accessToken).expect(401)).body.errorCode).toBe('auth.session_revoked');
    expect((await app.refresh(body.refreshToken).expect(401)).body.errorCode).toBe('auth.refresh_invalid');
  });

  it('gives the predecessor inside the grace the same successor', async () => {
    const { body } = await app.signIn('ada@example.com');
    const answers = await Promise.all(Array.from({ length: 10 }, () => app.refresh(body.refreshToken).expect(200)));

    expect(new Set(answers.map((answer) => answer.body.refreshToken)).size).toBe(1);
  });
});
