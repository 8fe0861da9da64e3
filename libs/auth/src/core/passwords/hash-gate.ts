import { availableParallelism } from 'node:os';
import { OverloadedException } from '../errors/auth.errors.js';

export interface HashGateOptions {
  /** Hashes computed at the same time. @default {@link defaultHashConcurrency} */
  concurrency?: number;
  /** Hashes waiting. @default as many as can be answered within a second, at least `concurrency` */
  queue?: number;
  /** How long a hash may wait for its turn, in milliseconds. @default 1500 */
  patience?: number;
}

/** Told of every hash that was computed, also of one that failed. Milliseconds. */
export type HashListener = (waited: number, took: number) => void;

interface Waiting {
  begin(): void;
  timer: NodeJS.Timeout;
}

/** Until the first hash is measured. */
const QUEUE_PER_SLOT = 4;
const PATIENCE = 1500;
/**
 * Who is admitted is answered within a second at p99, of which 200 ms are for the spread of the hashes and for the statements around them.
 * That lets four wait for each slot where a hash takes 160 ms. More would only be later: no slot is idle while one waits for it.
 */
const ANSWERED_WITHIN = 800;
/** Memory is bounded also where a hash takes microseconds. */
const MAX_QUEUE = 2000;
/** Weight of the newest duration in the running mean. */
const SMOOTHING = 0.1;
/** libuv's own default. */
const THREAD_POOL_SIZE = 4;

/**
 * The cores, and one thread less than libuv's pool has (`UV_THREADPOOL_SIZE`), since DNS look-ups and files need one, too.
 *
 * Measured on two cores at bcrypt cost 12: one hash at a time 5.7 a second, two 11.3, three and four no more. With two, a flood of
 * 100 clients gets 11.5 sign-ins a second, and an unrelated route answers within 5 to 22 ms at p99 (one: 5.6 and 5). The kernel
 * shares the cores fairly, so there is little to gain by leaving one idle.
 */
export function defaultHashConcurrency(): number {
  const pool = Number(process.env['UV_THREADPOOL_SIZE']) || THREAD_POOL_SIZE;
  return Math.max(1, Math.min(availableParallelism(), pool - 1));
}

/**
 * Lets a bounded number of hashes run and a bounded number wait, first come, first served; everybody else is told at once.
 * A flood of sign-ins thus takes neither the memory nor the answer time of the rest of the application.
 */
export class HashGate {
  readonly concurrency: number;
  private readonly patience: number;
  private readonly queueLimit: number | undefined;
  private readonly waiting = new Set<Waiting>();
  private readonly listeners = new Set<HashListener>();
  private running = 0;
  private arriving = 0;
  private refusals = 0;
  private meanMs: number | undefined;

  constructor(options: HashGateOptions = {}) {
    this.concurrency = options.concurrency ?? defaultHashConcurrency();
    this.queueLimit = options.queue;
    this.patience = options.patience ?? PATIENCE;
  }

  /** Hashes being computed. */
  get inFlight(): number {
    return this.running;
  }

  /** Hashes waiting for their turn. */
  get queued(): number {
    return this.waiting.size;
  }

  /** Hashes that were not begun since there was no room or no time, so far. */
  get refused(): number {
    return this.refusals;
  }

  /** How many may wait now. */
  get capacity(): number {
    if (this.queueLimit !== undefined) return this.queueLimit;
    if (this.meanMs === undefined) return QUEUE_PER_SLOT * this.concurrency;
    const inTime = Math.floor((this.concurrency * (ANSWERED_WITHIN - this.meanMs)) / this.meanMs);
    return Math.min(MAX_QUEUE, Math.max(this.concurrency, inTime));
  }

  /** For metrics. Returns a function that stops it. */
  observe(listener: HashListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Says how long one hash is going to take, before any was measured. */
  expect(milliseconds: number): void {
    this.meanMs ??= Math.max(0.01, milliseconds);
  }

  /** For whoever has something to spend before its hash. @throws {OverloadedException} when {@link run} would refuse now */
  assertRoom(): void {
    if (this.running + this.waiting.size + this.arriving >= this.concurrency + this.capacity) throw this.refusal();
  }

  /**
   * Does the short work that leads to a hash. While it runs it counts as waiting, so that of a burst only as many begin as can be hashed.
   *
   * @throws {OverloadedException} when there is no room; `work` was then not begun
   */
  async approach<T>(work: () => Promise<T>): Promise<T> {
    this.assertRoom();
    this.arriving++;
    try {
      return await work();
    } finally {
      this.arriving--;
    }
  }

  /** @throws {OverloadedException} when the queue is full, or the turn did not come in time; `work` was then not begun */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const asked = performance.now();
    if (this.running < this.concurrency) this.running++;
    else await this.turn();

    const begun = performance.now();
    try {
      return await work();
    } finally {
      const took = performance.now() - begun;
      this.learn(took);
      this.next();
      for (const listener of this.listeners) listener(begun - asked, took);
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.size >= this.capacity) return Promise.reject(this.refusal());
    return new Promise((resolve, reject) => {
      const abandon = (): void => {
        this.waiting.delete(entry);
        reject(this.refusal());
      };
      const entry: Waiting = { begin: resolve, timer: setTimeout(abandon, this.patience) };
      this.waiting.add(entry);
    });
  }

  /** Hands the slot on: it is never free while somebody waits, so nobody overtakes. */
  private next(): void {
    const [first] = this.waiting;
    if (first === undefined) {
      this.running--;
      return;
    }
    this.waiting.delete(first);
    clearTimeout(first.timer);
    first.begin();
  }

  private refusal(): OverloadedException {
    this.refusals++;
    return new OverloadedException();
  }

  private learn(milliseconds: number): void {
    const mean = this.meanMs ?? milliseconds;
    this.meanMs = Math.max(0.01, mean + SMOOTHING * (milliseconds - mean));
  }
}
