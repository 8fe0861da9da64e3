import type { Duration } from '../../common/duration.js';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { OptionChecks } from '../../core/options/option-checks.js';

/** What `AuditModule.forRoot` takes, and what the factory of `forRootAsync` returns. */
export interface AuditModuleOptions {
  /** Who has it may read the log over HTTP; without `RolesModule` that is nobody. @default 'audit.read' */
  permission?: string;
  /**
   * How long rows are kept; `false` when something else removes them, as it must where the application's role may only insert.
   * @default '400d' (PCI DSS 4.0.1 requirement 10.5.1: at least 12 months)
   */
  retention?: Duration | false;
  /**
   * Audited events in the host's logger as well: one line of JSON each, or an object for loggers that write objects themselves (Nest's with
   * `json: true`, pino).
   * @default 'line'
   */
  log?: 'line' | 'object' | false;
}

export interface ResolvedAuditOptions {
  permission: string;
  /** Milliseconds. */
  retention: number | false;
  log: 'line' | 'object' | false;
}

export const AUDIT_DEFAULTS = {
  permission: 'audit.read',
  retention: '400d',
  log: 'line',
} as const satisfies AuditModuleOptions;

export const AUDIT_OPTIONS = Symbol('AUDIT_OPTIONS');

/** @throws AuthConfigurationError with every problem at once */
export function resolveAuditOptions(given: AuditModuleOptions): ResolvedAuditOptions {
  const checks = new OptionChecks();
  if (!checks.keys('', given, ['permission', 'retention', 'log'])) throw new AuthConfigurationError(checks.problems);
  const {
    permission = AUDIT_DEFAULTS.permission,
    retention = AUDIT_DEFAULTS.retention,
    log = AUDIT_DEFAULTS.log,
  }: AuditModuleOptions = given;
  const resolved: ResolvedAuditOptions = {
    permission: checks.text('permission', permission),
    retention: retention === false ? false : checks.duration('retention', retention),
    log: log === false ? false : checks.oneOf('log', log, ['line', 'object'] as const),
  };
  if (checks.problems.length > 0) throw new AuthConfigurationError(checks.problems);
  return resolved;
}
