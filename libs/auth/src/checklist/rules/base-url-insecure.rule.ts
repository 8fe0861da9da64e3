import { isLoopback } from '../../core/options/loopback.js';
import type { BootRule } from '../boot-rule.js';
import { NOTHING, when } from '../verdict.js';

export const baseUrlInsecureRule: BootRule = {
  id: 'base-url.insecure',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'baseUrl',
  title: '`baseUrl` is http.',
  why: 'Passwords, tokens and links cross the network in the clear, and the cookie has neither `Secure` nor the `__Host-` prefix.',
  source: 'OWASP ASVS 5.0 12.2.1, 3.3.1; RFC 6265bis section 4.1.3',
  remedy: 'Use the public https URL, e.g. https://app.example.com.',
  check: ({ environment, options: { baseUrl } }) => {
    const { protocol, hostname } = new URL(baseUrl);
    if (protocol === 'https:') return NOTHING;
    if (environment === 'production') return when(true, 'baseUrl', 'is not https in production.', 'Use the public https URL.');
    const problem = 'is http on a host that is not loopback.';
    return when(!isLoopback(hostname), 'baseUrl', problem, 'Use https, or localhost for development.');
  },
};
