import type { AuthEnvironment } from '../core/options/auth.options.js';
import type { Finding, RuleSeverity } from './boot-rule.js';

/**
 * `acknowledged`: it has failed, and the option `acknowledge` names it. `skipped`: there was nothing to judge, or it was not asked.
 * `unknown`: it could not be found out.
 */
export type ChecklistStatus = 'passed' | 'failed' | 'acknowledged' | 'skipped' | 'unknown';

/** What one rule has said. Plain data: it may be printed as JSON, and holds no secret. */
export interface ChecklistItem {
  /** Of the rule, e.g. `secret.placeholder`. */
  readonly id: string;
  /** In the environment that was judged. Only a failed `refuse` stops the boot. */
  readonly severity: RuleSeverity;
  readonly status: ChecklistStatus;
  /** The option that the rule is about. */
  readonly option: string;
  /** What is wrong when the rule fails. */
  readonly title: string;
  readonly why: string;
  readonly source: string;
  /** Empty unless it has failed or is acknowledged. */
  readonly findings: readonly Finding[];
  /** Why it was skipped or is unknown; else `null`. */
  readonly reason: string | null;
}

/** Every rule with what it has said, in the order of the documentation. */
export interface ChecklistReport {
  /** As which environment the application was judged. */
  readonly environment: AuthEnvironment;
  readonly items: readonly ChecklistItem[];
}

/** The items that stop a start. */
export const refusals = ({ items }: ChecklistReport): ChecklistItem[] =>
  items.filter(({ severity, status }) => severity === 'refuse' && status === 'failed');

/** The items that are to be mended some time, and what could not be found out. */
export const warnings = ({ items }: ChecklistReport): ChecklistItem[] =>
  items.filter(
    ({ severity, status }) =>
      (severity === 'warn' && status === 'failed') || (status === 'unknown' && (severity === 'refuse' || severity === 'warn')),
  );

export const notes = ({ items }: ChecklistReport): ChecklistItem[] =>
  items.filter(({ severity, status }) => severity === 'info' && status === 'failed');

export const acknowledged = ({ items }: ChecklistReport): ChecklistItem[] =>
  items.filter(({ status }) => status === 'acknowledged');
