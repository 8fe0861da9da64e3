import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

/** In code points. */
const LEAST = 8;

export const passwordsMinLengthRule: BootRule = {
  id: 'passwords.min-length',
  severity: { production: 'refuse', development: 'warn' },
  option: 'passwords.minLength',
  title: 'Passwords of less than 8 characters are admitted.',
  why: 'So short ones are found by trying them all as soon as the hashes are copied.',
  source: 'NIST SP 800-63B-4 section 3.1.1.2; ASVS 5.0 6.2.1',
  remedy: 'passwords: { minLength: 8 }, or leave it out.',
  check: ({ options: { passwords } }) =>
    when(
      passwords.minLength < LEAST,
      'passwords.minLength',
      `is ${passwords.minLength}, less than ${LEAST}.`,
      `Use at least ${LEAST}.`,
    ),
};
