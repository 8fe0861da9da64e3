import { AccountsService, AuditLog, Clock, SessionRepository } from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, LANE, PASSWORD, SECRET, type Session, startAuthApp } from './auth-app.js';
import { cookieOf } from './support/cookies.js';
import { createDatabase, type SqlTestDatabase } from './support/databases.js';

const codeOf = async (request: PromiseLike<{ status: number; body: { errorCode?: string } }>) => {
  const { status, body } = await request;
  return [status, body.errorCode];
};

describe('refreshing', () => {
  let app: AuthApp;
  let clock: SettableClock;
  let ada: Session;
  beforeEach(async () => {
    clock = new SettableClock();
    app = await startAuthApp({ overrides: [{ provide: Clock, useValue: clock }] });
    ada = await app.givenUser('ada@example.com');
  });
  afterEach(() => app.close());

  const refresh = async (token: string): Promise<string> => (await app.refresh(token).expect(200)).body.refreshToken;

  it('hands out new tokens, and nothing else', async () => {
    const { body, headers } = await app.refresh(ada.refreshToken).expect(200);

    expect(body).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
    });
    expect(body.refreshToken).not.toBe(ada.refreshToken);
    expect(headers['cache-control']).toBe('no-store');
    await app.me(body.accessToken).expect(200);
  });

  it('gives the predecessor the same successor for ten seconds, whoever asks however often', async () => {
    const second = await refresh(ada.refreshToken);
    clock.advance('10s');

    expect(await refresh(ada.refreshToken)).toBe(second);
    await refresh(second);
  });

  it('takes the predecessor for stolen after the grace, and ends this session only', async () => {
    const phone = (await app.signIn('ada@example.com')).body as Session;
    const second = await refresh(ada.refreshToken);
    const { body } = await app.refresh(second).expect(200);
    clock.advance('11s');

    expect(await codeOf(app.refresh(second))).toEqual([401, 'auth.refresh_reused']);
    expect(await codeOf(app.refresh(body.refreshToken))).toEqual([401, 'auth.refresh_invalid']);
    expect(await codeOf(app.me(body.accessToken))).toEqual([401, 'auth.session_revoked']);
    expect(await codeOf(app.refresh(second))).toEqual([401, 'auth.refresh_invalid']);
    await app.me(phone.accessToken).expect(200);
    await app.refresh(phone.refreshToken).expect(200);
    const rows = await app.get(AuditLog).find({ userId: String(ada.user.id), limit: 2 });
    expect(rows.map(({ event }) => event).sort()).toEqual(['session.reuseDetected', 'session.revoked']);
  });

  it('refuses a grandparent while the last rotation is young, and ends nothing for it', async () => {
    const second = await refresh(ada.refreshToken);
    const third = await refresh(second);

    expect(await codeOf(app.refresh(ada.refreshToken))).toEqual([401, 'auth.refresh_invalid']);
    expect(await refresh(second)).toBe(third);
    const fourth = await refresh(third);
    clock.advance('11s');
    expect(await codeOf(app.refresh(ada.refreshToken))).toEqual([401, 'auth.refresh_reused']);
    expect(await codeOf(app.refresh(fourth))).toEqual([401, 'auth.refresh_invalid']);
  });

  it('never logs out a browser with several tabs', async () => {
    let token = ada.refreshToken;
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(Array.from({ length: 4 }, () => app.refresh(token).expect(200)));
      const tokens = new Set(answers.map(({ body }) => body.refreshToken as string));
      expect(tokens.size).toBe(1);
      [token] = [...tokens] as [string];
      clock.advance('15m');
    }
  });

  it.each([
    ['of another MAC', (token: string) => `${token.slice(0, -4)}AAAA`],
    ['of another session', (token: string) => `${'A'.repeat(22)}${token.slice(22)}`],
    ['of a generation that was not made yet', (token: string) => token.replace('.1.', '.2.')],
    ['of generation nought', (token: string) => token.replace('.1.', '.0.')],
    ['of an enormous generation', (token: string) => token.replace('.1.', '.99999999999999999999.')],
    ['with something behind it', (token: string) => `${token} `],
    ['made of nothing', () => 'x'],
  ])('refuses a token %s, and ends nothing for it', async (_, forge) => {
    expect(await codeOf(app.refresh(forge(ada.refreshToken)))).toEqual([401, 'auth.refresh_invalid']);

    await app.refresh(ada.refreshToken).expect(200);
  });

  it('does not take an access token, a session id or a cookie', async () => {
    const cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' })).split('=')[1]!;

    for (const token of [ada.accessToken, ada.refreshToken.split('.')[0]!, cookie]) {
      expect(await codeOf(app.refresh(token))).toEqual([401, 'auth.refresh_invalid']);
    }
  });

  it.each(['disable', 'lock'] as const)('asks whether the account is still active (%s)', async (act) => {
    await app.get(AccountsService)[act](String(ada.user.id));

    expect(await codeOf(app.refresh(ada.refreshToken))).toEqual([401, 'auth.refresh_invalid']);
    expect(await codeOf(app.me(ada.accessToken))).toEqual([401, 'auth.session_revoked']);
    expect(await codeOf(app.signIn('ada@example.com'))).toEqual([401, 'auth.invalid_credentials']);
  });

  it('keeps no token where the database could tell it', async () => {
    const session = await app.get(SessionRepository).findState(ada.refreshToken.split('.')[0]!);
    const stored = JSON.stringify(session);

    expect(session).not.toBeNull();
    expect(stored).not.toContain(ada.refreshToken.split('.')[2]!);
    expect(stored).not.toContain(ada.accessToken);
  });
});

describe('rotating the secret', () => {
  const NEXT = 'q8Zt5Lw1Vn4Xc7Rb2Mk9Hs6Jd3Pf0Gy-test-only-2';
  let store: SqlTestDatabase;
  const apps: AuthApp[] = [];
  beforeEach(async () => {
    store = await createDatabase(LANE.database === 'memory' ? 'sqlite' : LANE.database);
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
    await store.drop();
  });
  /** The application after a restart with other secrets. */
  const restart = async (secret: string | string[]): Promise<AuthApp> => {
    for (const app of apps.splice(0)) await app.close();
    const app = await startAuthApp({ store, secret });
    apps.push(app);
    return app;
  };

  it('logs nobody out while the old one is in the ring, nor afterwards whoever was there meanwhile', async () => {
    let app = await restart(SECRET);
    const ada = await app.givenUser('ada@example.com');
    const cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }));

    app = await restart([NEXT, SECRET]);
    await app.me(ada.accessToken).expect(200);
    await app.http().get('/auth/me').set('Cookie', cookie).expect(200);
    const { body: renewed } = await app.refresh(ada.refreshToken).expect(200);
    expect((await app.refresh(ada.refreshToken).expect(200)).body.refreshToken).toBe(renewed.refreshToken);

    app = await restart(NEXT);
    await app.me(renewed.accessToken).expect(200);
    await app.me(ada.accessToken).expect(401);
    await app.refresh(renewed.refreshToken).expect(200);
  });

  it('ends the sessions that were last refreshed under a removed one', async () => {
    let app = await restart(SECRET);
    const ada = await app.givenUser('ada@example.com');
    const cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }));

    app = await restart(NEXT);
    expect(await codeOf(app.me(ada.accessToken))).toEqual([401, 'auth.token_invalid']);
    expect(await codeOf(app.refresh(ada.refreshToken))).toEqual([401, 'auth.refresh_invalid']);
    expect(await codeOf(app.http().get('/auth/me').set('Cookie', cookie))).toEqual([401, 'auth.token_invalid']);
    await app.signIn('ada@example.com').expect(200);
  });

  it('survives a restart: what was replayed before is replayed after it', async () => {
    let app = await restart(SECRET);
    const ada = await app.givenUser('ada@example.com');
    const { body } = await app.refresh(ada.refreshToken).expect(200);
    await app.me(body.accessToken).expect(200);
    await app.http().post('/auth/signout').send({ refreshToken: body.refreshToken }).expect(204);

    app = await restart(SECRET);
    expect(await codeOf(app.me(body.accessToken))).toEqual([401, 'auth.session_revoked']);
    expect(await codeOf(app.refresh(body.refreshToken))).toEqual([401, 'auth.refresh_invalid']);
  });
});
