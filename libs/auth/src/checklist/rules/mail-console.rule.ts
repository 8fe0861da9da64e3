import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const mailConsoleRule: BootRule = {
  id: 'mail.console',
  severity: { production: 'refuse', development: 'off' },
  option: 'mail',
  title: 'Mail is printed into the log.',
  why: 'The log of a production application then holds links that open accounts, and nobody gets their mail.',
  source: 'OWASP Logging Cheat Sheet, Data to exclude; ASVS 5.0 16.2.5',
  remedy: "mail: SmtpMail.forRoot({ url, from }) or WebhookMail of 'nestjs-latchkey/mail'.",
  check: ({ mail }) => {
    if (mail === undefined) return { skipped: 'nothing is known of mail' };
    return when(
      mail.kind === 'printed',
      'mail',
      'is ConsoleMail, which writes every link that it should send into the log of a production application.',
      "Use SmtpMail or WebhookMail of 'nestjs-latchkey/mail', or accept it with acknowledge: ['mail.console'].",
    );
  },
};
