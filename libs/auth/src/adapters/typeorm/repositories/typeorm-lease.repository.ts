import { LeaseRepository } from '../../../core/ports/lease.repository.js';
import type { AuthDatabase } from '../auth-database.js';
import { AuthLeaseEntity } from '../entities/auth-lease.entity.js';
import { DATABASE_NOW } from '../sql/dialect.js';
import type { Statement } from '../sql/statement.js';

/** Leases in `auth_lease`, timed by the database's clock. */
export class TypeOrmLeaseRepository extends LeaseRepository {
  private readonly table: string;
  private readonly now: string;

  constructor(private readonly database: AuthDatabase) {
    super();
    this.table = database.table(AuthLeaseEntity);
    this.now = DATABASE_NOW[database.dialect];
  }

  async take(name: string, holder: string, ttlMs: number): Promise<boolean> {
    if (this.database.dialect !== 'mysql') {
      return this.changed(
        (q) => `INSERT INTO ${this.table} AS l (name, holder, expires_at) ${this.values(q, name, holder, ttlMs)}
          ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
          WHERE l.expires_at <= ${this.now} OR l.holder = excluded.holder`,
      );
    }
    // MySQL has no conditional upsert; a row, once there, stays, so that two statements decide as one would.
    const taken = await this.changed(
      (q) => `UPDATE ${this.table} SET holder = ${q.text(holder)}, expires_at = ${this.now} + ${q.integer(ttlMs)}
        WHERE name = ${q.text(name)} AND (expires_at <= ${this.now} OR holder = ${q.text(holder)})`,
    );
    return (
      taken ||
      this.changed((q) => `INSERT IGNORE INTO ${this.table} (name, holder, expires_at) ${this.values(q, name, holder, ttlMs)}`)
    );
  }

  async release(name: string, holder: string): Promise<void> {
    await this.changed(
      (q) => `UPDATE ${this.table} SET expires_at = 0 WHERE name = ${q.text(name)} AND holder = ${q.text(holder)}`,
    );
  }

  private values(q: Statement, name: string, holder: string, ttlMs: number): string {
    return `VALUES (${q.text(name)}, ${q.text(holder)}, ${this.now} + ${q.integer(ttlMs)})`;
  }

  private async changed(build: (q: Statement) => string): Promise<boolean> {
    return (await this.database.affected(build)) > 0;
  }
}
