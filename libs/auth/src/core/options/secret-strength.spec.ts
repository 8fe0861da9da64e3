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
    'DO NOT USE THIS VALUE. INSTEAD, CREATE A COMPLEX SECRET AND KEEP IT SAFE OUTSIDE OF THE SOURCE CODE.',
    'abcdefghijklmnopqrstuvxyz0123456789abcdefghijklmnopqrstuvxyz0123456789',
    'better-auth-secret-12345678901234567890',
    'a-string-secret-at-least-256-bits-long',
    'fallback-secret-for-development-only',
    'your-default-secret-change-in-production',
    '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
    '192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf',
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    'hard!to-guess_secret hard!to-guess_secret',
    'openssl rand -hex 32 openssl rand -hex 32',
    'django-insecure-k$3v9x!q7w2r#e5u8b@c4m6a1s0d^g*f(j)t',
  ])('is too little for a text that stands in tutorials: %s', (secret) => {
    expect(secretWeakness(secret)?.kind).toMatch(/^(placeholder|guessable|published)$/);
    expect(secretWeakness(secret)?.problem).not.toContain(secret);
  });

  it.each(['supersecret', 'secretKey', 'keyboard cat', 'test-secret'])('is too little for a short one: %s', (secret) => {
    expect(secretWeakness(secret)?.kind).toBe('short');
  });

  it('is said by the first thing that is wrong with it', () => {
    const kinds = [
      ['a'.repeat(31), 'short'],
      ['a'.repeat(64), 'guessable'],
      ['super-secret-change-me-in-production!!', 'placeholder'],
      ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc', 'guessable'],
      ['AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow', 'published'],
    ] as const;

    for (const [secret, kind] of kinds) expect([secret, secretWeakness(secret)?.kind]).toEqual([secret, kind]);
  });

  it('is counted in bytes, of which 32 are enough', () => {
    expect(secretWeakness('q8Zk3v9TnY7w2rXe5uHb!cLm4aPs6dG')?.problem).toContain('31');
    expect(secretWeakness('q8Zk3v9TnY7w2rXe5uHb!cLm4aPs6dGf')).toBeUndefined();
    expect(secretWeakness('q8Zk3v9TnY7w2rXe5uHb!cLm4aPs6dü')).toBeUndefined();
  });

  it('is too little for what ends as it begins, unless by chance', () => {
    const [begin, middle] = ['q8Zk3v9TnY', '7w2rXe5uHb!cLm4aPs6dGf'];

    expect(secretWeakness(`${begin}${middle}${begin}`)?.problem).toBe('repeats itself.');
    expect(secretWeakness(`${begin}${middle}${begin.slice(0, 9)}`)).toBeUndefined();
  });

  it('is not judged by words that are half of its letters, or by letters that are half of it', () => {
    expect(secretWeakness('changemepasswordqzkxjgvwbufyqrlm')).toBeUndefined();
    expect(secretWeakness('changemepasswordqzkxjgvwbufyqrl')?.kind).toBe('short');
    expect(secretWeakness('changemepasswordsqzkxjgvwbufyqrlm?thekey')?.kind).toBe('placeholder');
    expect(secretWeakness('changemepassword8294705163927480')).toBeUndefined();
    expect(secretWeakness('changemepasswordx294705163927480')?.kind).toBe('placeholder');
  });

  it('is enough with 96 bits of entropy', () => {
    expect(secretWeakness('abcdefghbadcfehgcdabghefhgfedcba')).toBeUndefined();
    expect(secretWeakness('abcdefghbadcfehgcdabghefhgfedcbb')?.problem).toContain('entropy');
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
