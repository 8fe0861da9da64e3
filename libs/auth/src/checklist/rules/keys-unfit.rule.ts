import { keyFindings } from '../key-findings.js';
import type { BootRule } from '../boot-rule.js';

export const keysUnfitRule: BootRule = {
  id: 'keys.unfit',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'tokens.keys',
  title: 'A key cannot be used with the algorithm.',
  why: 'No token could be signed or checked.',
  source: 'RFC 7518 section 3.1; RFC 8037',
  remedy: 'Make a pair: npx nestjs-latchkey generate-keys',
  acknowledgeable: false,
  check: ({ keys }) => keyFindings(keys, 'unfit'),
};
