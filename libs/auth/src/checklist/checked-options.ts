import type { AuthEnvironment, AuthModuleOptions, ResolvedAuthOptions } from '../core/options/auth.options.js';
import { readAuthOptions } from '../core/options/resolve-auth-options.js';
import { judge } from './checklist.js';
import type { ChecklistReport } from './checklist-report.js';
import { optionFacts } from './option-facts.js';
import { RefusedStartError } from './refused-start.error.js';

/**
 * The options, completed. Whether they are safe is judged later, together with everything else; only when some cannot be understood is what
 * the rest says judged at once.
 *
 * @throws AuthConfigurationError with what cannot be understood and what is refused
 */
export async function checkedOptions(given: AuthModuleOptions): Promise<ResolvedAuthOptions> {
  const { options, problems } = readAuthOptions(given);
  if (problems.length > 0) throw new RefusedStartError(await judge(optionFacts(options, options.environment, problems)));
  return options;
}

/** What the rules say to options alone, without an application: what concerns its parts is skipped. */
export function judgeOptions(given: AuthModuleOptions, environment?: AuthEnvironment): Promise<ChecklistReport> {
  const { options, problems } = readAuthOptions(given);
  return judge(optionFacts(options, environment, problems));
}
