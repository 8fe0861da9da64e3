import { type Invitation, InvitationRepository } from '../../../features/invitation/invitation.ports.js';
import type { AuthDatabase, Row } from '../auth-database.js';
import { AuthInvitationEntity } from '../entities/auth-invitation.entity.js';
import { deleteBatch } from '../sql/delete-batch.js';
import { isKey } from '../sql/statement.js';

const COLUMNS = ['id', 'email', 'inviter_id', 'roles', 'created_at', 'expires_at'];
const REPLACED = ['id', 'roles', 'created_at', 'expires_at'];

/** Invitations in `auth_invitation`. */
export class TypeOrmInvitationRepository extends InvitationRepository {
  private readonly table: string;

  constructor(private readonly database: AuthDatabase) {
    super();
    this.table = database.table(AuthInvitationEntity);
  }

  async replace({ id, email, inviterId, roles, createdAt, expiresAt }: Invitation): Promise<void> {
    const conflict =
      this.database.dialect === 'mysql'
        ? `ON DUPLICATE KEY UPDATE ${REPLACED.map((column) => `${column} = VALUES(${column})`).join(', ')}`
        : `ON CONFLICT (inviter_id, email) DO UPDATE SET ${REPLACED.map((column) => `${column} = excluded.${column}`).join(', ')}`;
    await this.database.affected(
      (q) =>
        `INSERT INTO ${this.table} (${COLUMNS.join(', ')}) VALUES (${[
          q.text(id),
          q.text(email),
          q.text(inviterId),
          q.text(JSON.stringify(roles)),
          q.value(createdAt),
          q.value(expiresAt),
        ].join(', ')}) ${conflict}`,
    );
  }

  async find(id: string): Promise<Invitation | null> {
    if (!isKey(id)) return null;
    const [row] = await this.database.rows((q) => `SELECT ${COLUMNS.join(', ')} FROM ${this.table} WHERE id = ${q.text(id)}`);
    return row === undefined || row['id'] !== id ? null : toInvitation(row);
  }

  async listPending(inviterId: string, now: number, limit: number): Promise<Invitation[]> {
    if (!isKey(inviterId)) return [];
    const rows = await this.database.rows(
      (q) => `SELECT ${COLUMNS.join(', ')} FROM ${this.table}
        WHERE inviter_id = ${q.text(inviterId)} AND expires_at > ${q.integer(now)}
        ORDER BY created_at DESC, id LIMIT ${q.value(limit)}`,
    );
    return rows.map(toInvitation);
  }

  async prolong(id: string, inviterId: string, now: number, expiresAt: number): Promise<boolean> {
    if (!isKey(id) || !isKey(inviterId)) return false;
    const prolonged = await this.database.affected(
      (q) => `UPDATE ${this.table} SET expires_at = ${q.integer(expiresAt)}
        WHERE id = ${q.text(id)} AND inviter_id = ${q.text(inviterId)} AND expires_at > ${q.integer(now)}`,
    );
    return prolonged > 0;
  }

  async take(id: string, now: number, inviterId?: string): Promise<boolean> {
    if (!isKey(id) || (inviterId !== undefined && !isKey(inviterId))) return false;
    const taken = await this.database.affected(
      (q) => `DELETE FROM ${this.table} WHERE id = ${q.text(id)} AND expires_at > ${q.integer(now)}
        ${inviterId === undefined ? '' : `AND inviter_id = ${q.text(inviterId)}`}`,
    );
    return taken > 0;
  }

  async deleteExpired(before: number, limit: number): Promise<number> {
    return deleteBatch(this.database, this.table, limit, (q) => `expires_at < ${q.integer(before)}`, 'expires_at');
  }
}

function toInvitation(row: Row): Invitation {
  return {
    id: row['id'] as string,
    email: row['email'] as string,
    inviterId: row['inviter_id'] as string,
    roles: JSON.parse(row['roles'] as string) as string[],
    createdAt: Number(row['created_at']),
    expiresAt: Number(row['expires_at']),
  };
}
