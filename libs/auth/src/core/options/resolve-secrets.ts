import type { OptionChecks } from './option-checks.js';

const REMEDY = 'Generate one: npx nestjs-latchkey generate-secret';

/** The option `secret`, as a ring. How strong they are is for the boot rules to judge. */
export function resolveSecrets(checks: OptionChecks, given: unknown): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (secrets.length === 0) checks.add('secret', 'is an empty list.', REMEDY);
  for (const [index, secret] of secrets.entries()) {
    const name = secretName(index, secrets.length);
    if (!isText(secret)) checks.add(name, 'is missing.', REMEDY);
    else if (secrets.indexOf(secret) !== index) checks.add(name, 'is the same as an earlier one.', 'Remove it from the list.');
  }
  return secrets.filter(isText);
}

/** How messages call one of a ring. */
export const secretName = (index: number, count: number): string => (count > 1 ? `secret[${index}]` : 'secret');

const isText = (secret: unknown): secret is string => typeof secret === 'string' && secret !== '';
