import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const lockoutOffRule: BootRule = {
  id: 'lockout.off',
  severity: { production: 'refuse', development: 'warn' },
  option: 'lockout',
  title: 'Failures of an account are not counted.',
  why: 'Many machines together can try passwords of one account without end.',
  source: 'NIST SP 800-63B-4 section 3.2.2: at most 100 consecutive failures; ASVS 5.0 6.3.1',
  remedy: 'Leave lockout out, or raise its numbers.',
  check: ({ options }) =>
    when(
      options.lockout === false,
      'lockout',
      'is off: passwords of one account may be tried without end.',
      'Leave it out, or raise its numbers.',
    ),
};
