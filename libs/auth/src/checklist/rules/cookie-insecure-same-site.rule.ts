import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const cookieInsecureSameSiteRule: BootRule = {
  id: 'cookie.insecure-same-site',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'cookie.sameSite',
  title: '`SameSite=None` stands without `Secure`.',
  why: 'Browsers refuse such a cookie: nobody stays signed in.',
  source: 'RFC 6265bis section 5.7',
  remedy: 'Use an https baseUrl, or lax.',
  acknowledgeable: false,
  check: ({ options: { cookie } }) =>
    when(
      cookie.sameSite === 'none' && !cookie.secure,
      'cookie.sameSite',
      "'none' needs a Secure cookie.",
      "Use an https baseUrl, or 'lax'.",
    ),
};
