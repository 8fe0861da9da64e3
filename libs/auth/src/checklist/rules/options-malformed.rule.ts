import type { BootRule } from '../boot-rule.js';

export const optionsMalformedRule: BootRule = {
  id: 'options.malformed',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'options',
  title: 'An option is unknown, missing or not of its type.',
  why: 'A mistyped protection would silently be off.',
  source: 'CWE-1188; OWASP ASVS 5.0 13.1.1',
  remedy: 'As the finding says.',
  acknowledgeable: false,
  check: ({ malformed }) => malformed,
};
