import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const cookieForeignDomainRule: BootRule = {
  id: 'cookie.foreign-domain',
  severity: { production: 'refuse', development: 'warn' },
  option: 'cookie.domain',
  title: 'The cookie is for a domain that `baseUrl` does not belong to.',
  why: 'Browsers drop such a cookie without a word: nobody stays signed in.',
  source: 'RFC 6265 section 5.3, step 6',
  remedy: 'Use the domain of baseUrl or one above it, or leave cookie.domain out.',
  acknowledgeable: false,
  check: ({ options: { cookie, baseUrl } }) => {
    const domain = cookie.domain?.toLowerCase();
    const { hostname } = new URL(baseUrl);
    const isForeign = domain !== undefined && hostname !== domain && !hostname.endsWith(`.${domain}`);
    return when(
      isForeign,
      'cookie.domain',
      `is ${domain}, which ${hostname} does not belong to.`,
      'Use a domain of baseUrl, or leave it out.',
    );
  },
};
