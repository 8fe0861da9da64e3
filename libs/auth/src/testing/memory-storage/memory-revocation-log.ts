import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type LoggedRevocation, type Revocation, RevocationLog } from '../../core/ports/revocation-log.js';
import { MemoryDatabase } from './memory-database.js';

@Injectable()
export class MemoryRevocationLog extends RevocationLog {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  async append(revocations: readonly Revocation[]): Promise<void> {
    await this.database.execute((tables) => {
      const rows = revocations.map(({ kind, subject }) => ({ id: randomUUID(), kind, subject, at: performance.now() }));
      tables.revocations = [...tables.revocations, ...rows];
    });
  }

  async recent(windowMs: number): Promise<LoggedRevocation[]> {
    return this.database.execute(({ revocations }) => {
      const since = performance.now() - windowMs;
      return revocations.filter(({ at }) => at > since).map(({ id, kind, subject }) => ({ id, kind, subject }));
    });
  }

  async deleteOlder(olderThanMs: number, limit: number): Promise<number> {
    return this.database.execute((tables) => {
      const until = performance.now() - olderThanMs;
      const doomed = new Set(tables.revocations.filter(({ at }) => at < until).slice(0, limit));
      tables.revocations = tables.revocations.filter((row) => !doomed.has(row));
      return doomed.size;
    });
  }
}
