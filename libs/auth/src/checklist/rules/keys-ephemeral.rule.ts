import { keyFindings } from '../key-findings.js';
import type { BootRule } from '../boot-rule.js';

export const keysEphemeralRule: BootRule = {
  id: 'keys.ephemeral',
  severity: { production: 'refuse', development: 'off' },
  option: 'tokens.keys',
  title: 'The keys are made anew at every start.',
  why: 'A restart ends every access token, and two processes refuse what the other has signed.',
  source: 'OWASP Key Management Cheat Sheet',
  remedy: 'Keep the pair in a secrets manager or in the environment. Make a pair: npx nestjs-latchkey generate-keys',
  check: ({ keys }) => keyFindings(keys, 'ephemeral'),
};
