import type { ConfigurationProblem } from '../core/errors/auth-configuration.error.js';
import type { BootFacts } from './boot-facts.js';

/**
 * `refuse`: the application does not start. `warn`: the log says so at every start. `info`: worth knowing. `off`: nothing to find in that
 * environment.
 */
export type RuleSeverity = 'refuse' | 'warn' | 'info' | 'off';

/** One thing that a rule has found: the option, what is wrong with it, and the line that mends it. */
export type Finding = ConfigurationProblem;

/** Of a rule that has nothing to judge here, e.g. what concerns Redis where there is none. */
export interface NotApplicable {
  skipped: string;
}

/** Of a rule whose facts could not be had, e.g. because the database does not answer. */
export interface NotKnown {
  unknown: string;
}

/** Nothing found is an empty list. */
export type Verdict = readonly Finding[] | NotApplicable | NotKnown;

/** One item of the production checklist. */
export interface BootRule {
  /** `<room>.<reason>`; what `acknowledge` takes. */
  readonly id: string;
  /** The environment `test` counts as development. */
  readonly severity: { readonly production: RuleSeverity; readonly development: RuleSeverity };
  /** The option that it is mostly about; each finding names its own. */
  readonly option: string;
  /** What is wrong when it fails, as a sentence. */
  readonly title: string;
  /** Why that matters, as a sentence. */
  readonly why: string;
  /** Who says so: OWASP, NIST, an RFC, a manual. */
  readonly source: string;
  /** The line that mends it; findings may be more exact. */
  readonly remedy: string;
  /** `false`: `acknowledge` does not help, because nothing would work or nobody could want it. @default true */
  readonly acknowledgeable?: boolean;
  /** Asks what may be out of order without stopping a deploy, or takes long, so that only `run({ connect: true })` does. @default false */
  readonly connects?: boolean;
  /** Severity of `run({ connect: true })`, whose point is to find out. @default as without */
  readonly whenConnecting?: RuleSeverity;
  check(facts: BootFacts): Verdict | Promise<Verdict>;
}
