import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { OutsideContext } from '../../common/outside-context.js';
import { AttemptLedger } from '../passwords/attempt-ledger.js';
import { Clock } from '../ports/clock.js';
import { OneTimeTokenRepository } from '../ports/one-time-token.repository.js';
import { RevocationLog } from '../ports/revocation-log.js';
import { SessionRepository } from '../ports/session.repository.js';

/** Removes at most `limit` rows that are of no use any more at `now`; returns how many. */
export type CleaningTask = (now: number, limit: number) => Promise<number>;

/** Rows removed, by the name of the task. Empty when another process is cleaning; a task that has failed is in it with what it had removed. */
export type CleaningReport = ReadonlyMap<string, number>;

/** Milliseconds. */
const EVERY = 3_600_000;
/** Rows of one statement: none of them holds locks for long. */
const BATCH = 500;
/** Far longer than any process looks back. */
const KEEP_REVOCATIONS = 3_600_000;
/** A session that has ended is still told from one that never was. */
const KEEP_SESSIONS = 86_400_000;

/**
 * Removes what has expired, once an hour in every process: small batches, so that it does not matter how many do it. Nothing relies on it but
 * the size of tables: whatever has expired is refused while it is there.
 */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Housekeeping');
  private readonly outside = new OutsideContext();
  private readonly tasks = new Map<string, CleaningTask>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<CleaningReport> | undefined;
  private isStopped = false;

  constructor(
    tokens: OneTimeTokenRepository,
    sessions: SessionRepository,
    revocations: RevocationLog,
    attempts: AttemptLedger,
    private readonly clock: Clock,
  ) {
    this.register('one-time tokens', (now, limit) => tokens.deleteExpired(now, limit));
    this.register('sessions', (now, limit) => sessions.deleteExpired(now - KEEP_SESSIONS, limit));
    this.register('revocations', (_, limit) => revocations.deleteOlder(KEEP_REVOCATIONS, limit));
    this.register('attempts', (now, limit) => attempts.forgetIdle(now, limit));
  }

  /** For rooms with rows that expire, while they start. */
  register(name: string, task: CleaningTask): void {
    this.tasks.set(name, task);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.run(), EVERY).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.isStopped = true;
    await this.running;
  }

  /** Never rejects: what cannot be removed now is removed an hour later. */
  run(): Promise<CleaningReport> {
    this.running ??= this.outside.run(() => this.clean()).finally(() => (this.running = undefined));
    return this.running;
  }

  private async clean(): Promise<CleaningReport> {
    const now = this.clock.now();
    const report = new Map<string, number>();
    for (const [name, task] of this.tasks) {
      try {
        for (let removed = BATCH; !this.isStopped && removed === BATCH;) {
          removed = await task(now, BATCH);
          report.set(name, (report.get(name) ?? 0) + removed);
        }
      } catch (error) {
        this.logger.warn(`Expired ${name} could not be removed: ${error instanceof Error ? error.message : 'unknown'}`);
      }
    }
    return report;
  }
}
