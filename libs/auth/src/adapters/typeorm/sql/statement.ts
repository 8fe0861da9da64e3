import type { Dialect } from './dialect.js';

/** Half of a surrogate pair, or the one character that PostgreSQL's text cannot hold. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/** Whether a string can be text in every database; one that can not is in none, and is not asked for. */
export const isStorable = (text: string): boolean => text.search(UNSTORABLE) === -1;

/** At most `maxLength` UTF-16 units, with what databases can not hold replaced by U+FFFD. */
export function storable(text: string, maxLength = Infinity): string {
  return text.slice(0, maxLength === Infinity ? undefined : maxLength).replace(UNSTORABLE, '\uFFFD');
}

/** An SQL statement in the making: collects its parameters in the order in which the text names them. */
export class Statement {
  readonly parameters: unknown[] = [];

  constructor(private readonly dialect: Dialect) {}

  /** Placeholder of a text or of `NULL`. */
  text(value: string | null): string {
    return this.value(value === null ? null : storable(value));
  }

  /** Placeholder of a list of texts. @param values not empty */
  texts(values: readonly string[]): string {
    return values.map((value) => this.text(value)).join(', ');
  }

  /** Placeholder of an integer or of `NULL`. */
  integer(value: number | null): string {
    // PostgreSQL takes a parameter for text where the statement does not say what it is, e.g. in `$1 + 1`.
    return this.dialect === 'postgres' ? `${this.value(value)}::bigint` : this.value(value);
  }

  /** Placeholder of what a driver takes as it is. */
  value(value: unknown): string {
    this.parameters.push(value);
    return this.dialect === 'postgres' ? `$${this.parameters.length}` : '?';
  }
}

/**
 * Whether a string can be one of our keys: ids, selectors, names. None ends in a space, which databases may ignore when they compare.
 */
export const isKey = (text: unknown): text is string =>
  typeof text === 'string' && text !== '' && text.length <= 128 && text === text.trim() && isStorable(text);
