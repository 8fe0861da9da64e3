import type { Readable } from 'node:stream';

/** What a command sees of the world outside. */
export interface Terminal {
  /** One line for whoever or whatever reads the result. */
  out(line: string): void;
  /** One line for whoever watches. */
  err(line: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The file that runs, if it is the program: it lies inside this package. */
  readonly script?: string;
  /** What is typed or piped in. */
  readonly input?: Readable & { isTTY?: boolean };
  /** Replaces the line that is shown to whoever watches the error stream; absent when nobody does. */
  progress?(text: string): void;
  /** Whether people read the output stream, rather than a file or a program. @default false */
  readonly isInteractive?: boolean;
}

/** Stops a command with one sentence that names the remedy; it is printed without a stack. Never holds a secret. */
export class CommandError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
  }
}

/** Text out of a database may hold what moves the cursor or colours the screen. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '\uFFFD');

/** Aligned columns; the last one is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(widths[column]! - [...cell].length))
      .join('  ')
      .trimEnd(),
  );
}
