/** The time, as a port: tests set it, and nothing else in the library asks the operating system what time it is. */
export abstract class Clock {
  /** Milliseconds since the Unix epoch. */
  abstract now(): number;
}

/** The operating system's clock. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }
}
