import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Duration, parseDuration } from '../../common/duration.js';
import { Housekeeping } from '../../core/accounts/housekeeping.js';
import { AuditLog, type AuditQuery, type StoredAuditEntry } from '../../core/ports/audit-log.js';
import { Clock } from '../../core/ports/clock.js';
import { AUDIT_OPTIONS, type ResolvedAuditOptions } from './audit.options.js';

/** Of one page. */
export const MAX_AUDIT_PAGE = 500;
export const DEFAULT_AUDIT_PAGE = 100;

/** Rows of one statement, so that none holds locks for long. */
const BATCH = 500;

/** What to look for; without any of it everything, newest first. */
export interface AuditSearch extends Omit<AuditQuery, 'limit'> {
  /** At most 500. @default 100 */
  limit?: number;
}

export interface AuditPage {
  /** Newest first. */
  entries: StoredAuditEntry[];
  /** `before` of the next page; `null` on the last one. */
  next: string | null;
}

/** The audit log without HTTP. Nobody's permission is asked here: that is for who calls. */
@Injectable()
export class AuditService implements OnModuleInit {
  constructor(
    @Inject(AUDIT_OPTIONS) private readonly options: ResolvedAuditOptions,
    private readonly audit: AuditLog,
    private readonly housekeeping: Housekeeping,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const { retention } = this.options;
    if (retention !== false)
      this.housekeeping.register('audit rows', (now, limit) => this.audit.deleteOlder(now - retention, limit));
  }

  async find({ limit = DEFAULT_AUDIT_PAGE, ...query }: AuditSearch = {}): Promise<AuditPage> {
    const size = Math.min(Math.max(1, Math.trunc(limit)), MAX_AUDIT_PAGE);
    const entries = await this.audit.find({ ...query, limit: size });
    return { entries, next: entries.length < size ? null : entries.at(-1)!.id };
  }

  /**
   * Removes rows of more than this age, in short statements: for a job whose database role may, where the application's may not.
   *
   * @returns how many
   * @throws TypeError when `age` is no duration
   */
  async removeOlderThan(age: Duration): Promise<number> {
    const ms = parseDuration(age);
    if (ms === undefined) throw new TypeError(`${JSON.stringify(age)} is not a duration`);
    const before = this.clock.now() - ms;
    for (let total = 0; ;) {
      const removed = await this.audit.deleteOlder(before, BATCH);
      total += removed;
      if (removed < BATCH) return total;
    }
  }
}
