import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const cookieCrossSiteRule: BootRule = {
  id: 'cookie.cross-site',
  severity: { production: 'warn', development: 'off' },
  option: 'cookie.sameSite',
  title: 'The cookie is `SameSite=None`.',
  why: 'Browsers send it with requests that other sites cause; only the origin check stands between them and the account.',
  source: 'OWASP CSRF Prevention Cheat Sheet; RFC 6265bis section 8.8',
  remedy: "Use 'lax' unless your pages stand in frames of other sites.",
  check: ({ options: { cookie } }) =>
    when(cookie.sameSite === 'none', 'cookie.sameSite', 'sends the cookie along with requests of other sites.', "Use 'lax'."),
};
