import { describe, expect, it } from 'vitest';
import { pauseAfter, reasonOf } from './outbox-delivery.js';

describe('pauseAfter', () => {
  it('doubles from 5 seconds to 4 hours, a fifth more or less', () => {
    const expected = [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 14_400, 14_400].map(
      (seconds) => seconds * 1_000,
    );

    for (const [index, pause] of expected.entries()) {
      const made = pauseAfter(index + 1);
      expect(made).toBeGreaterThanOrEqual(pause * 0.8);
      expect(made).toBeLessThanOrEqual(pause * 1.2);
      expect(Number.isInteger(made)).toBe(true);
    }
  });
});

describe('reasonOf', () => {
  it.each([
    ['550 5.1.1 <ada@example.com>: unknown\r\nuser', '550 5.1.1 … unknown user'],
    ['connect ECONNREFUSED 127.0.0.1:25', 'connect ECONNREFUSED 127.0.0.1:25'],
    ['x'.repeat(1_000), 'x'.repeat(200)],
  ])('is one short line without addresses: %j', (message, reason) => expect(reasonOf(new Error(message))).toBe(reason));

  it('has a word for what is no error', () => expect(reasonOf('password')).toBe('unknown'));
});
