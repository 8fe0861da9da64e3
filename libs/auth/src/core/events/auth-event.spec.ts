import { describe, expect, it } from 'vitest';
import type { AuthEventSubject } from './auth-event.js';
import { SignInFailedEvent } from './auth.events.js';

const NOW = 1_800_000_000_000;

const told = (subject: AuthEventSubject) => new SignInFailedEvent(NOW, subject, { method: 'password', reason: 'unknown_user' });

describe('an event', () => {
  it('keeps who, which session, whence, when and what', () => {
    const client = { ip: '203.0.113.7', userAgent: 'a browser', requestId: 'r-1' };

    expect(told({ user: { id: 7 }, sessionId: 's1', client })).toMatchObject({
      type: 'signIn.failed',
      at: NOW,
      userId: '7',
      sessionId: 's1',
      ...client,
      data: { method: 'password', reason: 'unknown_user' },
    });
  });

  it.each([
    ['an account with a number', { id: 7 }, '7'],
    ['an account with a text', { id: 'a-7' }, 'a-7'],
    ['an id', '7', '7'],
    ['nobody', null, null],
    ['nothing', undefined, null],
  ])('is about %s', (_, user, userId) => expect(told({ user }).userId).toBe(userId));

  it('that no client has caused says so', () => {
    expect(told({})).toMatchObject({ sessionId: null, ip: null, userAgent: null, requestId: null });
  });

  it('never holds the cookie of a device', () => {
    expect(told({ client: { ip: null, userAgent: null, requestId: null, device: 'a-device' } })).not.toHaveProperty('device');
  });
});
