import type { ConfigurationProblem } from '../core/errors/auth-configuration.error.js';
import type { AuthEnvironment, ResolvedAuthOptions } from '../core/options/auth.options.js';
import { secretName } from '../core/options/resolve-secrets.js';
import type { BootFacts, NamedSecret } from './boot-facts.js';
import { BOOT_RULES } from './boot-rules.js';

/** What the options alone tell. */
export const optionFacts = (
  options: ResolvedAuthOptions,
  environment: AuthEnvironment = options.environment,
  malformed: readonly ConfigurationProblem[] = [],
): BootFacts => ({
  environment,
  options,
  malformed,
  secrets: secretsOf(options),
  rules: BOOT_RULES.map(({ id }) => id),
  lenient: BOOT_RULES.filter(({ acknowledgeable }) => acknowledgeable !== false).map(({ id }) => id),
});

const secretsOf = ({ secrets, passwords }: ResolvedAuthOptions): NamedSecret[] => [
  ...secrets.map((secret, index) => ({ option: secretName(index, secrets.length), secret })),
  ...passwords.pepper.map(({ secret }) => ({ option: 'passwords.pepper', secret })),
];
