import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { secretWeakness } from './secret-strength.js';

describe('the strength of a secret', () => {
  it.each([
    'super-secret-change-me-in-production!!',
    'this-is-a-very-secret-key-please-change-it',
    'your-256-bit-secret-goes-here-0123456789',
    'my-32-character-ultra-secure-and-ultra-long-secret',
    'CHANGE_ME_TO_A_LONG_RANDOM_STRING_32_CHARS',
    'nestjs-jwt-secret-key-for-development-only',
    'DO NOT USE THIS VALUE, INSTEAD, CREATE A COMPLEX SECRET AND KEEP IT SAFE OUTSIDE OF THE SOURCE CODE.',
    'abcdefghijklmnopqrstuvwxyzabcdefghijklmnop',
    'passwordpasswordpasswordpassword!1',
    '12345678901234567890123456789012',
    '00000000-0000-0000-0000-000000000000',
    'qwertyqwertyqwertyqwertyqwertyqw',
  ])('is too little for a text that stands in tutorials: %s', (secret) => {
    expect(secretWeakness(secret)).toEqual(expect.any(String));
    expect(secretWeakness(secret)).not.toContain(secret);
  });

  it('is enough for whatever a generator makes', () => {
    for (let time = 0; time < 2_000; time++) {
      const bytes = randomBytes(32);
      for (const secret of [
        bytes.toString('base64'),
        bytes.toString('base64url'),
        bytes.toString('hex'),
        bytes.toString('hex').toUpperCase(),
      ]) {
        expect([secret, secretWeakness(secret)]).toEqual([secret, undefined]);
      }
    }
  });
});
