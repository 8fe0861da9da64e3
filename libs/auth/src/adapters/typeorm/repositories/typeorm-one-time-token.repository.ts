import { type OneTimeToken, OneTimeTokenRepository } from '../../../core/ports/one-time-token.repository.js';
import type { AuthDatabase, Row } from '../auth-database.js';
import { AuthOneTimeTokenEntity } from '../entities/auth-one-time-token.entity.js';
import { deleteBatch } from '../sql/delete-batch.js';
import { isKey, type Statement } from '../sql/statement.js';

const COLUMNS = [
  'selector',
  'secret_hash',
  'purpose',
  'subject',
  'group_key',
  'user_id',
  'email_version',
  'payload',
  'created_at',
  'expires_at',
];

/** Single-use secrets in `auth_one_time_token`. */
export class TypeOrmOneTimeTokenRepository extends OneTimeTokenRepository {
  private readonly table: string;

  constructor(private readonly database: AuthDatabase) {
    super();
    this.table = database.table(AuthOneTimeTokenEntity);
  }

  async replace(token: OneTimeToken): Promise<void> {
    const replaced = COLUMNS.filter((column) => column !== 'purpose' && column !== 'subject');
    const conflict =
      this.database.dialect === 'mysql'
        ? `ON DUPLICATE KEY UPDATE ${replaced.map((column) => `${column} = VALUES(${column})`).join(', ')}`
        : `ON CONFLICT (purpose, subject) DO UPDATE SET ${replaced.map((column) => `${column} = excluded.${column}`).join(', ')}`;
    await this.database.affected(
      (q) =>
        `INSERT INTO ${this.table} (${COLUMNS.join(', ')}) VALUES (${[
          q.text(token.selector),
          q.text(token.secretHash),
          q.text(token.purpose),
          q.text(token.subject),
          q.text(token.groupKey),
          q.text(token.userId),
          q.value(token.emailVersion),
          q.text(token.payload === null ? null : JSON.stringify(token.payload)),
          q.value(token.createdAt),
          q.value(token.expiresAt),
        ].join(', ')}) ${conflict}`,
    );
  }

  async find(selector: string): Promise<OneTimeToken | null> {
    if (!isKey(selector)) return null;
    const token = await this.first((q) => `selector = ${q.text(selector)}`);
    return token?.selector === selector ? token : null;
  }

  async findBySubject(purpose: string, subject: string): Promise<OneTimeToken | null> {
    if (!isKey(purpose) || !isKey(subject)) return null;
    return this.first((q) => `purpose = ${q.text(purpose)} AND subject = ${q.text(subject)}`);
  }

  async findNewest(purpose: string, groupKey: string, now: number): Promise<OneTimeToken | null> {
    if (!isKey(purpose) || !isKey(groupKey)) return null;
    return this.first(
      (q) => `group_key = ${q.text(groupKey)} AND purpose = ${q.text(purpose)} AND expires_at > ${q.integer(now)}
        ORDER BY created_at DESC LIMIT 1`,
    );
  }

  async consume(selector: string, purpose: string, secretHash: string, now: number): Promise<boolean> {
    if (!isKey(selector) || !isKey(purpose) || !isKey(secretHash)) return false;
    const consumed = await this.database.affected(
      (q) => `DELETE FROM ${this.table} WHERE selector = ${q.text(selector)} AND purpose = ${q.text(purpose)}
        AND secret_hash = ${q.text(secretHash)} AND expires_at > ${q.integer(now)}`,
    );
    return consumed > 0;
  }

  async deleteByUser(userId: string, purpose?: string): Promise<number> {
    if (!isKey(userId)) return 0;
    return this.database.affected(
      (q) =>
        `DELETE FROM ${this.table} WHERE user_id = ${q.text(userId)} ${purpose === undefined ? '' : `AND purpose = ${q.text(purpose)}`}`,
    );
  }

  async deleteGroup(purpose: string, groupKey: string): Promise<number> {
    if (!isKey(purpose) || !isKey(groupKey)) return 0;
    return this.database.affected(
      (q) => `DELETE FROM ${this.table} WHERE group_key = ${q.text(groupKey)} AND purpose = ${q.text(purpose)}`,
    );
  }

  async deleteExpired(before: number, limit: number): Promise<number> {
    return deleteBatch(this.database, this.table, limit, (q) => `expires_at < ${q.integer(before)}`, 'expires_at');
  }

  private async first(clauses: (q: Statement) => string): Promise<OneTimeToken | null> {
    const [row] = await this.database.rows((q) => `SELECT ${COLUMNS.join(', ')} FROM ${this.table} WHERE ${clauses(q)}`);
    return row === undefined ? null : toToken(row);
  }
}

function toToken(row: Row): OneTimeToken {
  return {
    selector: row['selector'] as string,
    secretHash: row['secret_hash'] as string,
    purpose: row['purpose'] as string,
    subject: row['subject'] as string,
    groupKey: row['group_key'] as string | null,
    userId: row['user_id'] as string | null,
    emailVersion: row['email_version'] === null ? null : Number(row['email_version']),
    payload: row['payload'] === null ? null : (JSON.parse(row['payload'] as string) as Record<string, unknown>),
    createdAt: Number(row['created_at']),
    expiresAt: Number(row['expires_at']),
  };
}
