import { Injectable } from '@nestjs/common';
import { type AuditEntry, AuditLog, type AuditQuery, type StoredAuditEntry } from '../../core/ports/audit-log.js';
import { MemoryDatabase } from './memory-database.js';

@Injectable()
export class MemoryAuditLog extends AuditLog {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    await this.database.execute((tables) => {
      const first = tables.audit.length + 1;
      const rows = entries.map((entry, index) => ({ ...structuredClone(entry), id: String(first + index).padStart(16, '0') }));
      tables.audit = [...tables.audit, ...rows];
    });
  }

  async find({ userId, event, from = -Infinity, to = Infinity, before, limit }: AuditQuery): Promise<StoredAuditEntry[]> {
    return this.database.execute(({ audit }) =>
      audit
        .filter(
          (row) =>
            (userId === undefined || row.userId === userId) &&
            (event === undefined || row.event === event) &&
            (before === undefined || row.id < before) &&
            row.at >= from &&
            row.at < to,
        )
        .toReversed()
        .slice(0, Math.min(limit, 500))
        .map((row) => structuredClone(row)),
    );
  }

  async deleteOlder(before: number, limit: number): Promise<number> {
    return this.database.execute((tables) => {
      const old = new Set(tables.audit.filter(({ at }) => at < before).slice(0, limit));
      tables.audit = tables.audit.filter((row) => !old.has(row));
      return old.size;
    });
  }
}
