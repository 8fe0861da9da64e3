/** One thing that is wrong with the configuration, and what mends it. */
export interface ConfigurationProblem {
  /** Path of the option, e.g. `sessions.cookie.idle`. */
  option: string;
  problem: string;
  remedy: string;
}

/** The application does not start: one message with every problem and its remedy. */
export class AuthConfigurationError extends Error {
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[], options?: ErrorOptions) {
    const lines = problems.map(({ option, problem, remedy }) => `  - ${option}: ${problem} ${remedy}`);
    super(`Latchkey is not configured safely (${problems.length}):\n${lines.join('\n')}`, options);
    this.name = 'AuthConfigurationError';
    this.problems = problems;
  }
}
