import type { BootRule } from '../boot-rule.js';
import { NOTHING } from '../verdict.js';

export const mailMissingRule: BootRule = {
  id: 'mail.missing',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'mail',
  title: 'A room sends mail, and there is no transport.',
  why: 'Its users would wait for a link that never comes.',
  source: 'OWASP Forgot Password Cheat Sheet',
  remedy: "mail: SmtpMail.forRoot({ url, from }) of 'nestjs-latchkey/mail', beside the options.",
  acknowledgeable: false,
  check: ({ mail, mailRooms }) => {
    if (mail === undefined || mailRooms === undefined) return { skipped: 'nothing is known of mail' };
    if (mail.kind !== 'none') return NOTHING;
    return mailRooms.map((room) => ({
      option: 'mail',
      problem: `is not set, and ${room} sends mail.`,
      remedy: "Pass one beside the options, e.g. mail: SmtpMail.forRoot({ url, from }) of 'nestjs-latchkey/mail'.",
    }));
  },
};
