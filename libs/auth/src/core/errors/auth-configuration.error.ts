import { inspect } from 'node:util';

/** One thing that is wrong with the configuration, and what mends it. */
export interface ConfigurationProblem {
  /** Path of the option, e.g. `sessions.cookie.idle`. */
  option: string;
  problem: string;
  remedy: string;
  /** Id of the boot rule that has found it. */
  rule?: string;
}

/**
 * The application does not start: one message with every problem and its remedy. It has no stack: what is wrong is in the configuration,
 * and whoever prints it, Nest or Node, prints the message alone.
 */
export class AuthConfigurationError extends Error {
  declare readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[], options?: ErrorOptions) {
    super(`Latchkey is not configured safely (${problems.length}):\n${problems.map(lineOf).join('\n')}`, options);
    const hidden = (value: unknown) => ({ value, enumerable: false, writable: true, configurable: true });
    Object.defineProperties(this, {
      name: hidden('AuthConfigurationError'),
      problems: hidden(problems),
      stack: hidden(`AuthConfigurationError: ${this.message}`),
    });
  }

  [inspect.custom](): string {
    return this.stack!;
  }
}

const lineOf = ({ option, problem, remedy, rule }: ConfigurationProblem): string =>
  `  - ${option}: ${problem} ${remedy}${rule === undefined ? '' : ` [${rule}]`}`;
