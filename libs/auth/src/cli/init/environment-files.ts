import type { Database } from './module-code.js';

export interface Variable {
  readonly name: string;
  readonly comment: string;
  readonly value: string;
  /** What others are shown. @default `value` */
  readonly example?: string;
}

/** Where SQLite keeps the accounts, below the project's folder. */
const DATA_FOLDER = '.data';

export function variablesFor(project: string, database: Database | null, secret: string): Variable[] {
  const server = (scheme: string, user: string, port: number): Variable => ({
    name: 'DATABASE_URL',
    comment: 'User, password, host and name of the database.',
    value: `${scheme}://${user}:${user}@localhost:${port}/${project}`,
  });
  const variables: Variable[] = [
    {
      name: 'AUTH_SECRET',
      comment: 'At least 32 random bytes, others in every environment: npx nestjs-latchkey generate-secret',
      value: secret,
      example: '',
    },
    {
      name: 'AUTH_BASE_URL',
      comment: 'Public URL of the application. Links in mail and the security of cookies follow it.',
      value: 'http://localhost:3000',
    },
  ];
  switch (database) {
    case 'sqlite':
      return [...variables, { name: 'DATABASE_FILE', comment: 'The file of SQLite.', value: `${DATA_FOLDER}/${project}.sqlite` }];
    case 'postgres':
      return [...variables, server('postgres', 'postgres', 5432)];
    case 'mysql':
      return [...variables, server('mysql', 'root', 3306)];
    case null:
      return variables;
  }
}

/** `.env` with what is missing. A value that is there stays, whatever it is. */
export function withVariables(text: string, variables: readonly Variable[]): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const filled = variables.reduce(
    (left, { name, value }) =>
      occurrences(left, name) === 1
        ? left.replace(emptyLineOf(name), (_, start: string, end: string) => start + value + end)
        : left,
    text,
  );
  const missing = variables.filter(({ name }) => occurrences(text, name) === 0);
  return appended(filled, missing.map(({ name, comment, value }) => `# ${comment}\n${name}=${value}`).join('\n'), newline);
}

/** The same without what is nobody's business. */
export const withExamples = (text: string, variables: readonly Variable[]): string =>
  withVariables(
    text,
    variables
      .filter(({ name }) => occurrences(text, name) === 0)
      .map((variable) => ({ ...variable, value: variable.example ?? variable.value })),
  );

/** `.gitignore` that keeps the secret, and the database if it is a file, out of the repository. */
export function withIgnored(text: string, database: Database | null): string {
  const lines = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^\//, '').replace(/\/$/, '')));
  const isIgnored = (...patterns: string[]): boolean => patterns.some((pattern) => lines.has(pattern));
  const missing: string[] = [];
  if (!isIgnored('.env', '.env*', '*.env')) missing.push('.env');
  if (database === 'sqlite' && !isIgnored(DATA_FOLDER)) missing.push(`${DATA_FOLDER}/`);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return appended(text, missing.join('\n'), newline);
}

/** Whether somebody says explicitly that `.env` belongs into the repository. */
export const wantsEnvironmentInGit = (text: string): boolean => /^!\/?\.env\s*$/m.test(text);

const occurrences = (text: string, name: string): number =>
  text.match(new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=`, 'gm'))?.length ?? 0;

/** `NAME=`, as it stands in a copy of `.env.example`, perhaps with a comment. */
const emptyLineOf = (name: string): RegExp =>
  new RegExp(`^([ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=)[ \\t]*(?:""|'')?([ \\t]+#.*|[ \\t]*)$`, 'm');

function appended(text: string, addition: string, newline: string): string {
  if (addition === '') return text;
  const gap = text === '' ? '' : text.endsWith('\n') ? newline : newline + newline;
  return text + gap + addition.replaceAll('\n', newline) + newline;
}
