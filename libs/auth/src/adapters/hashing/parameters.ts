import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';

/** @throws {AuthConfigurationError} naming the parameter, unless it is a whole number within the bounds */
export function wholeNumber(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new AuthConfigurationError([
    { option: `hasher: ${name}`, problem: `is ${String(value)}.`, remedy: `Use a whole number from ${least} to ${most}.` },
  ]);
}
