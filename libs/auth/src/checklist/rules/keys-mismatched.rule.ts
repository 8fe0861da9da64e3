import { keyFindings } from '../key-findings.js';
import type { BootRule } from '../boot-rule.js';

export const keysMismatchedRule: BootRule = {
  id: 'keys.mismatched',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'tokens.keys',
  title: 'The halves of a key pair do not belong together.',
  why: 'Every token that is signed would be refused.',
  source: 'RFC 7515 section 5.2',
  remedy: 'Make a pair: npx nestjs-latchkey generate-keys',
  acknowledgeable: false,
  check: ({ keys }) => keyFindings(keys, 'mismatched'),
};
