import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const cookieDomainRule: BootRule = {
  id: 'cookie.domain',
  severity: { production: 'warn', development: 'off' },
  option: 'cookie.domain',
  title: 'The cookie is shared with sub-domains.',
  why: 'Every sub-domain can read and set it, and it loses the `__Host-` prefix: one that is taken over takes the sessions.',
  source: 'RFC 6265bis section 4.1.3.2; OWASP ASVS 5.0 3.3.3',
  remedy: 'Leave cookie.domain out, or serve the sub-domains through one origin.',
  check: ({ options: { cookie } }) =>
    when(
      cookie.domain !== undefined,
      'cookie.domain',
      `shares the cookie with every sub-domain of ${cookie.domain}.`,
      'Leave it out unless you run them all.',
    ),
};
