import { beforeEach, describe, expect, it } from 'vitest';
import { SettableClock } from '../../testing/settable-clock.js';
import type { AuthEvent } from '../events/auth-event.js';
import type { AuthEvents } from '../events/auth-events.js';
import { AccessDenials } from './access-denials.js';
import type { Authentication } from './authentication.js';
import type { ClientReader } from './client-reader.js';

const CLIENT = { ip: '203.0.113.7', userAgent: 'Browser/1', requestId: 'r-1' };
const clients = { read: () => CLIENT } as unknown as ClientReader;
const DENIED = { handler: 'OrdersController.remove', required: ['admin'] };

const requestOf = (userId: string) => ({
  method: 'GET',
  headers: {},
  auth: { userId, session: { id: `session of ${userId}` } } as Authentication,
});

describe('refused authorisation', () => {
  const clock = new SettableClock(1_800_000_000_000);
  let told: AuthEvent[];
  let record: (event: AuthEvent) => Promise<void>;
  let denials: AccessDenials;
  beforeEach(() => {
    told = [];
    record = async (event) => void told.push(event);
    const events = { record: (event: AuthEvent) => record(event) } as unknown as AuthEvents;
    denials = new AccessDenials(events, clients, clock);
  });
  const tellers = () => told.map(({ userId }) => userId);

  it('is told with who, whence, and what was missing', () => {
    denials.note(requestOf('u-1'), DENIED);
    expect(told).toEqual([
      expect.objectContaining({
        type: 'access.denied',
        at: clock.now(),
        userId: 'u-1',
        sessionId: 'session of u-1',
        ...CLIENT,
        data: DENIED,
      }),
    ]);
  });

  it('is not told of nobody', () => {
    denials.note({ method: 'GET', headers: {} }, DENIED);
    expect(told).toEqual([]);
  });

  it('is told once a minute of a user at a handler', () => {
    denials.note(requestOf('u-1'), DENIED);
    denials.note(requestOf('u-1'), DENIED);
    clock.advance(59.999);
    denials.note(requestOf('u-1'), DENIED);
    expect(told).toHaveLength(1);
    clock.advance(0.001);
    denials.note(requestOf('u-1'), DENIED);
    denials.note(requestOf('u-1'), DENIED);
    expect(told).toHaveLength(2);
    denials.note(requestOf('u-1'), { ...DENIED, handler: 'OrdersController.list' });
    denials.note(requestOf('u-2'), DENIED);
    expect(told).toHaveLength(4);
  });

  it('is remembered of a thousand, and forgets who has been refused longest ago', () => {
    for (let i = 0; i < 1_000; i++) denials.note(requestOf(`u-${i}`), DENIED);
    denials.note(requestOf('u-0'), DENIED);
    expect(told).toHaveLength(1_000);
    denials.note(requestOf('one more'), DENIED);
    denials.note(requestOf('u-1'), DENIED);
    denials.note(requestOf('u-0'), DENIED);
    expect(tellers().slice(1_000)).toEqual(['one more', 'u-0']);
  });

  it('disturbs nobody when it cannot be written', async () => {
    record = () => Promise.reject(new Error('away'));
    denials.note(requestOf('u-1'), DENIED);
    await expect(denials.drain()).resolves.toBeUndefined();
    expect(denials['writing'].size).toBe(0);
  });

  it('is waited for when the application closes', async () => {
    let done = false;
    record = async () => {
      await new Promise(setImmediate);
      done = true;
    };
    denials.note(requestOf('u-1'), DENIED);
    expect(done).toBe(false);
    await denials.beforeApplicationShutdown();
    expect(done).toBe(true);
  });
});
