import { expect, it } from 'vitest';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import { PasswordLengthPolicy } from './length-policy.js';

const policy = new PasswordLengthPolicy({ passwords: { minLength: 3, maxLength: 5 } } as ResolvedAuthOptions);
const codes = async (password: string) => (await policy.check(password)).map(({ code }) => code);

it('takes what is neither too short nor too long', async () => {
  for (const password of ['abc', 'abcd', 'abcde']) expect(await codes(password)).toEqual([]);
});

it('refuses what is too short or too long, and says what would not be', async () => {
  expect(await policy.check('ab')).toEqual([{ code: 'password_too_short', message: expect.stringContaining('3') }]);
  expect(await policy.check('abcdef')).toEqual([{ code: 'password_too_long', message: expect.stringContaining('5') }]);
  expect(await codes('')).toEqual(['password_too_short']);
});

it('counts characters as people do, not the halves of which a program makes them', async () => {
  expect(await codes('🔑🔑')).toEqual(['password_too_short']);
  expect(await codes('🔑🔑🔑🔑🔑')).toEqual([]);
});
