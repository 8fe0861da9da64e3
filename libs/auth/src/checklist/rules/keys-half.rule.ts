import { keyFindings } from '../key-findings.js';
import type { BootRule } from '../boot-rule.js';

export const keysHalfRule: BootRule = {
  id: 'keys.half',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'tokens.keys',
  title: 'A key pair lacks a half that is needed.',
  why: 'Without the private half of the first pair nothing is signed; without a public half nobody can check what was.',
  source: 'RFC 7517 section 4',
  remedy: 'Put a complete pair first. Make a pair: npx nestjs-latchkey generate-keys',
  acknowledgeable: false,
  check: ({ keys }) => keyFindings(keys, 'half'),
};
