import {
  type Session,
  type SessionActivity,
  type SessionDelivery,
  type SessionRekeying,
  type SessionRenewal,
  SessionRepository,
  type SessionRotation,
  type SessionState,
  type SessionWithOwner,
} from '../../../core/ports/session.repository.js';
import type { AuthDatabase, Row } from '../auth-database.js';
import { AuthSessionEntity } from '../entities/auth-session.entity.js';
import { deleteBatch } from '../sql/delete-batch.js';
import { isKey, type Statement, storable } from '../sql/statement.js';
import type { UserTable } from '../user-table.js';

const COLUMNS = `s.id, s.user_id, s.delivery, s.remembered, s.credentials_version, s.secret_hash, s.seed, s.generation, s.rotated_at,
  s.key_id, s.amr, s.auth_time, s.created_at, s.last_seen_at, s.idle_expires_at, s.absolute_expires_at, s.ip, s.user_agent, s.revoked_at`;

/** Sessions in `auth_session`. */
export class TypeOrmSessionRepository extends SessionRepository {
  private readonly table: string;

  constructor(
    private readonly database: AuthDatabase,
    private readonly users: UserTable,
  ) {
    super();
    this.table = database.table(AuthSessionEntity);
  }

  async insert(session: Session): Promise<void> {
    await this.database.affected(
      (q) => `INSERT INTO ${this.table} (id, user_id, delivery, remembered, credentials_version, secret_hash, seed, generation,
        rotated_at, key_id, amr, auth_time, created_at, last_seen_at, idle_expires_at, absolute_expires_at, ip, user_agent, revoked_at)
        VALUES (${[
          q.text(session.id),
          q.text(session.userId),
          q.text(session.delivery),
          q.value(session.remembered ? 1 : 0),
          q.value(session.credentialsVersion),
          q.text(session.secretHash),
          q.text(session.seed),
          q.value(session.generation),
          q.value(session.rotatedAt),
          q.text(session.keyId),
          q.text(JSON.stringify(session.amr)),
          q.value(session.authTime),
          q.value(session.createdAt),
          q.value(session.lastSeenAt),
          q.value(session.idleExpiresAt),
          q.value(session.absoluteExpiresAt),
          q.text(session.ip === null ? null : storable(session.ip, 64)),
          q.text(session.userAgent === null ? null : storable(session.userAgent, 512)),
          q.value(session.revokedAt),
        ].join(', ')})`,
    );
  }

  async findState(id: string): Promise<SessionState | null> {
    if (!isKey(id)) return null;
    const u = this.users;
    const join = await u.leftJoin('u', 's.user_id');
    const holds = `CASE WHEN ${u.column('id', 'u')} IS NOT NULL AND ${u.column('disabledAt', 'u')} IS NULL
      AND ${u.column('lockedAt', 'u')} IS NULL AND ${u.column('credentialsVersion', 'u')} = s.credentials_version THEN 1 ELSE 0 END`;
    const [row] = await this.database.rows(
      (q) => `SELECT ${COLUMNS}, ${holds} AS owner_holds FROM ${this.table} s ${join} WHERE s.id = ${q.text(id)}`,
    );
    if (row === undefined || row['id'] !== id) return null;
    return { session: toSession(row), ownerHolds: Number(row['owner_holds']) === 1 };
  }

  async findWithOwner(id: string): Promise<SessionWithOwner | null> {
    if (!isKey(id)) return null;
    const join = await this.users.leftJoin('u', 's.user_id');
    const [row] = await this.database.rows(
      (q) => `SELECT ${COLUMNS}, ${this.users.select('u')} FROM ${this.table} s ${join} WHERE s.id = ${q.text(id)}`,
    );
    if (row === undefined || row['id'] !== id) return null;
    return { session: toSession(row), user: this.users.hydrate(row) };
  }

  async listLive(userId: string, now: number): Promise<Session[]> {
    if (!isKey(userId)) return [];
    const rows = await this.database.rows(
      (q) => `SELECT ${COLUMNS} FROM ${this.table} s WHERE s.user_id = ${q.text(userId)} AND ${isLive(q, now)}
        ORDER BY s.last_seen_at DESC, s.id`,
    );
    return rows.map(toSession);
  }

  async rotate({ id, generation, seed, keyId, now, idleExpiresAt }: SessionRotation): Promise<boolean> {
    if (!isKey(id)) return false;
    return this.changed(
      (
        q,
      ) => `UPDATE ${this.table} SET generation = generation + 1, rotated_at = ${q.integer(now)}, last_seen_at = ${q.integer(now)},
        key_id = ${q.text(keyId)}, idle_expires_at = ${q.integer(idleExpiresAt)}
        WHERE id = ${q.text(id)} AND generation = ${q.integer(generation)} AND seed = ${q.text(seed)} AND ${isLive(q, now, '')}`,
    );
  }

  async renew(renewal: SessionRenewal): Promise<boolean> {
    if (!isKey(renewal.id)) return false;
    const { id, ifSecretHash, credentialsVersion, secretHash, seed, keyId, authTime, amr, now, idleExpiresAt } = renewal;
    return this.changed(
      (q) => `UPDATE ${this.table} SET generation = 1, credentials_version = ${q.integer(credentialsVersion)},
        secret_hash = ${q.text(secretHash)}, seed = ${q.text(seed)}, key_id = ${q.text(keyId)}, auth_time = ${q.integer(authTime)},
        amr = ${q.text(JSON.stringify(amr))}, rotated_at = ${q.integer(now)}, last_seen_at = ${q.integer(now)},
        idle_expires_at = ${q.integer(idleExpiresAt)} WHERE id = ${q.text(id)} AND ${isLive(q, now, '')}${
          ifSecretHash == null ? '' : ` AND secret_hash = ${q.text(ifSecretHash)}`
        }`,
    );
  }

  async carryOver(id: string, credentialsVersion: number, now: number): Promise<boolean> {
    if (!isKey(id)) return false;
    return this.changed(
      (q) => `UPDATE ${this.table} SET credentials_version = ${q.integer(credentialsVersion)}
        WHERE id = ${q.text(id)} AND ${isLive(q, now, '')}`,
    );
  }

  async reauthenticate(id: string, authTime: number, amr: string[], now: number): Promise<boolean> {
    if (!isKey(id)) return false;
    return this.changed(
      (q) => `UPDATE ${this.table} SET auth_time = ${q.integer(authTime)}, amr = ${q.text(JSON.stringify(amr))}
        WHERE id = ${q.text(id)} AND ${isLive(q, now, '')}`,
    );
  }

  async touch({ id, lastSeenAt, idleExpiresAt }: SessionActivity): Promise<void> {
    if (!isKey(id)) return;
    const forward = (q: Statement, column: string, value: number): string =>
      `${column} = CASE WHEN ${column} < ${q.integer(value)} THEN ${q.integer(value)} ELSE ${column} END`;
    await this.database.affected(
      (q) => `UPDATE ${this.table} SET ${forward(q, 'last_seen_at', lastSeenAt)}, ${forward(q, 'idle_expires_at', idleExpiresAt)}
        WHERE id = ${q.text(id)} AND revoked_at IS NULL`,
    );
  }

  async rekey({ id, from, secretHash, keyId }: SessionRekeying): Promise<boolean> {
    if (!isKey(id)) return false;
    return this.changed(
      (q) => `UPDATE ${this.table} SET secret_hash = ${q.text(secretHash)}, key_id = ${q.text(keyId)}
        WHERE id = ${q.text(id)} AND secret_hash = ${q.text(from)} AND revoked_at IS NULL`,
    );
  }

  async revoke(id: string, now: number, userId?: string): Promise<boolean> {
    if (!isKey(id) || (userId !== undefined && !isKey(userId))) return false;
    return this.changed(
      (q) => `UPDATE ${this.table} SET revoked_at = ${q.integer(now)} WHERE id = ${q.text(id)} AND revoked_at IS NULL
        ${userId === undefined ? '' : `AND user_id = ${q.text(userId)}`}`,
    );
  }

  async revokeAll(userId: string, now: number, exceptId?: string): Promise<number> {
    if (!isKey(userId)) return 0;
    return this.database.affected(
      (q) => `UPDATE ${this.table} SET revoked_at = ${q.integer(now)} WHERE user_id = ${q.text(userId)} AND revoked_at IS NULL
        ${exceptId === undefined ? '' : `AND id <> ${q.text(exceptId)}`}`,
    );
  }

  async deleteExpired(before: number, limit: number): Promise<number> {
    let deleted = 0;
    // One after the other, since an OR of three columns is a walk along none of their indices.
    for (const column of ['idle_expires_at', 'revoked_at', 'absolute_expires_at']) {
      if (deleted >= limit) break;
      const isOld = (q: Statement): string => `${column} < ${q.integer(before)}`;
      deleted += await deleteBatch(this.database, this.table, limit - deleted, isOld, column);
    }
    return deleted;
  }

  private async changed(build: (q: Statement) => string): Promise<boolean> {
    return (await this.database.affected(build)) > 0;
  }
}

const isLive = (q: Statement, now: number, alias = 's.'): string =>
  `${alias}revoked_at IS NULL AND ${alias}idle_expires_at > ${q.integer(now)} AND ${alias}absolute_expires_at > ${q.integer(now)}`;

function toSession(row: Row): Session {
  return {
    id: row['id'] as string,
    userId: row['user_id'] as string,
    delivery: row['delivery'] as SessionDelivery,
    remembered: Number(row['remembered']) === 1,
    credentialsVersion: Number(row['credentials_version']),
    secretHash: row['secret_hash'] as string | null,
    seed: row['seed'] as string,
    generation: Number(row['generation']),
    rotatedAt: Number(row['rotated_at']),
    keyId: row['key_id'] as string,
    amr: JSON.parse(row['amr'] as string) as string[],
    authTime: Number(row['auth_time']),
    createdAt: Number(row['created_at']),
    lastSeenAt: Number(row['last_seen_at']),
    idleExpiresAt: Number(row['idle_expires_at']),
    absoluteExpiresAt: Number(row['absolute_expires_at']),
    ip: row['ip'] as string | null,
    userAgent: row['user_agent'] as string | null,
    revokedAt: row['revoked_at'] === null ? null : Number(row['revoked_at']),
  };
}
