import {
  type NewOutboxMessage,
  Outbox,
  type OutboxBacklog,
  type OutboxClaim,
  type OutboxMessage,
  type OutboxOutcome,
} from '../../../core/ports/outbox.js';
import type { AuthDatabase, Row } from '../auth-database.js';
import { AuthOutboxEntity } from '../entities/auth-outbox.entity.js';
import { deleteBatch } from '../sql/delete-batch.js';
import { isKey, type Statement } from '../sql/statement.js';
import { TypeOrmUnitOfWork } from '../typeorm.unit-of-work.js';

const CLAIMED_COLUMNS = ['id', 'kind', 'dedup_key', 'payload', 'attempts', 'created_at'] as const;

/** Mail on its way in `auth_outbox`. A claim moves `available_at` to its own end, so that one condition says what may be taken. */
export class TypeOrmOutbox extends Outbox {
  private readonly table: string;
  private readonly units: TypeOrmUnitOfWork;
  private skipsLocked: Promise<boolean> | undefined;

  constructor(private readonly database: AuthDatabase) {
    super();
    this.table = database.table(AuthOutboxEntity);
    this.units = new TypeOrmUnitOfWork(database);
  }

  async enqueue(message: NewOutboxMessage): Promise<boolean> {
    // MySQL counts a row that ON DUPLICATE KEY leaves as it is as one that was inserted, so there only IGNORE tells.
    const isMySql = this.database.dialect === 'mysql';
    const inserted = await this.database.affected(
      (q) => `INSERT ${isMySql ? 'IGNORE ' : ''}INTO ${this.table}
        (id, kind, dedup_key, payload, status, attempts, claimed_by, created_at, available_at) VALUES (${[
          q.text(message.id),
          q.text(message.kind),
          q.text(message.dedupKey),
          q.text(message.payload),
          "'pending'",
          '0',
          'NULL',
          q.value(message.createdAt),
          q.value(message.availableAt),
        ].join(', ')}) ${isMySql ? '' : 'ON CONFLICT (dedup_key) DO NOTHING'}`,
    );
    return inserted > 0;
  }

  async claim(claim: OutboxClaim): Promise<OutboxMessage[]> {
    const rows = await this.claimRows(claim);
    return rows.map(toMessage).toSorted((a, b) => a.createdAt - b.createdAt);
  }

  async rewrite(id: string, worker: string, payload: string): Promise<boolean> {
    return this.change(id, worker, (q) => `payload = ${q.text(payload)}`);
  }

  async finish(id: string, worker: string, outcome: OutboxOutcome, now: number): Promise<boolean> {
    return this.change(
      id,
      worker,
      (q) => `status = ${q.text(outcome)}, payload = NULL, available_at = ${q.integer(now)}, claimed_by = NULL`,
    );
  }

  async retry(id: string, worker: string, availableAt: number): Promise<boolean> {
    return this.change(id, worker, (q) => `available_at = ${q.integer(availableAt)}, claimed_by = NULL`);
  }

  async backlog(): Promise<OutboxBacklog> {
    const rows = await this.database.rows(
      () => `SELECT status, COUNT(*) AS messages, MIN(created_at) AS oldest FROM ${this.table}
        WHERE status IN ('pending', 'dead') GROUP BY status`,
    );
    const of = (status: string): Row | undefined => rows.find((row) => row['status'] === status);
    const pending = of('pending');
    return {
      pending: Number(pending?.['messages'] ?? 0),
      dead: Number(of('dead')?.['messages'] ?? 0),
      oldestCreatedAt: pending === undefined ? null : Number(pending['oldest']),
    };
  }

  async deleteFinished(before: number, limit: number): Promise<number> {
    let deleted = 0;
    for (const outcome of ['sent', 'discarded', 'dead'] satisfies OutboxOutcome[]) {
      if (deleted >= limit) break;
      const isOld = (q: Statement): string => `status = ${q.text(outcome)} AND available_at < ${q.integer(before)}`;
      deleted += await deleteBatch(this.database, this.table, limit - deleted, isOld, 'available_at');
    }
    return deleted;
  }

  private async claimRows(claim: OutboxClaim): Promise<Row[]> {
    const columns = CLAIMED_COLUMNS.join(', ');
    if (this.database.dialect === 'postgres') {
      // A CTE, since a subquery in the condition may be run once per row, and then locks more than `limit`.
      return this.database.rows(
        (q) => `WITH due AS (SELECT id FROM ${this.table} ${isDue(q, claim)} FOR UPDATE SKIP LOCKED)
          UPDATE ${this.table} AS o SET ${taken(q, claim, 'o.')} FROM due WHERE o.id = due.id
          RETURNING ${CLAIMED_COLUMNS.map((column) => `o.${column}`).join(', ')}`,
      );
    }
    // Most looks find nothing: those take no lock and open no transaction.
    const waiting = await this.database.rows((q) => `SELECT id FROM ${this.table} ${isDue(q, { ...claim, limit: 1 })}`);
    if (waiting.length === 0) return [];
    if (this.database.dialect === 'mysql') return this.claimInUnit(claim);
    return this.database.rows(
      (q) => `UPDATE ${this.table} SET ${taken(q, claim)}
        WHERE id IN (SELECT id FROM ${this.table} ${isDue(q, claim)}) RETURNING ${columns}`,
    );
  }

  /** MySQL and MariaDB cannot return what an UPDATE has changed. */
  private async claimInUnit(claim: OutboxClaim): Promise<Row[]> {
    this.skipsLocked ??= this.canSkipLocked();
    const skip = (await this.skipsLocked) ? 'SKIP LOCKED' : '';
    return this.units.run(async () => {
      const rows = await this.database.rows(
        (q) => `SELECT ${CLAIMED_COLUMNS.join(', ')} FROM ${this.table} ${isDue(q, claim)} FOR UPDATE ${skip}`,
      );
      if (rows.length === 0) return [];
      const ids = rows.map((row) => row['id'] as string);
      await this.database.affected((q) => `UPDATE ${this.table} SET ${taken(q, claim)} WHERE id IN (${q.texts(ids)})`);
      return rows.map((row) => ({ ...row, attempts: Number(row['attempts']) + 1 }));
    });
  }

  /** MySQL since 8.0.1, MariaDB since 10.6. Older ones wait for each other. */
  private async canSkipLocked(): Promise<boolean> {
    const [row] = await this.database.rows(() => 'SELECT VERSION() AS version');
    const version = String(row?.['version']);
    const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
    return /mariadb/i.test(version) ? major > 10 || (major === 10 && minor >= 6) : major >= 8;
  }

  private async change(id: string, worker: string, assignments: (q: Statement) => string): Promise<boolean> {
    if (!isKey(id) || !isKey(worker)) return false;
    const changed = await this.database.affected(
      (q) => `UPDATE ${this.table} SET ${assignments(q)}
        WHERE id = ${q.text(id)} AND claimed_by = ${q.text(worker)} AND status = 'pending'`,
    );
    return changed > 0;
  }
}

const isDue = (q: Statement, { kinds, now, limit }: OutboxClaim): string =>
  `WHERE status = 'pending' AND available_at <= ${q.integer(now)} AND kind IN (${q.texts(kinds)})
    ORDER BY available_at, id LIMIT ${q.value(limit)}`;

const taken = (q: Statement, { worker, until }: OutboxClaim, row = ''): string =>
  `claimed_by = ${q.text(worker)}, available_at = ${q.integer(until)}, attempts = ${row}attempts + 1`;

function toMessage(row: Row): OutboxMessage {
  return {
    id: row['id'] as string,
    kind: row['kind'] as string,
    dedupKey: row['dedup_key'] as string | null,
    payload: row['payload'] as string,
    attempts: Number(row['attempts']),
    createdAt: Number(row['created_at']),
  };
}
