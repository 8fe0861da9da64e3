import { withDeadline } from './deadline.js';
import { OutsideContext } from './outside-context.js';

export interface QuestionTimes {
  /** How long whoever asks waits, in milliseconds. */
  deadline: number;
  /** How long an answer is believed, in milliseconds. */
  believed: number;
  /** How long a rejection is believed, in milliseconds. @default as an answer */
  rejectionBelieved?: number;
}

/** When an inquiry without an end is given up and made again, in milliseconds. */
const GIVEN_UP = 30_000;

/**
 * One question about the application's surroundings. It is asked one at a time, however many want to know: probes must not use up what they
 * ask about. While it is being asked, an answer that was just believed goes on being, so that what takes its time does not flicker.
 */
export class SharedQuestion<T> {
  private readonly outside = new OutsideContext();
  private known: { answer: Promise<T>; at: number; believed: number } | undefined;
  private underWay: { answer: Promise<T>; since: number } | undefined;

  constructor(
    private readonly inquiry: () => Promise<T>,
    private readonly times: QuestionTimes,
    private readonly now: () => number,
  ) {}

  /** Settles within the deadline; rejects when there is no answer by then, and as the inquiry does, which is believed as well. */
  ask(): Promise<T> {
    const known = this.knownFor(1);
    if (known !== undefined) return known;
    const lately = this.knownFor(2);
    return withDeadline(this.begin(), this.times.deadline, () => new LateError()).catch((error: unknown) => {
      if (error instanceof LateError && lately !== undefined) return lately;
      throw error;
    });
  }

  /** @param times the while for which it is believed */
  private knownFor(times: number): Promise<T> | undefined {
    if (this.known === undefined) return undefined;
    const { answer, at, believed } = this.known;
    const age = this.now() - at;
    return age >= 0 && age < times * believed ? answer : undefined;
  }

  private begin(): Promise<T> {
    if (this.underWay !== undefined && performance.now() - this.underWay.since < GIVEN_UP) return this.underWay.answer;
    const answer = this.outside.run(async () => this.inquiry());
    const underWay = { answer, since: performance.now() };
    this.underWay = underWay;
    const settled = (believed: number): void => {
      this.known = { answer, at: this.now(), believed };
      if (this.underWay === underWay) this.underWay = undefined;
    };
    const { believed, rejectionBelieved = believed } = this.times;
    answer.then(
      () => settled(believed),
      () => settled(rejectionBelieved),
    );
    return answer;
  }
}

class LateError extends Error {
  constructor() {
    super('no answer in time');
  }
}
