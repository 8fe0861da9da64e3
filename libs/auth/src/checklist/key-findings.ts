import type { SigningKeyFault } from '../core/tokens/signing-key.rules.js';
import type { Verdict } from './boot-rule.js';

/** What is wrong with key pairs in this way. */
export function keyFindings(faults: readonly SigningKeyFault[] | undefined, kind: SigningKeyFault['kind']): Verdict {
  if (faults === undefined) return { skipped: 'tokens are signed with keys derived from the secret' };
  return faults.filter((fault) => fault.kind === kind).map(({ option, problem, remedy }) => ({ option, problem, remedy }));
}
