import { weakSecrets } from '../weak-secrets.js';
import type { BootRule } from '../boot-rule.js';

export const secretPublishedRule: BootRule = {
  id: 'secret.published',
  severity: { production: 'refuse', development: 'warn' },
  option: 'secret',
  title: 'A secret stands in public documentation.',
  why: 'Everybody can read it, so everybody can sign tokens.',
  source: 'OWASP ASVS 5.0 13.3.1; CWE-798',
  remedy: 'Generate one: npx nestjs-latchkey generate-secret',
  acknowledgeable: false,
  check: ({ secrets }) => weakSecrets(secrets, 'published'),
};
