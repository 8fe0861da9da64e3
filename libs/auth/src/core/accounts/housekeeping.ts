import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { messageOf } from '../../common/message-of.js';
import { OutsideContext } from '../../common/outside-context.js';
import { randomToken } from '../crypto/random.js';
import { AttemptLedger } from '../passwords/attempt-ledger.js';
import { BootCheck } from '../ports/boot-check.js';
import { Clock } from '../ports/clock.js';
import { LeaseRepository } from '../ports/lease.repository.js';
import { OneTimeTokenRepository } from '../ports/one-time-token.repository.js';
import { Outbox } from '../ports/outbox.js';
import { RevocationLog } from '../ports/revocation-log.js';
import { SessionRepository } from '../ports/session.repository.js';

/** Removes at most `limit` rows that are of no use any more at `now`, in short statements; returns how many. */
export type CleaningTask = (now: number, limit: number) => Promise<number>;

/** Rows removed, by the name of the task. Empty when another process is cleaning; a task that has failed is in it with what it had removed. */
export type CleaningReport = ReadonlyMap<string, number>;

/** Milliseconds. */
const EVERY = 3_600_000;
/** Rows of one statement: none of them holds locks, or keeps a core from a sign-in, for more than a few milliseconds. */
const BATCH = 200;
/** Far longer than any process looks back. */
const KEEP_REVOCATIONS = 3_600_000;
/** A session that has ended is still told from one that never was. */
const KEEP_SESSIONS = 86_400_000;
/** Finished messages hold no payload; they stay for their deduplication key. */
const KEEP_MAIL = 7 * 86_400_000;

const LEASE = 'housekeeping';
/** Far longer than a batch can take, so that nobody else begins while this process is at it. */
const LEASE_MS = 60_000;
const PROLONG_EVERY = 15_000;

/** After a batch the database rests so many times as long as the batch took: the busier it is, the more slowly it is cleaned. */
const REST_FACTOR = 4;
const LEAST_REST = 5;

/**
 * Removes what has expired, once an hour: one process at a time for all, in small batches with rests in between, so that sign-ins do not feel
 * it. A lease in SQL decides which process; of one that has died it is over within a minute. Nothing relies on housekeeping but the size of
 * tables: whatever has expired is refused while it is there.
 */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Housekeeping');
  private readonly outside = new OutsideContext();
  private readonly holder = randomToken(16);
  private readonly tasks = new Map<string, CleaningTask>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<CleaningReport> | undefined;
  private endRest: (() => void) | undefined;
  private isStopped = false;

  constructor(
    tokens: OneTimeTokenRepository,
    sessions: SessionRepository,
    revocations: RevocationLog,
    outbox: Outbox,
    attempts: AttemptLedger,
    private readonly leases: LeaseRepository,
    private readonly clock: Clock,
    @Optional() private readonly boot?: BootCheck,
  ) {
    this.register('one-time tokens', (now, limit) => tokens.deleteExpired(now, limit));
    this.register('sessions', (now, limit) => sessions.deleteExpired(now - KEEP_SESSIONS, limit));
    this.register('revocations', (_, limit) => revocations.deleteOlder(KEEP_REVOCATIONS, limit));
    this.register('attempts', (now, limit) => attempts.forgetIdle(now, limit));
    this.register('finished mail', (now, limit) => outbox.deleteFinished(now - KEEP_MAIL, limit));
  }

  /** For rooms with rows that expire, while they start. */
  register(name: string, task: CleaningTask): void {
    this.tasks.set(name, task);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.boot?.passed();
    if (this.isStopped || this.boot?.isServing === false) return;
    this.timer = setInterval(() => void this.run(), EVERY).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.isStopped = true;
    this.endRest?.();
    await this.running;
  }

  /** Never rejects: what cannot be removed now is removed an hour later. */
  run(): Promise<CleaningReport> {
    this.running ??= this.outside.run(() => this.cleanAlone()).finally(() => (this.running = undefined));
    return this.running;
  }

  private async cleanAlone(): Promise<CleaningReport> {
    const report = new Map<string, number>();
    try {
      if (!(await this.hold())) return report;
      for (const name of this.tasks.keys()) report.set(name, 0);
      await this.clean(report);
      await this.leases.release(LEASE, this.holder);
    } catch (error) {
      this.logger.warn(`Housekeeping had to stop: ${messageOf(error)}`);
    }
    return report;
  }

  private async clean(report: Map<string, number>): Promise<void> {
    const now = this.clock.now();
    let prolongedAt = performance.now();
    for (const [name, task] of this.tasks) {
      let removed = BATCH;
      while (!this.isStopped && removed === BATCH) {
        const begun = performance.now();
        if (begun - prolongedAt > PROLONG_EVERY) {
          if (!(await this.hold())) return;
          prolongedAt = begun;
        }
        removed = await this.attempt(name, () => task(now, BATCH));
        report.set(name, (report.get(name) ?? 0) + removed);
        if (removed === BATCH) await this.rest(Math.max(LEAST_REST, REST_FACTOR * (performance.now() - begun)));
      }
    }
  }

  private async attempt(name: string, batch: () => Promise<number>): Promise<number> {
    try {
      return await batch();
    } catch (error) {
      this.logger.warn(`Expired ${name} could not be removed: ${messageOf(error)}`);
      return 0;
    }
  }

  private hold(): Promise<boolean> {
    return this.leases.take(LEASE, this.holder, LEASE_MS);
  }

  private async rest(ms: number): Promise<void> {
    if (this.isStopped) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.endRest = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.endRest = undefined;
  }
}
