import { weakSecrets } from '../weak-secrets.js';
import type { BootRule } from '../boot-rule.js';

export const secretPlaceholderRule: BootRule = {
  id: 'secret.placeholder',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'secret',
  title: 'A secret is made of the words of a tutorial.',
  why: 'Whoever tries secrets tries those first, and then signs tokens for everybody.',
  source: 'OWASP ASVS 5.0 13.3.1; CWE-798',
  remedy: 'Generate one: npx nestjs-latchkey generate-secret',
  acknowledgeable: false,
  check: ({ secrets }) => weakSecrets(secrets, 'placeholder'),
};
