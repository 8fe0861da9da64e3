import { randomBytes } from 'node:crypto';
import { type LoggedRevocation, type Revocation, type RevocationKind, RevocationLog } from '../../../core/ports/revocation-log.js';
import type { AuthDatabase } from '../auth-database.js';
import { AuthRevocationEntity } from '../entities/auth-revocation.entity.js';
import { deleteBatch } from '../sql/delete-batch.js';
import { DATABASE_NOW } from '../sql/dialect.js';

/** Revocations in `auth_revocation`, timed by the database's clock. */
export class TypeOrmRevocationLog extends RevocationLog {
  private readonly table: string;
  private readonly now: string;

  constructor(private readonly database: AuthDatabase) {
    super();
    this.table = database.table(AuthRevocationEntity);
    this.now = DATABASE_NOW[database.dialect];
  }

  async append(revocations: readonly Revocation[]): Promise<void> {
    if (revocations.length === 0) return;
    await this.database.affected((q) => {
      const rows = revocations.map(
        ({ kind, subject }) => `(${q.text(randomBytes(16).toString('hex'))}, ${q.text(kind)}, ${q.text(subject)}, ${this.now})`,
      );
      return `INSERT INTO ${this.table} (id, kind, subject, at) VALUES ${rows.join(', ')}`;
    });
  }

  async recent(windowMs: number): Promise<LoggedRevocation[]> {
    const rows = await this.database.rows(
      (q) => `SELECT id, kind, subject FROM ${this.table} WHERE at > ${this.now} - ${q.integer(windowMs)}`,
    );
    return rows.map((row) => ({ id: row['id'] as string, kind: row['kind'] as RevocationKind, subject: row['subject'] as string }));
  }

  async deleteOlder(olderThanMs: number, limit: number): Promise<number> {
    return deleteBatch(this.database, this.table, limit, (q) => `at < ${this.now} - ${q.integer(olderThanMs)}`, 'at');
  }
}
