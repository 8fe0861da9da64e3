import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { withDeadline } from '../../common/deadline.js';
import { OutsideContext } from '../../common/outside-context.js';
import { BootCheck } from '../ports/boot-check.js';
import { CacheStore } from '../ports/cache-store.js';
import { Clock } from '../ports/clock.js';
import { type Revocation, type RevocationKind, RevocationLog } from '../ports/revocation-log.js';
import { StoreUnavailableException } from '../errors/auth.errors.js';
import { decodeRevocations, encodeRevocations, REVOCATION_CHANNEL } from './revocation-message.js';

/** All in milliseconds. */
export interface RevocationTuning {
  /** How often the log is read without anybody asking. @default 500 */
  pollEvery: number;
  /** How far back each read looks. @default 30,000 */
  window: number;
  /** How long memory is believed after the start of the last good read; the contract's second. @default 1,000 */
  believedFor: number;
  /** How long a read may take. @default 1,000 */
  readDeadline: number;
  /** No unit of work takes longer: its rows may appear that much after their time. @default 5,000 */
  longestUnit: number;
}

export const REVOCATION_TUNING_DEFAULTS: RevocationTuning = {
  pollEvery: 500,
  window: 30_000,
  believedFor: 1_000,
  readDeadline: 1_000,
  longestUnit: 5_000,
};

/** Overrides of {@link REVOCATION_TUNING_DEFAULTS}; not part of the public options, because the contract promises one second. */
export const REVOCATION_TUNING = Symbol('LATCHKEY_REVOCATION_TUNING');

/** A memory that must forget. Both methods are synchronous and must not throw. */
export interface RevocationListener {
  forget(revocation: Revocation): void;
  /** Revocations may have been missed: nothing remembered may be believed. */
  forgetEverything(): void;
}

/** How many reads a request may cause before it is given up: each one was overtaken by a blocked event loop. */
const MAX_READS = 3;

/**
 * What this process knows of revocations, and how fresh that knowledge is.
 *
 * One timer reads {@link RevocationLog} every 500 ms; messages of the cache only make it sooner. Derived memories register as
 * {@link RevocationListener} and ask {@link trusted} before they believe themselves. Ages are measured with the monotonic clock *and* the
 * {@link Clock} port, whichever says more, because the monotonic one may stand still while a machine is suspended.
 */
@Injectable()
export class Revocations implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Revocations.name);
  private readonly tuning: RevocationTuning;
  private readonly origin = randomUUID();
  private readonly outside = new OutsideContext();
  private readonly listeners: RevocationListener[] = [];
  /** When this process last learnt that a subject was revoked, oldest first. */
  private readonly learntAt = new Map<string, number>();
  private knownRows = new Set<string>();
  private coveredUntil = performance.now();
  private coveredUntilClock: number;
  private everRead = false;
  private forgotEverythingAt = -Infinity;
  private flight: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  private unsubscribe: Promise<(() => Promise<void>) | undefined> | undefined;
  private readable = true;
  private publishing = true;

  constructor(
    private readonly log: RevocationLog,
    private readonly cache: CacheStore,
    private readonly clock: Clock,
    @Optional() @Inject(REVOCATION_TUNING) tuning?: Partial<RevocationTuning>,
    @Optional() private readonly boot?: BootCheck,
  ) {
    this.tuning = { ...REVOCATION_TUNING_DEFAULTS, ...tuning };
    this.coveredUntilClock = clock.now();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.boot?.passed();
    // Without the timer whoever asks reads the log: a command does so when it needs to.
    if (this.isClosed || this.timer !== undefined || this.boot?.isServing === false) return;
    this.timer = setInterval(() => this.poll(), this.tuning.pollEvery).unref();
    this.unsubscribe = this.cache.subscribe(REVOCATION_CHANNEL, (message) => this.receive(message)).catch(() => undefined);
    this.poll();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    this.timer = undefined;
    const unsubscribe = await this.unsubscribe;
    this.unsubscribe = undefined;
    await unsubscribe?.().catch(() => undefined);
    await this.flight?.catch(() => undefined);
  }

  register(listener: RevocationListener): void {
    this.listeners.push(listener);
  }

  /** Whether memory may be believed now. Synchronous, for the hot path. @param now the {@link Clock}'s time */
  trusted(now: number): boolean {
    const { believedFor } = this.tuning;
    return this.everRead && performance.now() - this.coveredUntil <= believedFor && now - this.coveredUntilClock <= believedFor;
  }

  /**
   * Resolves once memory may be believed: at once, or after one read that all callers share.
   *
   * @throws StoreUnavailableException when the log cannot be read in time
   */
  async ensureTrusted(): Promise<void> {
    for (let reads = 0; !this.trusted(this.clock.now()); reads++) {
      if (reads === MAX_READS) throw new StoreUnavailableException();
      const startedAt = performance.now();
      try {
        await this.read();
      } catch (error) {
        // A deadline that passed while the event loop stood still says nothing about the store.
        if (performance.now() - startedAt > this.tuning.readDeadline * 1.2) continue;
        throw error instanceof StoreUnavailableException ? error : new StoreUnavailableException({ cause: error });
      }
    }
  }

  /** Whether this process has learnt since `moment` (monotonic) of a revocation that concerns the subject: what was read then may be old. */
  learntSince(moment: number, kind: RevocationKind, subject: string): boolean {
    if (this.forgotEverythingAt >= moment) return true;
    const at = this.learntAt.get(keyOf(kind, subject));
    return at !== undefined && at >= moment;
  }

  /** After commit: forgets here at once and tells the other processes. A message that is lost costs them half a second, nothing else. */
  announce(revocations: readonly Revocation[]): void {
    if (revocations.length === 0) return;
    for (const revocation of revocations) this.learn(revocation);
    this.cache.publish(REVOCATION_CHANNEL, encodeRevocations(this.origin, revocations)).then(
      () => {
        this.publishing = true;
      },
      (error: unknown) => {
        if (this.publishing)
          this.logger.debug(`Revocations are not published, other processes read them instead: ${String(error)}`);
        this.publishing = false;
      },
    );
  }

  private receive(message: string): void {
    for (const revocation of decodeRevocations(message, this.origin)) this.learn(revocation);
  }

  private poll(): void {
    this.read().catch(() => undefined);
  }

  private read(): Promise<void> {
    this.flight ??= this.outside
      .run(() => this.readOnce())
      .finally(() => {
        this.flight = undefined;
      });
    return this.flight;
  }

  private async readOnce(): Promise<void> {
    const { window, longestUnit, readDeadline } = this.tuning;
    const startedAt = performance.now();
    const startedAtClock = this.clock.now();
    let rows;
    try {
      rows = await withDeadline(this.log.recent(window), readDeadline, () => new StoreUnavailableException());
    } catch (error) {
      if (this.readable) this.logger.warn(`The revocation log cannot be read: ${String(error)}`);
      this.readable = false;
      throw error;
    }
    if (!this.readable) this.logger.log('The revocation log can be read again');
    this.readable = true;

    const gap = Math.max(startedAt - this.coveredUntil, startedAtClock - this.coveredUntilClock);
    if (gap > window - longestUnit) this.forgetEverything();
    for (const row of rows) {
      if (!this.knownRows.has(row.id)) this.learn(row);
    }
    // A row stays in the window from one read to the next until it leaves it for good.
    this.knownRows = new Set(rows.map(({ id }) => id));
    this.coveredUntil = startedAt;
    this.coveredUntilClock = startedAtClock;
    this.everRead = true;
    this.dropOldKnowledge();
  }

  private learn({ kind, subject }: Revocation): void {
    const key = keyOf(kind, subject);
    this.learntAt.delete(key);
    this.learntAt.set(key, performance.now());
    for (const listener of this.listeners) listener.forget({ kind, subject });
  }

  private forgetEverything(): void {
    this.forgotEverythingAt = performance.now();
    for (const listener of this.listeners) listener.forgetEverything();
  }

  /** `learntAt` matters only to reads that are still under way. */
  private dropOldKnowledge(): void {
    const horizon = performance.now() - this.tuning.window;
    for (const [key, at] of this.learntAt) {
      if (at >= horizon) return;
      this.learntAt.delete(key);
    }
  }
}

const keyOf = (kind: RevocationKind, subject: string): string => `${kind}:${subject}`;
