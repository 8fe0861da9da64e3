interface Failure {
  message?: unknown;
  code?: unknown;
  errors?: unknown[];
}

interface Problem {
  option: string;
  problem: string;
  remedy: string;
}

/** Why something failed, in one line that ends with a full stop and repeats none of `secrets`. */
export function reasonOf(error: unknown, secrets: readonly string[] = []): string {
  const { message, code, errors } = (error ?? {}) as Failure;
  // A refused connection to a name with several addresses has no message of its own.
  if (message === '' && Array.isArray(errors) && errors.length > 0) return reasonOf(errors[0], secrets);
  const text = typeof message === 'string' && message !== '' ? message : typeof code === 'string' ? code : 'unknown reason';
  const line = summaryOf(configurationProblems(error)) ?? text.split('\n')[0]!.trim();
  const clean = secrets.reduce((left, secret) => left.replaceAll(secret, '…'), line);
  return /[.!?]$/.test(clean) ? clean : `${clean}.`;
}

/** The problems of an `AuthConfigurationError`, known by its name: a CommonJS host throws the twin of our class. */
export const configurationProblems = (error: unknown): readonly Problem[] =>
  error instanceof Error && error.name === 'AuthConfigurationError'
    ? (error as Error & { problems: readonly Problem[] }).problems
    : [];

function summaryOf([first, ...others]: readonly Problem[]): string | undefined {
  if (first === undefined) return undefined;
  const { option, problem, remedy } = first;
  return `${option}: ${problem} ${remedy}${others.length > 0 ? ` There are ${others.length} more problems.` : ''}`;
}
