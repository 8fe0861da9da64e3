import { closest } from '../../common/closest.js';
import { parseDuration } from '../../common/duration.js';
import type { ConfigurationProblem } from '../errors/auth-configuration.error.js';

const IS_NULL = 'is null.';

/** Collects every problem instead of stopping at the first one. */
export class OptionChecks {
  readonly problems: ConfigurationProblem[] = [];

  add(option: string, problem: string, remedy: string): void {
    const isNull = this.problems.findIndex((one) => one.option === option && one.problem === IS_NULL);
    // What is said of the value is more exact than that there is none.
    this.problems.splice(isNull < 0 ? this.problems.length : isNull, isNull < 0 ? 0 : 1, { option, problem, remedy });
  }

  /**
   * Unknown keys are mistakes: a mistyped protection would silently be off.
   *
   * @param elsewhere keys that have their place beside the asynchronous factory, not in what it returns
   */
  keys(
    path: string,
    value: unknown,
    known: readonly string[],
    elsewhere: readonly string[] = [],
  ): value is Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.add(path || 'options', 'is not an object.', 'Pass an object.');
      return false;
    }
    const prefix = path === '' ? '' : `${path}.`;
    for (const [key, one] of Object.entries(value)) {
      if (one === null) this.add(`${prefix}${key}`, IS_NULL, 'Leave it out for the default.');
      if (known.includes(key)) continue;
      if (elsewhere.includes(key)) {
        this.add(key, 'is decided when the module graph is built.', 'Pass it beside useFactory.');
        continue;
      }
      const suggestion = closest(key, [...known, ...elsewhere]);
      const remedy = suggestion === undefined ? `Known: ${known.join(', ')}.` : `Did you mean ${prefix}${suggestion}?`;
      this.add(`${prefix}${key}`, 'is not an option.', remedy);
    }
    return true;
  }

  duration(option: string, value: unknown): number {
    const ms = parseDuration(value);
    if (ms !== undefined) return ms;
    this.add(option, `${JSON.stringify(value)} is not a duration.`, "Use '15m', '30d' or a number of seconds.");
    return 1;
  }

  integer(option: string, value: unknown, min: number, max: number): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    this.add(option, `${JSON.stringify(value)} is out of range.`, `Use a whole number from ${min} to ${max}.`);
    return min;
  }

  oneOf<T extends string>(option: string, value: unknown, allowed: readonly T[]): T {
    if (allowed.includes(value as T)) return value as T;
    this.add(option, `${JSON.stringify(value)} is not possible.`, `Use ${allowed.map((one) => `'${one}'`).join(' or ')}.`);
    return allowed[0]!;
  }

  boolean(option: string, value: unknown): boolean {
    if (typeof value !== 'boolean') this.add(option, `${JSON.stringify(value)} is not a boolean.`, 'Use true or false.');
    return value === true;
  }

  text(option: string, value: unknown): string {
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.add(option, 'is empty or not a string.', 'Use a string that is not empty.');
    return '';
  }
}
