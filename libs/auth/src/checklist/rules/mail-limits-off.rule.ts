import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const mailLimitsOffRule: BootRule = {
  id: 'mail.limits-off',
  severity: { production: 'refuse', development: 'warn' },
  option: 'mailLimits',
  title: 'Mail is not limited.',
  why: 'Whoever knows an address can fill its mailbox through you, and your sender is blocked for it.',
  source: 'OWASP Forgot Password Cheat Sheet; production checklist of Pow',
  remedy: 'Leave mailLimits out, or raise its numbers.',
  check: ({ options }) =>
    when(
      options.mailLimits === false,
      'mailLimits',
      'is off: anybody can have a mailbox filled.',
      'Leave it out, or raise its numbers.',
    ),
};
