import type { BootRule } from '../boot-rule.js';
import { when } from '../verdict.js';

export const hasherWeakRule: BootRule = {
  id: 'hasher.weak',
  severity: { production: 'refuse', development: 'warn' },
  option: 'hasher',
  title: 'New password hashes are weak.',
  why: 'Whoever copies the table tries so many more passwords a second.',
  source: 'OWASP Password Storage Cheat Sheet',
  remedy: 'hasher: bcrypt({ cost: 12 }) or argon2id(), or leave it out.',
  check: ({ hashing }) => {
    if (hashing === undefined) return { skipped: 'nothing is known of the hasher' };
    return when(
      hashing.weakness !== null,
      'hasher',
      hashing.weakness ?? '',
      'Use bcrypt({ cost: 12 }) or argon2id(), or leave it out.',
    );
  },
};
