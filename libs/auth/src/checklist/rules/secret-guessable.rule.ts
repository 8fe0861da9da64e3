import { weakSecrets } from '../weak-secrets.js';
import type { BootRule } from '../boot-rule.js';

export const secretGuessableRule: BootRule = {
  id: 'secret.guessable',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'secret',
  title: 'A secret repeats itself or has too little entropy.',
  why: 'Its length says nothing when a program that tries patterns finds it.',
  source: 'NIST SP 800-131A section 1.2.2: 112 bits; OWASP ASVS 5.0 11.5.1',
  remedy: 'Generate one: npx nestjs-latchkey generate-secret',
  acknowledgeable: false,
  check: ({ secrets }) => weakSecrets(secrets, 'guessable'),
};
