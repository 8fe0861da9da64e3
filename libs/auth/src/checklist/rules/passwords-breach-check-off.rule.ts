import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const passwordsBreachCheckOffRule: BootRule = {
  id: 'passwords.breach-check-off',
  severity: { production: 'info', development: 'info' },
  option: 'passwords.breachCheck',
  title: 'Passwords are not looked up among leaked ones.',
  why: 'Leaked passwords are the first that are tried. The shipped list knows the most common only; a look-up calls out, so it is yours to switch on.',
  source: 'NIST SP 800-63B-4 section 3.1.1.2; ASVS 5.0 6.2.12',
  remedy: 'passwords: { breachCheck: hibp() }',
  check: ({ options: { passwords } }) =>
    when(
      passwords.breachCheck === undefined,
      'passwords.breachCheck',
      'is not set: leaked passwords that are not in the shipped list are admitted.',
      'Pass hibp().',
    ),
};
