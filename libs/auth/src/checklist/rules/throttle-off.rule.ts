import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const throttleOffRule: BootRule = {
  id: 'throttle.off',
  severity: { production: 'refuse', development: 'warn' },
  option: 'throttle',
  title: 'Requests are not limited per source.',
  why: 'One machine can try passwords of all accounts, or make accounts, as fast as hashes are computed.',
  source: 'OWASP Authentication Cheat Sheet; ASVS 5.0 6.3.1; NIST SP 800-63B-4 section 3.2.2',
  remedy: 'Leave throttle out, or raise its numbers.',
  check: ({ options }) =>
    when(
      options.throttle === false,
      'throttle',
      'is off: one source may try as fast as it can.',
      'Leave it out, or raise its numbers.',
    ),
};
