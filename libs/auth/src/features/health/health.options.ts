import type { Duration } from '../../common/duration.js';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { merged } from '../../core/options/merged.js';
import { OptionChecks } from '../../core/options/option-checks.js';
import { HEALTH_PARTS, type HealthPart } from './health-report.js';

/** What `HealthModule.forRoot` takes, and what the factory of `forRootAsync` returns. */
export interface HealthModuleOptions {
  /** How long an answer may take; what has not answered by then is down. At most a second. @default '1s' */
  deadline?: Duration;
  /** Parts without which the application is down; without any other it is degraded. @default ['database', 'migrations'] */
  critical?: readonly HealthPart[];
  /** How often the mail server is asked at most. @default '1m' */
  mailEvery?: Duration;
  /** The outbox is down once a message has waited so long. @default '1h' */
  outboxAge?: Duration;
  /**
   * When the current secret or signing key was made, e.g. `'2026-01-31'` from the environment beside it; a function where a running process
   * gets other ones. @default not known
   */
  keysMadeAt?: string | Date | (() => string | Date);
  /** Keys are down, that is due for rotation, once they are so old (NIST SP 800-57 part 1, 5.3.6: one to two years). @default '365d' */
  keyAge?: Duration;
}

export interface ResolvedHealthOptions {
  /** Milliseconds, as all of them. */
  deadline: number;
  critical: readonly HealthPart[];
  mailEvery: number;
  outboxAge: number;
  /** Since the epoch; `NaN` when the host's function does not know. */
  keysMadeAt: (() => number) | undefined;
  keyAge: number;
}

export const HEALTH_DEFAULTS = {
  deadline: '1s',
  critical: ['database', 'migrations'],
  mailEvery: '1m',
  outboxAge: '1h',
  keyAge: '365d',
} as const satisfies HealthModuleOptions;

export const HEALTH_OPTIONS = Symbol('HEALTH_OPTIONS');

/** Milliseconds: orchestrators give up after a second by default. */
const LONGEST_DEADLINE = 1_000;

/** @throws AuthConfigurationError with every problem at once */
export function resolveHealthOptions(given: HealthModuleOptions): ResolvedHealthOptions {
  const checks = new OptionChecks();
  const known = [...Object.keys(HEALTH_DEFAULTS), 'keysMadeAt'];
  if (!checks.keys('', given, known)) throw new AuthConfigurationError(checks.problems);
  const { critical, ...durations } = merged<Record<string, unknown>>(HEALTH_DEFAULTS, given);
  const resolved = {
    deadline: checks.duration('deadline', durations['deadline']),
    critical: parts(checks, critical),
    mailEvery: checks.duration('mailEvery', durations['mailEvery']),
    outboxAge: checks.duration('outboxAge', durations['outboxAge']),
    keysMadeAt: madeAt(checks, given['keysMadeAt']),
    keyAge: checks.duration('keyAge', durations['keyAge']),
  };
  if (resolved.deadline > LONGEST_DEADLINE) checks.add('deadline', 'is longer than a second.', "Use '1s' or less.");
  if (checks.problems.length > 0) throw new AuthConfigurationError(checks.problems);
  return resolved;
}

function parts(checks: OptionChecks, given: unknown): readonly HealthPart[] {
  if (!Array.isArray(given)) checks.add('critical', 'is not a list.', `Name some of ${HEALTH_PARTS.join(', ')}.`);
  else given.forEach((part, index) => checks.oneOf(`critical[${index}]`, part, HEALTH_PARTS));
  return given as readonly HealthPart[];
}

function madeAt(checks: OptionChecks, given: unknown): (() => number) | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'function') return () => timeOf((given as () => unknown)());
  const at = timeOf(given);
  if (Number.isNaN(at)) checks.add('keysMadeAt', `${JSON.stringify(given)} is not a date.`, "Use a date as '2026-01-31'.");
  return () => at;
}

const timeOf = (date: unknown): number =>
  date instanceof Date ? date.getTime() : typeof date === 'string' ? Date.parse(date) : Number.NaN;
