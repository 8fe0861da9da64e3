import { weakSecrets } from '../weak-secrets.js';
import type { BootRule } from '../boot-rule.js';

export const secretTooShortRule: BootRule = {
  id: 'secret.too-short',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'secret',
  title: 'A secret has less than 32 bytes.',
  why: 'Whoever has one token can try secrets offline until one fits, and then signs tokens for everybody.',
  source: 'RFC 7518 section 3.2',
  remedy: 'Generate one: npx nestjs-latchkey generate-secret',
  acknowledgeable: false,
  check: ({ secrets }) => weakSecrets(secrets, 'short'),
};
