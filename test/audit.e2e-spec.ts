import { AccountsService, AuditLog, Clock, type StoredAuditEntry } from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, type Session, startAuthApp } from './auth-app.js';

describe('the audit log', () => {
  let app: AuthApp;
  let clock: SettableClock;
  let ada: Session;
  let known: Set<string>;
  beforeEach(async () => {
    clock = new SettableClock();
    app = await startAuthApp({ overrides: [{ provide: Clock, useValue: clock }] });
    ada = await app.givenUser('ada@example.com');
    known = new Set((await rows()).map(({ id }) => id));
  });
  afterEach(() => app.close());

  const rows = () => app.get(AuditLog).find({ limit: 100 });
  const newRows = async (): Promise<StoredAuditEntry[]> => (await rows()).filter(({ id }) => !known.has(id)).toReversed();
  const bearer = () => ({ Authorization: `Bearer ${ada.accessToken}` });

  const ACTS: [string, (userId: string) => PromiseLike<unknown>, [string, object][]][] = [
    [
      'a sign-up',
      () => app.signUp('bob@example.com'),
      [
        ['user.signedUp', { method: 'sign_up' }],
        ['signIn.succeeded', { method: 'sign_up' }],
        ['session.created', { delivery: 'bearer', remembered: false, amr: ['pwd'] }],
      ],
    ],
    [
      'a sign-in',
      () => app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie', remember: true }),
      [
        ['signIn.succeeded', { method: 'password' }],
        ['session.created', { delivery: 'cookie', remembered: true, amr: ['pwd'] }],
      ],
    ],
    [
      'a wrong password',
      () => app.signIn('ada@example.com', 'a guess'),
      [['signIn.failed', { method: 'password', reason: 'wrong_password' }]],
    ],
    [
      'an unknown address',
      () => app.signIn('nobody@example.com'),
      [['signIn.failed', { method: 'password', reason: 'unknown_user' }]],
    ],
    ['a sign-out', () => app.http().post('/auth/signout').set(bearer()), [['session.revoked', { reason: 'sign_out', count: 1 }]]],
    ['a refresh', () => app.refresh(ada.refreshToken), []],
    ['a request', () => app.me(ada.accessToken), []],
    ['a rejected request', () => app.me('nonsense'), []],
    [
      'a wrong password at step-up',
      () => app.http().post('/auth/step-up').set(bearer()).send({ password: 'a guess' }),
      [['signIn.failed', { method: 'step_up', reason: 'wrong_password' }]],
    ],
    [
      'a lock',
      (userId) => app.get(AccountsService).lock(userId),
      [
        ['session.revoked', { reason: 'locked', count: 1 }],
        ['user.locked', { reason: 'manual' }],
      ],
    ],
    [
      'a switching off',
      (userId) => app.get(AccountsService).disable(userId),
      [
        ['session.revoked', { reason: 'disabled', count: 1 }],
        ['user.disabled', {}],
      ],
    ],
    [
      'a deletion',
      () => app.http().delete('/auth/me').set(bearer()),
      [
        ['session.revoked', { reason: 'deleted', count: 1 }],
        ['user.deleted', {}],
      ],
    ],
  ];

  it.each(ACTS)('has of %s just what happened', async (_, act, expected) => {
    await act(String(ada.user.id));

    expect((await newRows()).map(({ event, data }) => [event, data])).toEqual(expected);
  });

  it('says who, when and from where, and leaves out who it is not', async () => {
    clock.advance('5m');
    await app.signIn('ada@example.com', 'a guess').set({ 'User-Agent': 'curl', 'X-Request-Id': 'r-7' });
    await app.signIn('nobody@example.com', 'a guess');

    const [wrong, unknown] = await newRows();
    expect(wrong).toEqual({
      id: expect.any(String),
      event: 'signIn.failed',
      at: clock.now(),
      userId: String(ada.user.id),
      sessionId: null,
      ip: '127.0.0.1',
      userAgent: 'curl',
      requestId: 'r-7',
      data: { method: 'password', reason: 'wrong_password' },
    });
    expect(unknown).toMatchObject({ userId: null, at: clock.now() });
    expect(JSON.stringify(unknown)).not.toContain('nobody');
  });

  it('is not flooded by requests that a limit refuses', async () => {
    for (let failure = 0; failure < 12; failure++) await app.signIn('ada@example.com', 'a guess');

    expect((await newRows()).map(({ event }) => event)).toEqual(Array.from({ length: 5 }, () => 'signIn.failed'));
  });
});
