import { AuditLog, Clock, SessionRepository } from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AuthApp, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { rawRequest } from './support/raw-request.js';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

describe.each(['express', 'fastify'] as const)('an address without an id on %s', (http) => {
  it.each(['/', '//', '/?id=1', '/%20', '/%00', '/%2F', '/..%2Fsessions', '/undefined'])('ends no session: %s', async (rest) => {
    const app = await startAuthApp({ http });
    try {
      const ada = await app.givenUser('ada@example.com');
      const phone = (await app.signIn('ada@example.com').expect(200)).body as Session;
      const path = `/auth/sessions${rest}`;
      const headers = { Authorization: `Bearer ${ada.accessToken}` };
      expect((await rawRequest(app.url, path, { method: 'DELETE', headers })).status).toBe(404);
      await app.me(phone.accessToken).expect(200);
      await app.me(ada.accessToken).expect(200);
      await app.http().delete('/auth/sessions?all=1').set(headers).expect(204);
      await app.me(phone.accessToken).expect(401);
    } finally {
      await app.close();
    }
  });
});

describe('the sessions of a user', () => {
  let app: AuthApp;
  let clock: SettableClock;
  let ada: Session;
  beforeEach(async () => {
    clock = new SettableClock();
    app = await startAuthApp({ overrides: [{ provide: Clock, useValue: clock }] });
    ada = await app.givenUser('ada@example.com');
  });
  afterEach(() => app.close());

  const signInFrom = async (userAgent: string): Promise<Session> =>
    (await app.signIn('ada@example.com').set('User-Agent', userAgent).expect(200)).body as Session;
  const as = ({ accessToken }: Session) => ({ Authorization: `Bearer ${accessToken}` });
  const list = async (session: Session) => (await app.http().get('/auth/sessions').set(as(session)).expect(200)).body.sessions;
  const idOf = async (session: Session): Promise<string> => (await app.me(session.accessToken).expect(200)).body.session.id;
  const end = (id: string, session: Session) => app.http().delete(`/auth/sessions/${id}`).set(as(session));

  it('are listed with where they came from, the most recent first', async () => {
    clock.advance('1s');
    const laptop = await signInFrom(FIREFOX);
    clock.advance('1s');
    const phone = await signInFrom(IPHONE);

    const sessions = await list(laptop);
    expect(sessions).toHaveLength(3);
    expect(sessions[0]).toEqual({
      id: await idOf(phone),
      current: false,
      createdAt: new Date(clock.now()).toISOString(),
      lastSeenAt: new Date(clock.now()).toISOString(),
      ip: '127.0.0.1',
      userAgent: IPHONE,
      device: 'Safari on iPhone',
      amr: ['pwd'],
    });
    expect(sessions[1]).toMatchObject({ current: true, device: 'Firefox on Windows' });
  });

  it('can be ended one by one', async () => {
    const phone = await signInFrom(IPHONE);
    await end(await idOf(phone), ada).expect(204);

    expect((await app.me(phone.accessToken).expect(401)).body.errorCode).toBe('auth.session_revoked');
    expect((await app.refresh(phone.refreshToken).expect(401)).body.errorCode).toBe('auth.refresh_invalid');
    expect(await list(ada)).toHaveLength(1);
  });

  it('include the one that asks', async () => {
    await end(await idOf(ada), ada).expect(204);

    await app.me(ada.accessToken).expect(401);
  });

  it('can all be ended but the one that asks', async () => {
    const phone = await signInFrom(IPHONE);
    const laptop = await signInFrom(FIREFOX);
    await app.http().delete('/auth/sessions').set(as(ada)).expect(204);

    for (const session of [phone, laptop]) await app.me(session.accessToken).expect(401);
    expect(await list(ada)).toEqual([expect.objectContaining({ current: true })]);
  });

  it.each([
    ['somebody else’s', (eve: string) => eve],
    ['unknown', () => 'A'.repeat(22)],
    ['not even an id', () => 'x'],
    ['too long', () => 'A'.repeat(99)],
    ['with a character that is not text', () => '%00'],
    ['with a quote', () => "'%20OR%201=1--"],
    ['of another alphabet', () => '%F0%9F%98%80'],
  ])('are nobody else’s business: an id that is %s is not found', async (_, idFor) => {
    const eve = await app.givenUser('eve@example.com');
    const { body } = await end(idFor(await idOf(eve)), ada).expect(404);

    expect(body).toMatchObject({ statusCode: 404, error: 'Not Found', errorCode: 'auth.not_found' });
    await app.me(eve.accessToken).expect(200);
  });

  it('are found once: ending a session that has ended is a 404', async () => {
    const phoneId = await idOf(await signInFrom(IPHONE));
    await end(phoneId, ada).expect(204);

    await end(phoneId, ada).expect(404);
  });

  it('never show the secret of any', async () => {
    await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' });
    const text = JSON.stringify(await list(ada));

    for (const secret of ['secretHash', 'seed', 'generation', 'keyId', 'refreshToken', ada.refreshToken.split('.')[2]!]) {
      expect(text).not.toContain(secret);
    }
  });

  it('leave rows in the audit log: who ended what', async () => {
    const phoneId = await idOf(await signInFrom(IPHONE));
    await end(phoneId, ada).expect(204);

    const [row] = await app.get(AuditLog).find({ event: 'session.revoked', limit: 1 });
    expect(row).toMatchObject({
      userId: String(ada.user.id),
      sessionId: phoneId,
      ip: '127.0.0.1',
      data: { reason: 'ended_by_user', count: 1 },
    });
  });

  it('leave one row when all others are ended', async () => {
    await signInFrom(IPHONE);
    await signInFrom(FIREFOX);
    await app.http().delete('/auth/sessions').set(as(ada)).expect(204);

    const rows = await app.get(AuditLog).find({ event: 'session.revoked', limit: 10 });
    expect(rows).toMatchObject([{ userId: String(ada.user.id), ip: '127.0.0.1', data: { reason: 'ended_by_user', count: 2 } }]);
  });

  it('note that they are used, at most once a minute', async () => {
    const touch = vi.spyOn(app.get(SessionRepository), 'touch');
    for (let second = 0; second < 59; second += 10) {
      clock.advance('9s');
      await app.me(ada.accessToken).expect(200);
    }
    expect(touch).not.toHaveBeenCalled();

    clock.advance('10s');
    for (let request = 0; request < 5; request++) await app.me(ada.accessToken).expect(200);
    expect(touch).toHaveBeenCalledTimes(1);
    await touch.mock.results[0]!.value;
    expect((await app.me(ada.accessToken)).body.session.lastSeenAt).toBe(new Date(clock.now()).toISOString());
    expect(await list(ada)).toEqual([expect.objectContaining({ lastSeenAt: new Date(clock.now()).toISOString() })]);
  });
});
