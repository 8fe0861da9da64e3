import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

/** Milliseconds. */
const HOUR = 3_600_000;

export const tokensLongLivedRule: BootRule = {
  id: 'tokens.long-lived',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'tokens.accessTtl',
  title: 'Access tokens live longer than an hour.',
  why: 'A copied one opens the account for so long wherever revocation is not asked, e.g. in other services that check the signature only.',
  source: 'RFC 9700 section 2.2; OWASP JSON Web Token Cheat Sheet',
  remedy: "tokens: { accessTtl: '15m' }, or leave it out: sessions go on by refresh.",
  check: ({ options: { tokens } }) =>
    when(tokens.accessTtl > HOUR, 'tokens.accessTtl', 'is over an hour.', "Use '15m' or less; sessions go on by refresh."),
};
