import { type SecretWeakness, secretWeakness } from '../core/options/secret-strength.js';
import type { NamedSecret } from './boot-facts.js';
import type { Finding } from './boot-rule.js';

/** Those that are weak in this way; a secret is never part of what is said about it. */
export const weakSecrets = (secrets: readonly NamedSecret[], kind: SecretWeakness['kind']): Finding[] =>
  secrets.flatMap(({ option, secret }) => {
    const weakness = secretWeakness(secret);
    return weakness?.kind === kind
      ? [{ option, problem: weakness.problem, remedy: 'Generate one: npx nestjs-latchkey generate-secret' }]
      : [];
  });
