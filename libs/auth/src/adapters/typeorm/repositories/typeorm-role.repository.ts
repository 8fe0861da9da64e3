import { UnknownRoleException } from '../../../core/errors/auth.errors.js';
import { type GrantedRoles, type RoleDefinition, RoleRepository } from '../../../core/ports/role.repository.js';
import type { AuthDatabase } from '../auth-database.js';
import { AuthRoleEntity, AuthUserRoleEntity } from '../entities/auth-role.entity.js';
import { isKey, type Statement } from '../sql/statement.js';

/** Roles in `auth_role`, who holds them in `auth_user_role`. */
export class TypeOrmRoleRepository extends RoleRepository {
  private readonly roles: string;
  private readonly grants: string;

  constructor(private readonly database: AuthDatabase) {
    super();
    this.roles = database.table(AuthRoleEntity);
    this.grants = database.table(AuthUserRoleEntity);
  }

  async seed(roles: readonly RoleDefinition[]): Promise<void> {
    if (roles.length === 0) return;
    await this.database.affected((q) => {
      const rows = roles.map(({ name, permissions }) => `(${q.text(name)}, ${q.text(JSON.stringify(permissions))})`);
      return `${this.insertNew()} INTO ${this.roles} (name, permissions) VALUES ${rows.join(', ')} ${this.unlessThere()}`;
    });
  }

  async list(): Promise<RoleDefinition[]> {
    const rows = await this.database.rows(() => `SELECT name, permissions FROM ${this.roles}`);
    return rows
      .map((row) => ({ name: row['name'] as string, permissions: permissionsFrom(row['permissions']) }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async define({ name, permissions }: RoleDefinition): Promise<void> {
    const conflict =
      this.database.dialect === 'mysql'
        ? 'ON DUPLICATE KEY UPDATE permissions = VALUES(permissions)'
        : 'ON CONFLICT (name) DO UPDATE SET permissions = excluded.permissions';
    await this.database.affected(
      (q) =>
        `INSERT INTO ${this.roles} (name, permissions) VALUES (${q.text(name)}, ${q.text(JSON.stringify(permissions))}) ${conflict}`,
    );
  }

  async exists(name: string): Promise<boolean> {
    if (!isKey(name)) return false;
    return (await this.database.rows((q) => `SELECT 1 FROM ${this.roles} WHERE name = ${q.text(name)}`)).length > 0;
  }

  async rolesOf(userId: string): Promise<GrantedRoles> {
    if (!isKey(userId)) return { roles: [], permissions: [] };
    const rows = await this.database.rows(
      (q) => `SELECT g.role, r.permissions FROM ${this.grants} g LEFT JOIN ${this.roles} r ON r.name = g.role
        WHERE g.user_id = ${q.text(userId)}`,
    );
    const permissions = new Set(rows.flatMap((row) => permissionsFrom(row['permissions'])));
    return { roles: rows.map((row) => row['role'] as string).toSorted(), permissions: [...permissions].toSorted() };
  }

  async grant(userId: string, role: string): Promise<boolean> {
    const granted =
      isKey(userId) && isKey(role)
        ? await this.database.affected((q) => {
            // PostgreSQL does not know the type of a parameter that is only selected.
            const user = this.database.dialect === 'postgres' ? `CAST(${q.text(userId)} AS varchar)` : q.text(userId);
            return `${this.insertNew()} INTO ${this.grants} (user_id, role)
              SELECT ${user}, r.name FROM ${this.roles} r WHERE r.name = ${q.text(role)} ${this.unlessThere()}`;
          })
        : 0;
    if (granted === 0 && !(await this.exists(role))) throw new UnknownRoleException(role);
    return granted > 0;
  }

  override async grantAll(userIds: readonly string[], role: string): Promise<void> {
    if (userIds.length === 0) return;
    const granted = isKey(role)
      ? await this.database.affected(
          (q) => `${this.insertNew()} INTO ${this.grants} (user_id, role)
            SELECT u.${this.database.dialect === 'sqlite' ? 'column1' : 'id'}, r.name
            FROM ${this.usersIn(q, userIds)} CROSS JOIN ${this.roles} r WHERE r.name = ${q.text(role)} ${this.unlessThere()}`,
        )
      : 0;
    if (granted === 0 && !(await this.exists(role))) throw new UnknownRoleException(role);
  }

  async revoke(userId: string, role: string): Promise<boolean> {
    if (!isKey(userId) || !isKey(role)) return false;
    const revoked = await this.database.affected(
      (q) => `DELETE FROM ${this.grants} WHERE user_id = ${q.text(userId)} AND role = ${q.text(role)}`,
    );
    return revoked > 0;
  }

  async revokeAll(userId: string): Promise<number> {
    if (!isKey(userId)) return 0;
    return this.database.affected((q) => `DELETE FROM ${this.grants} WHERE user_id = ${q.text(userId)}`);
  }

  async countHolders(role: string): Promise<number> {
    if (!isKey(role)) return 0;
    const [row] = await this.database.rows((q) => `SELECT COUNT(*) AS holders FROM ${this.grants} WHERE role = ${q.text(role)}`);
    return Number(row?.['holders'] ?? 0);
  }

  /** Users as a table. Not UNION in SQLite, which takes at most 500 of them; MySQL and MariaDB have no VALUES in common. */
  private usersIn(q: Statement, userIds: readonly string[]): string {
    const [first, ...others] = userIds.map((userId) => q.text(userId));
    if (this.database.dialect === 'mysql') {
      return `(SELECT ${[`${first} AS id`, ...others].join(' UNION ALL SELECT ')}) u`;
    }
    if (this.database.dialect === 'sqlite') return `(VALUES ${[first, ...others].map((id) => `(${id})`).join(', ')}) u`;
    return `(VALUES ${[`CAST(${first} AS varchar)`, ...others].map((id) => `(${id})`).join(', ')}) AS u (id)`;
  }

  // Not ON DUPLICATE KEY: with FOUND_ROWS, which mysql2 sets, an unchanged row counts as affected.
  private insertNew(): string {
    return this.database.dialect === 'mysql' ? 'INSERT IGNORE' : 'INSERT';
  }

  private unlessThere(): string {
    return this.database.dialect === 'mysql' ? '' : 'ON CONFLICT DO NOTHING';
  }
}

const permissionsFrom = (json: unknown): string[] => (typeof json === 'string' ? (JSON.parse(json) as string[]) : []);
