import { randomBytes } from 'node:crypto';
import { type AuditEntry, AuditLog, type AuditQuery, type StoredAuditEntry } from '../../../core/ports/audit-log.js';
import type { AuthDatabase, Row } from '../auth-database.js';
import { AuthAuditEntity } from '../entities/auth-audit.entity.js';
import { deleteBatch } from '../sql/delete-batch.js';
import { storable } from '../sql/statement.js';

const COLUMNS = 'id, event, at, user_id, session_id, ip, user_agent, request_id, data';
const MAX_PAGE = 500;
/** Twelve hexadecimal digits. */
const MAX_TIME = 0xffff_ffff_ffff;

/** The audit log in `auth_audit`. */
export class TypeOrmAuditLog extends AuditLog {
  private readonly table: string;
  private sequence = 0;

  constructor(private readonly database: AuthDatabase) {
    super();
    this.table = database.table(AuthAuditEntity);
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.database.affected((q) => {
      const short = (text: string | null, length: number): string => q.text(text === null ? null : storable(text, length));
      const rows = entries.map((entry) =>
        [
          q.text(this.idAt(entry.at)),
          short(entry.event, 64),
          q.value(entry.at),
          short(entry.userId, 64),
          short(entry.sessionId, 64),
          short(entry.ip, 64),
          short(entry.userAgent, 512),
          short(entry.requestId, 128),
          q.text(JSON.stringify(entry.data)),
        ].join(', '),
      );
      return `INSERT INTO ${this.table} (${COLUMNS}) VALUES (${rows.join('), (')})`;
    });
  }

  async find({ userId, event, from, to, before, limit }: AuditQuery): Promise<StoredAuditEntry[]> {
    const rows = await this.database.rows((q) => {
      const conditions = [
        userId === undefined ? [] : [`user_id = ${q.text(userId)}`],
        event === undefined ? [] : [`event = ${q.text(event)}`],
        from === undefined ? [] : [`id >= ${q.text(timePart(from))}`],
        to === undefined ? [] : [`id < ${q.text(timePart(to))}`],
        before === undefined ? [] : [`id < ${q.text(before)}`],
      ].flat();
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      return `SELECT ${COLUMNS} FROM ${this.table} ${where} ORDER BY id DESC LIMIT ${q.value(Math.min(limit, MAX_PAGE))}`;
    });
    return rows.map(toEntry);
  }

  deleteOlder(before: number, limit: number): Promise<number> {
    return deleteBatch(this.database, this.table, limit, (q) => `id < ${q.text(timePart(before))}`);
  }

  /** Sorts by time, then by the order of this process: 12 digits of milliseconds, 8 of a counter, 12 random. */
  private idAt(at: number): string {
    this.sequence = (this.sequence + 1) % 0x1_0000_0000;
    return `${timePart(at)}${this.sequence.toString(16).padStart(8, '0')}${randomBytes(6).toString('hex')}`;
  }
}

/** The head of every id of this time, so that each question about time is a range of the key that it is asked with. */
const timePart = (at: number): string =>
  Math.min(Math.max(0, Math.trunc(at)), MAX_TIME)
    .toString(16)
    .padStart(12, '0');

function toEntry(row: Row): StoredAuditEntry {
  return {
    id: row['id'] as string,
    event: row['event'] as string,
    at: Number(row['at']),
    userId: row['user_id'] as string | null,
    sessionId: row['session_id'] as string | null,
    ip: row['ip'] as string | null,
    userAgent: row['user_agent'] as string | null,
    requestId: row['request_id'] as string | null,
    data: JSON.parse(row['data'] as string) as Record<string, unknown>,
  };
}
