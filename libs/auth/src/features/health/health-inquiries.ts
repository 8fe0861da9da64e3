import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { NoMail } from '../../core/mail/no-mail.js';
import { CacheStore } from '../../core/ports/cache-store.js';
import { Clock } from '../../core/ports/clock.js';
import { MailTransport } from '../../core/ports/mail-transport.js';
import { Outbox } from '../../core/ports/outbox.js';
import { RevocationLog } from '../../core/ports/revocation-log.js';
import { StorageInspector } from '../../core/ports/storage-inspector.js';
import { type PoolUse, UnitOfWork } from '../../core/ports/unit-of-work.js';
import { HEALTH_OPTIONS, type ResolvedHealthOptions } from './health.options.js';
import type { HealthPart } from './health-report.js';

/** Milliseconds: a pool that is full for a moment is doing its work. */
const SECOND_LOOK = 250;
const KEY = 'auth:health';

/** Finds out what is wrong: `null` when nothing is, else a few words for the log. What it rejects with is wrong, too. */
export type Inquiry = () => Promise<string | null>;

/** How each part is asked, through its port. */
@Injectable()
export class HealthInquiries {
  constructor(
    @Inject(HEALTH_OPTIONS) private readonly options: ResolvedHealthOptions,
    private readonly revocations: RevocationLog,
    private readonly units: UnitOfWork,
    private readonly cache: CacheStore,
    private readonly transport: MailTransport,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    @Optional() private readonly inspector?: StorageInspector,
  ) {}

  /** `null` for what the application does not have, or does not tell about. */
  about(part: HealthPart): Inquiry | null {
    const sendsMail = !(this.transport instanceof NoMail);
    switch (part) {
      case 'database':
        return () => this.database();
      case 'migrations':
        return this.inspector === undefined ? null : () => this.migrations(this.inspector!);
      case 'pool':
        return this.units.poolUse() === null ? null : () => this.pool();
      case 'cache':
        return () => this.readCache();
      case 'mail':
        return sendsMail ? () => this.mail() : null;
      case 'outbox':
        return sendsMail ? () => this.backlog() : null;
      case 'keys':
        return this.options.keysMadeAt === undefined ? null : () => this.keys(this.options.keysMadeAt!);
    }
  }

  /** What every request relies on: the log of revocations can be read. */
  private async database(): Promise<null> {
    await this.revocations.recent(1);
    return null;
  }

  private async migrations(inspector: StorageInspector): Promise<string | null> {
    const { pendingMigrations, faults } = await inspector.facts(() => this.clock.now());
    const pending = pendingMigrations.map((name) => `${name} has not run`);
    const [first, ...more] = [...pending, ...faults.map(({ problem }) => problem)];
    if (first === undefined) return null;
    return more.length === 0 ? first : `${first}, and ${more.length} more`;
  }

  private async pool(): Promise<string | null> {
    if (!isSaturated(this.units.poolUse())) return null;
    await pause(Math.min(SECOND_LOOK, this.options.deadline / 2));
    const use = this.units.poolUse();
    return isSaturated(use) ? `all of ${use!.limit} connections are taken, and ${use!.waiting} wait for one` : null;
  }

  private async readCache(): Promise<null> {
    await this.cache.get(KEY);
    return null;
  }

  private async mail(): Promise<null> {
    await this.transport.verify();
    return null;
  }

  private async backlog(): Promise<string | null> {
    const { oldestCreatedAt } = await this.outbox.backlog();
    const age = oldestCreatedAt === null ? 0 : this.clock.now() - oldestCreatedAt;
    return age > this.options.outboxAge ? `a message has waited for ${Math.round(age / 60_000)} minutes` : null;
  }

  private async keys(madeAt: () => number): Promise<string | null> {
    const age = this.clock.now() - madeAt();
    if (Number.isNaN(age)) return 'keysMadeAt did not return a date';
    return age > this.options.keyAge ? `they are ${Math.floor(age / 86_400_000)} days old` : null;
  }
}

const isSaturated = (use: PoolUse | null): boolean => use !== null && use.inUse >= use.limit && use.waiting > 0;
