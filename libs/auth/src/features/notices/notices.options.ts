import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { OptionChecks } from '../../core/options/option-checks.js';

/** What `NoticesModule.forRoot` takes, and what the factory of `forRootAsync` returns. Each notice can be switched off. */
export interface NoticesModuleOptions {
  /** The password was changed or reset. @default true */
  passwordChanged?: boolean;
  /** A session was opened on a device that none of the last hundred was opened on. @default true */
  newDevice?: boolean;
  /** The account was locked. @default true */
  locked?: boolean;
  /** A refresh token was used a second time, so it was copied. @default true */
  sessionReuse?: boolean;
}

export type ResolvedNoticesOptions = Readonly<Required<NoticesModuleOptions>>;

export const NOTICES_DEFAULTS: ResolvedNoticesOptions = Object.freeze({
  passwordChanged: true,
  newDevice: true,
  locked: true,
  sessionReuse: true,
});

export const NOTICES_OPTIONS = Symbol('NOTICES_OPTIONS');

/** @throws AuthConfigurationError with every problem at once */
export function resolveNoticesOptions(given: NoticesModuleOptions): ResolvedNoticesOptions {
  const checks = new OptionChecks();
  const names = Object.keys(NOTICES_DEFAULTS) as (keyof NoticesModuleOptions)[];
  if (!checks.keys('', given, names)) throw new AuthConfigurationError(checks.problems);
  const entries = names.map((name) => [name, checks.boolean(name, given[name] ?? NOTICES_DEFAULTS[name])]);
  if (checks.problems.length > 0) throw new AuthConfigurationError(checks.problems);
  return Object.fromEntries(entries) as ResolvedNoticesOptions;
}
