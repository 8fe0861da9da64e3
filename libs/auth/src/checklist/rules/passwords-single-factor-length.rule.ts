import { NIST_MIN_LENGTH } from '../../core/options/auth.defaults.js';
import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const passwordsSingleFactorLengthRule: BootRule = {
  id: 'passwords.single-factor-length',
  severity: { production: 'info', development: 'info' },
  option: 'passwords.minLength',
  title: 'The password is the only factor, and may have less than 15 characters.',
  why: 'NIST asks for 15 where nothing else is asked for; 8 are what ASVS level 1 asks for.',
  source: 'NIST SP 800-63B-4 section 3.1.1.2',
  remedy: 'passwords: { nist: true }',
  check: ({ options: { passwords } }) =>
    when(
      passwords.minLength >= 8 && passwords.minLength < NIST_MIN_LENGTH,
      'passwords.minLength',
      `is ${passwords.minLength}; where the password is the only factor NIST asks for ${NIST_MIN_LENGTH}.`,
      'Set passwords.nist: true.',
    ),
};
