import { Clock } from 'nestjs-latchkey';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A clock that stands still until it is told to go on. */
export class TestClock extends Clock {
  private time = Math.floor(Date.now() / 1000) * 1000;

  now(): number {
    return this.time;
  }

  /** @param span e.g. `'11m'` */
  advance(span: `${number}${keyof typeof UNITS}`): void {
    this.time += Number.parseFloat(span) * UNITS[span.slice(-1) as keyof typeof UNITS];
  }

  /** For the `overrides` of the application. */
  get provider() {
    return { provide: Clock, useValue: this };
  }
}
