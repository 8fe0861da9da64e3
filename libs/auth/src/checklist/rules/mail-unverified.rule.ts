import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const mailUnverifiedRule: BootRule = {
  id: 'mail.unverified',
  severity: { production: 'warn', development: 'warn' },
  option: 'mail',
  title: 'The mail server cannot be used.',
  why: 'Confirmations, resets and notices wait in the outbox until it can. An outage must not stop a deploy: a start in production asks beside its work and warns, and only `doctor --connect` fails.',
  source: 'SMTP: RFC 5321 section 4.5.4',
  remedy: 'Check the address and the credentials of the transport; npx nestjs-latchkey doctor --mail you@example.com sends one.',
  connects: true,
  whenConnecting: 'refuse',
  check: ({ connection, mail }) => {
    if (mail === undefined || mail.kind === 'none') return { skipped: 'there is no mail transport' };
    const fault = connection?.mailFault ?? null;
    return when(fault !== null, 'mail', `The mail server cannot be used: ${fault}.`, 'Check its address and the credentials.');
  },
};
