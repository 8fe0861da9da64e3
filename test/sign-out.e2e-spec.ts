import { AuditLog, Clock } from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { cookieOf, setCookiesOf } from './support/cookies.js';

const ORIGIN = 'http://localhost:3000';

describe('signing out', () => {
  let app: AuthApp;
  let clock: SettableClock;
  let ada: Session;
  beforeEach(async () => {
    clock = new SettableClock();
    app = await startAuthApp({ overrides: [{ provide: Clock, useValue: clock }] });
    ada = await app.givenUser('ada@example.com');
  });
  afterEach(() => app.close());

  const signOut = (headers: Record<string, string> = {}, body?: object) => app.http().post('/auth/signout').set(headers).send(body);
  const isOver = async ({ accessToken, refreshToken }: Session) => {
    expect((await app.me(accessToken).expect(401)).body.errorCode).toBe('auth.session_revoked');
    expect((await app.refresh(refreshToken).expect(401)).body.errorCode).toBe('auth.refresh_invalid');
  };

  it('works with the access token', async () => {
    const answer = await signOut({ Authorization: `Bearer ${ada.accessToken}` }).expect(204);

    expect(answer.text).toBe('');
    expect(setCookiesOf(answer)).toEqual([]);
    await isOver(ada);
  });

  it('works with the refresh token, of an earlier generation too', async () => {
    await signOut({}, { refreshToken: ada.refreshToken }).expect(204);
    await isOver(ada);

    const phone = (await app.signIn('ada@example.com')).body as Session;
    const { body } = await app.refresh(phone.refreshToken);
    await signOut({}, { refreshToken: phone.refreshToken }).expect(204);
    await isOver(body);
  });

  it('works with an access token that has expired', async () => {
    clock.advance('1h');
    await signOut({ Authorization: `Bearer ${ada.accessToken}` }).expect(204);

    expect((await app.refresh(ada.refreshToken).expect(401)).body.errorCode).toBe('auth.refresh_invalid');
  });

  it('works with the cookie, and clears it', async () => {
    const cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }));
    await app.http().get('/auth/me').set('Cookie', cookie).expect(200);
    const answer = await signOut({ Cookie: cookie, Origin: ORIGIN }).expect(204);

    expect(setCookiesOf(answer)).toEqual([
      { name: 'latchkey', value: '', attributes: { path: '/', httponly: true, samesite: 'Lax', 'max-age': '0' } },
    ]);
    expect((await app.http().get('/auth/me').set('Cookie', cookie).expect(401)).body.errorCode).toBe('auth.session_revoked');
    await app.me(ada.accessToken).expect(200);
  });

  it('is not what another site can do to a browser', async () => {
    const cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }));
    await signOut({ Cookie: cookie, Origin: 'https://evil.example' }).expect(403);
    await signOut({ Cookie: cookie }).expect(403);

    await app.http().get('/auth/me').set('Cookie', cookie).expect(200);
  });

  it('ends every session that the request holds', async () => {
    const phone = (await app.signIn('ada@example.com')).body as Session;
    const cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }));
    await signOut(
      { Authorization: `Bearer ${ada.accessToken}`, Cookie: cookie, Origin: ORIGIN },
      { refreshToken: phone.refreshToken },
    ).expect(204);

    await isOver(ada);
    await isOver(phone);
    await app.http().get('/auth/me').set('Cookie', cookie).expect(401);
  });

  it.each<[string, (session: Session) => [Record<string, string>, object?]]>([
    ['nothing', () => [{}]],
    ['an empty object', () => [{}, {}]],
    ['a forged access token', ({ accessToken }) => [{ Authorization: `Bearer ${accessToken.slice(0, -6)}AAAAAA` }]],
    ['the name of a session', ({ refreshToken }) => [{}, { refreshToken: refreshToken.split('.')[0] }]],
    ['a forged refresh token', ({ refreshToken }) => [{}, { refreshToken: `${refreshToken.slice(0, -6)}AAAAAA` }]],
    [
      'a forged cookie',
      ({ refreshToken }) => [{ Cookie: `latchkey=${refreshToken.split('.')[0]}.${'A'.repeat(43)}`, Origin: ORIGIN }],
    ],
  ])('is no error with %s, and ends nothing', async (_, credentials) => {
    await signOut(...credentials(ada)).expect(204);

    await app.me(ada.accessToken).expect(200);
  });

  it('is written down once, however often it is asked for', async () => {
    for (let time = 0; time < 3; time++) await signOut({ Authorization: `Bearer ${ada.accessToken}` }).expect(204);

    const rows = await app.get(AuditLog).find({ event: 'session.revoked', limit: 5 });
    expect(rows).toEqual([expect.objectContaining({ data: { reason: 'sign_out', count: 1 } })]);
  });
});
