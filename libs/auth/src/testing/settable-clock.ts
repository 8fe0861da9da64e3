import { type Duration, parseDuration } from '../common/duration.js';
import { Clock } from '../core/ports/clock.js';

/**
 * A clock that stands still until it is told otherwise.
 *
 * @example
 * ```ts
 * const clock = new SettableClock();
 * AuthModule.forRoot({ ..., overrides: [{ provide: Clock, useValue: clock }] });
 * clock.advance('31m');
 * ```
 */
export class SettableClock extends Clock {
  private time: number;

  /** @param start milliseconds since the epoch, or a date; now unless given */
  constructor(start: number | Date = Date.now()) {
    super();
    this.time = Number(start);
  }

  now(): number {
    return this.time;
  }

  set(time: number | Date): void {
    this.time = Number(time);
  }

  /** @param by a duration such as `'15m'`, or seconds; a negative number goes back */
  advance(by: Duration): void {
    const ms = typeof by === 'number' ? Math.round(by * 1000) : parseDuration(by);
    if (ms === undefined) throw new TypeError(`${JSON.stringify(by)} is not a duration`);
    this.time += ms;
  }
}
