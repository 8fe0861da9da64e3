import { keyFindings } from '../key-findings.js';
import type { BootRule } from '../boot-rule.js';

export const keysRsaTooShortRule: BootRule = {
  id: 'keys.rsa-too-short',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'tokens.keys',
  title: 'An RSA key has less than 3,072 bits.',
  why: '2,048 bits are 112 bits of strength; 128 are asked for.',
  source: 'OWASP ASVS 5.0 11.2.3; NIST SP 800-57 part 1 table 2',
  remedy: 'Make a pair: npx nestjs-latchkey generate-keys',
  acknowledgeable: false,
  check: ({ keys }) => keyFindings(keys, 'rsa-short'),
};
