import { expect, it } from 'vitest';
import { messageOf } from './message-of.js';

it('a log says of an error its message, and nothing of anything else that was thrown', () => {
  expect(messageOf(new TypeError('no such thing'))).toBe('no such thing');
  expect(messageOf('a secret')).toBe('unknown');
  expect(messageOf(undefined)).toBe('unknown');
});
