import { Clock } from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { SessionStates } from '../libs/auth/src/core/sessions/session-states.js';
import { cookieOf, setCookiesOf } from './support/cookies.js';

describe('a session', () => {
  let app: AuthApp;
  let clock: SettableClock;
  afterEach(() => app.close());

  const start = async (options: AuthAppOptions = {}): Promise<void> => {
    clock = new SettableClock(Math.floor(Date.now() / 1000) * 1000);
    app = await startAuthApp({ overrides: [{ provide: Clock, useValue: clock }], ...options });
    await app.givenUser('ada@example.com');
  };
  const byCookie = (cookie: string) => app.http().get('/auth/me').set('Cookie', cookie);
  /** Activity is written behind the answer. */
  const use = async (cookie: string): Promise<void> => {
    await byCookie(cookie).expect(200);
    await app.get(SessionStates).drain();
  };
  const signInForCookie = (more: object = {}) => app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie', ...more });
  const codeOf = async (request: PromiseLike<{ status: number; body: { errorCode?: string } }>) => {
    const { status, body } = await request;
    return [status, body.errorCode];
  };

  it('in a cookie ends after half an hour without a request', async () => {
    await start();
    const cookie = cookieOf(await signInForCookie());
    for (let time = 0; time < 4; time++) {
      clock.advance('29m');
      await use(cookie);
    }
    clock.advance('31m');

    expect(await codeOf(byCookie(cookie))).toEqual([401, 'auth.token_expired']);
  });

  it('in a cookie ends after a day, however much it is used', async () => {
    await start();
    const cookie = cookieOf(await signInForCookie());
    for (let minutes = 0; minutes < 24 * 60 - 20; minutes += 20) {
      clock.advance('20m');
      await use(cookie);
    }
    clock.advance('20m');

    expect(await codeOf(byCookie(cookie))).toEqual([401, 'auth.token_expired']);
  });

  it('in a cookie that is remembered lives on for thirty days without use, and ninety in all', async () => {
    await start();
    const answer = await signInForCookie({ remember: true });
    expect(setCookiesOf(answer)[0]!.attributes['max-age']).toBe(String(90 * 86_400));
    const cookie = cookieOf(answer);
    for (const days of ['29d', '29d', '29d'] as const) {
      clock.advance(days);
      await use(cookie);
    }
    clock.advance('3d');
    await byCookie(cookie).expect(401);
    const unused = cookieOf(await signInForCookie({ remember: true }));
    clock.advance('30d');
    await byCookie(unused).expect(401);
  });

  it('ends with the browser unless it is remembered', async () => {
    await start();

    expect(setCookiesOf(await signInForCookie())[0]!.attributes).not.toHaveProperty('max-age');
    expect(setCookiesOf(await signInForCookie({ remember: false }))[0]!.attributes).not.toHaveProperty('max-age');
  });

  it('with tokens: the access token ends after fifteen minutes, the session after thirty days without refresh', async () => {
    await start();
    const ada = (await app.signIn('ada@example.com')).body as Session;
    clock.advance('899s');
    await app.me(ada.accessToken).expect(200);
    clock.advance('1s');
    expect(await codeOf(app.me(ada.accessToken))).toEqual([401, 'auth.token_expired']);

    clock.advance('29d');
    const refreshed = (await app.refresh(ada.refreshToken).expect(200)).body as Session;
    await app.me(refreshed.accessToken).expect(200);
    clock.advance('30d');
    expect(await codeOf(app.refresh(refreshed.refreshToken))).toEqual([401, 'auth.refresh_invalid']);
  });

  it('with tokens: refreshing does not move the absolute end, nor does an access token outlive it', async () => {
    await start({ sessions: { bearer: { idle: '20m', absolute: '1h' } } });
    let ada = (await app.signIn('ada@example.com')).body as Session;
    for (let minutes = 0; minutes < 50; minutes += 10) {
      clock.advance('10m');
      ada = (await app.refresh(ada.refreshToken).expect(200)).body as Session;
    }
    expect(ada.expiresIn).toBe(600);
    clock.advance('599s');
    await app.me(ada.accessToken).expect(200);
    clock.advance('1s');

    await app.me(ada.accessToken).expect(401);
    expect(await codeOf(app.refresh(ada.refreshToken))).toEqual([401, 'auth.refresh_invalid']);
  });

  it('with tokens: `remember` changes nothing', async () => {
    await start({ sessions: { bearer: { idle: '1h', absolute: '2h' } } });
    const { body } = await app.signIn('ada@example.com', PASSWORD, { remember: true });
    clock.advance('1h');

    await app.refresh(body.refreshToken).expect(401);
  });

  it('is stricter under the strict preset, and what the host says still counts', async () => {
    await start({ preset: 'strict', passwords: { nist: false } });
    expect((await app.signIn('ada@example.com')).body.expiresIn).toBe(300);
    const cookie = cookieOf(await signInForCookie());
    clock.advance('16m');

    await byCookie(cookie).expect(401);
  });

  it('is not listed once it has expired', async () => {
    await start();
    await signInForCookie();
    clock.advance('31m');
    const { body } = await app.signIn('ada@example.com');

    const list = await app.http().get('/auth/sessions').set('Authorization', `Bearer ${body.accessToken}`);
    expect(list.body.sessions).toHaveLength(2);
  });

  it('keeps its absolute end through a password change', async () => {
    await start({ sessions: { cookie: { idle: '1h', absolute: '1h' } } });
    const cookie = cookieOf(await signInForCookie());
    clock.advance('59m');
    const changed = await app
      .http()
      .post('/auth/password/change')
      .set({ Cookie: cookie, Origin: 'http://localhost:3000' })
      .send({ currentPassword: PASSWORD, newPassword: 'a wholly different sentence' })
      .expect(200);
    clock.advance('1m');

    await byCookie(cookieOf(changed)).expect(401);
  });
});
