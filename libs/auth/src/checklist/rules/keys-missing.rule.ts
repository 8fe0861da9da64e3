import { keyFindings } from '../key-findings.js';
import type { BootRule } from '../boot-rule.js';

export const keysMissingRule: BootRule = {
  id: 'keys.missing',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'tokens.keys',
  title: 'An asymmetric algorithm has no keys.',
  why: 'No token could be signed.',
  source: 'RFC 7515 section 4.1.1',
  remedy: 'tokens: { keys: new StaticKeyProvider([process.env.SIGNING_KEY!]) }; Make a pair: npx nestjs-latchkey generate-keys',
  acknowledgeable: false,
  check: ({ keys }) => keyFindings(keys, 'missing'),
};
