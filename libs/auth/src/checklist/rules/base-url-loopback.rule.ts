import { isLoopback } from '../../core/options/loopback.js';
import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const baseUrlLoopbackRule: BootRule = {
  id: 'base-url.loopback',
  severity: { production: 'refuse', development: 'off' },
  option: 'baseUrl',
  title: '`baseUrl` names the machine itself.',
  why: 'Every link in a mail would lead the reader to their own computer, and no other origin could use the cookie.',
  source: 'OWASP Forgot Password Cheat Sheet: links follow a configured URL, never the Host header',
  remedy: 'Use the public https URL, e.g. https://app.example.com.',
  check: ({ options: { baseUrl } }) => {
    const { protocol, hostname } = new URL(baseUrl);
    const isJudgedAlready = protocol !== 'https:';
    return when(
      isLoopback(hostname) && !isJudgedAlready,
      'baseUrl',
      'is a loopback address in production.',
      'Use the public https URL.',
    );
  },
};
