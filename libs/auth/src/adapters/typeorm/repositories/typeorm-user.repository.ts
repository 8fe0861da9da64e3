import { type EntityManager, IsNull, type ObjectLiteral } from 'typeorm';
import { EmailTakenException, ValidationFailedException } from '../../../core/errors/auth.errors.js';
import {
  type AuthUser,
  type EmailChange,
  type EmailClaim,
  type ImportedUser,
  type NewUser,
  type PasswordReplacement,
  type UserPage,
  UserRepository,
  type UserWithPassword,
} from '../../../core/ports/user.repository.js';
import type { AuthDatabase, Row } from '../auth-database.js';
import { AuthUserRoleEntity } from '../entities/auth-role.entity.js';
import { isStorable, type Statement } from '../sql/statement.js';
import { storeFailureOf } from '../sql/store-failure.js';
import { isEmailTaken } from '../email-taken.js';
import { TypeOrmSchemaCheck } from '../typeorm-schema-check.js';
import { ACCOUNT_PROPERTIES, type UserTable } from '../user-table.js';

/** Accounts in the host's own entity. */
export class TypeOrmUserRepository extends UserRepository {
  constructor(
    private readonly database: AuthDatabase,
    private readonly table: UserTable,
  ) {
    super();
  }

  async findById(id: string): Promise<AuthUser | null> {
    const key = this.table.id.parse(id);
    if (key === undefined) return null;
    const [user] = await this.users((q) => `WHERE ${this.table.column('id', 'u')} = ${q.value(key)} AND ${this.table.exists('u')}`);
    return user !== undefined && String(user.id) === id ? user : null;
  }

  async findByEmail(email: string): Promise<AuthUser | null> {
    if (!isEmail(email)) return null;
    const [user] = await this.users(
      (q) => `WHERE ${this.table.column('email', 'u')} = ${q.text(email)} AND ${this.table.exists('u')}`,
    );
    return user?.email === email ? user : null;
  }

  async findByEmailWithPassword(email: string): Promise<UserWithPassword | null> {
    if (!isEmail(email)) return null;
    const found = await this.withPassword((q) => `${this.table.column('email', 'u')} = ${q.text(email)}`);
    return found?.user.email === email ? found : null;
  }

  async findByIdWithPassword(id: string): Promise<UserWithPassword | null> {
    const key = this.table.id.parse(id);
    if (key === undefined) return null;
    const found = await this.withPassword((q) => `${this.table.column('id', 'u')} = ${q.value(key)}`);
    return found !== null && String(found.user.id) === id ? found : null;
  }

  async insert(user: NewUser): Promise<AuthUser> {
    const { email } = user;
    try {
      return await this.database.withManager((manager) => this.insertEntity(manager, newRow(user)));
    } catch (error) {
      if (await isEmailTaken(error, email, this.table, this.database)) throw new EmailTakenException();
      throw profileError(error);
    }
  }

  override async takenEmails(emails: readonly string[]): Promise<ReadonlySet<string>> {
    const asked = emails.filter(isEmail);
    if (asked.length === 0) return new Set();
    const email = this.table.column('email', 'u');
    const rows = await this.database.rows(
      (q) =>
        `SELECT ${email} AS email FROM ${this.table.path} u WHERE ${email} IN (${q.texts(asked)}) AND ${this.table.exists('u')}`,
    );
    return new Set(rows.map((row) => row['email'] as string));
  }

  override async insertAll(users: readonly ImportedUser[]): Promise<ReadonlyMap<string, string>> {
    if (users.length === 0) return new Map();
    try {
      const entities = await this.database.withManager((manager) => this.insertEntities(manager, users));
      // Ids that the database makes are not in the entities.
      const hasIds = entities.every(({ id }) => id !== undefined && id !== null);
      return hasIds ? new Map(entities.map(({ email, id }) => [email, String(id)])) : await this.idsOf(users);
    } catch (error) {
      if (storeFailureOf(error) !== 'unique') throw profileError(error);
      // Of several rows nobody knows which: the caller tries fewer. Of one row it may be a unique column of the host's own.
      const isAddress = users.length > 1 || (await isEmailTaken(error, users[0]!.email, this.table, this.database));
      throw isAddress ? new EmailTakenException() : notStorable();
    }
  }

  override profileFields(): readonly string[] {
    const own: readonly string[] = [...ACCOUNT_PROPERTIES.filter((property) => property !== 'name'), 'updatedAt'];
    return this.table.metadata.columns
      .filter((column) => !column.isVirtual && !column.isGenerated && !column.isVirtualProperty)
      .map(({ propertyName }) => propertyName)
      .filter((property) => !own.includes(property));
  }

  async updateProfile(id: string, profile: Record<string, unknown>): Promise<AuthUser | null> {
    try {
      if (Object.keys(profile).length > 0 && !(await this.change(id, profile))) return null;
    } catch (error) {
      throw profileError(error);
    }
    return this.findById(id);
  }

  async replacePassword(id: string, { passwordHash, ifHash }: PasswordReplacement): Promise<number | null> {
    const key = this.table.id.parse(id);
    if (key === undefined) return null;
    const hash = this.table.column('passwordHash');
    return this.changeCredentials(key, (q) => ({
      set: `${hash} = ${q.text(passwordHash)}`,
      where: ifHash === undefined ? '' : ifHash === null ? `${hash} IS NULL` : `${hash} = ${q.text(ifHash)}`,
    }));
  }

  async upgradePasswordHash(id: string, from: string, to: string): Promise<boolean> {
    return this.change(id, { passwordHash: to }, { passwordHash: from });
  }

  async setDisabled(id: string, at: Date | null): Promise<boolean> {
    return this.change(id, { disabledAt: at, ...(at === null ? {} : this.nextVersion()) });
  }

  async setLocked(id: string, at: Date | null): Promise<boolean> {
    return this.change(id, { lockedAt: at, ...(at === null ? {} : this.nextVersion()) });
  }

  async confirmEmail(id: string, emailVersion: number, at: Date): Promise<boolean> {
    return this.change(id, { emailConfirmedAt: at }, { emailVersion });
  }

  async claimEmail(id: string, { ifEmailVersion, passwordHash, at }: EmailClaim): Promise<number | null> {
    const key = this.table.id.parse(id);
    if (key === undefined) return null;
    const confirmed = this.table.column('emailConfirmedAt');
    return this.changeCredentials(key, (q) => ({
      set: `${confirmed} = ${q.value(this.table.dateOf('emailConfirmedAt', at))}, ${this.table.column('passwordHash')} = ${q.text(passwordHash)}`,
      where: `${this.table.column('emailVersion')} = ${q.value(ifEmailVersion)} AND ${confirmed} IS NULL`,
    }));
  }

  async changeEmail(id: string, { email, ifEmailVersion, confirmedAt }: EmailChange): Promise<number | null> {
    const key = this.table.id.parse(id);
    if (key === undefined) return null;
    const version = this.table.column('emailVersion');
    try {
      return await this.changeCredentials(key, (q) => ({
        set: `${this.table.column('email')} = ${q.text(email)}, ${version} = ${version} + 1,
          ${this.table.column('emailConfirmedAt')} = ${q.value(this.table.dateOf('emailConfirmedAt', confirmedAt))}`,
        where: `${version} = ${q.value(ifEmailVersion)}`,
      }));
    } catch (error) {
      throw (await isEmailTaken(error, email, this.table, this.database)) ? new EmailTakenException() : error;
    }
  }

  async delete(id: string): Promise<boolean> {
    const key = this.table.id.parse(id);
    if (key === undefined) return false;
    const deleted = await this.database.affected(
      (q) => `DELETE FROM ${this.table.path} WHERE ${this.table.column('id')} = ${q.value(key)}`,
    );
    return deleted > 0;
  }

  override unfilledColumns(known: readonly string[]): Promise<string[]> {
    return new TypeOrmSchemaCheck(this.database, this.table).unfilledColumns(known);
  }

  async list({ after, limit }: UserPage): Promise<AuthUser[]> {
    const key = after === undefined ? undefined : this.table.id.parse(after);
    if (after !== undefined && key === undefined) return [];
    const id = this.table.column('id', 'u');
    return this.users((q) => {
      const later = key === undefined ? '' : ` AND ${id} > ${q.value(key)}`;
      return `WHERE ${this.table.exists('u')}${later} ORDER BY ${id} LIMIT ${q.value(Math.min(limit, 1000))}`;
    });
  }

  private async insertEntity(manager: EntityManager, account: Record<string, unknown>): Promise<AuthUser> {
    const entity = manager.create(this.table.entity, account as never) as AuthUser & { passwordHash?: unknown };
    await manager
      .createQueryBuilder()
      .insert()
      .into(this.table.entity)
      .values(entity as never)
      .execute();
    delete entity.passwordHash;
    // As the entity would be loaded, without loading it.
    for (const column of this.table.metadata.columns) {
      if (column.isNullable && !column.isVirtual && column.isSelect)
        column.setEntityValue(entity, column.getEntityValue(entity) ?? null);
    }
    return entity;
  }

  private async insertEntities(manager: EntityManager, users: readonly ImportedUser[]): Promise<AuthUser[]> {
    const entities = users.map((user) => manager.create(this.table.entity, newRow(user, user.disabledAt) as never) as AuthUser);
    await manager
      .createQueryBuilder()
      .insert()
      .into(this.table.entity)
      .values(entities as never)
      .updateEntity(false)
      .execute();
    return entities;
  }

  private async idsOf(users: readonly ImportedUser[]): Promise<ReadonlyMap<string, string>> {
    const [id, email] = [this.table.id.toText(this.table.column('id', 'u')), this.table.column('email', 'u')];
    const rows = await this.database.rows(
      (q) =>
        `SELECT ${id} AS id, ${email} AS email FROM ${this.table.path} u WHERE ${email} IN (${q.texts(users.map((user) => user.email))})`,
    );
    return new Map(rows.map((row) => [row['email'] as string, row['id'] as string]));
  }

  private async users(clauses: (q: Statement) => string): Promise<AuthUser[]> {
    const rows = await this.database.rows((q) => `SELECT ${this.table.select('u')} FROM ${this.table.path} u ${clauses(q)}`);
    return rows.map((row) => this.table.hydrate(row)).filter((user) => user !== null);
  }

  private async withPassword(condition: (q: Statement) => string): Promise<UserWithPassword | null> {
    const hash = this.table.column('passwordHash', 'u');
    const [row] = await this.database.rows(
      (q) => `SELECT ${this.table.select('u')}, ${hash} AS u_hash, ${this.rolesOfUser()} AS u_roles
        FROM ${this.table.path} u WHERE ${condition(q)} AND ${this.table.exists('u')}`,
    );
    const user = row === undefined ? null : this.table.hydrate(row);
    return user === null ? null : { user, passwordHash: (row?.['u_hash'] as string | null) ?? null, roles: rolesFrom(row) };
  }

  /** A JSON array of the roles of `u`, so that they need no statement of their own. */
  private rolesOfUser(): string {
    const aggregate = { postgres: 'json_agg', mysql: 'JSON_ARRAYAGG', sqlite: 'json_group_array' }[this.database.dialect];
    const id = this.table.id.toText(this.table.column('id', 'u'));
    return `(SELECT ${aggregate}(g.role) FROM ${this.database.table(AuthUserRoleEntity)} g WHERE g.user_id = ${id})`;
  }

  private async change(id: string, values: Record<string, unknown>, condition: ObjectLiteral = {}): Promise<boolean> {
    const key = this.table.id.parse(id);
    if (key === undefined) return false;
    const deleted = this.table.metadata.deleteDateColumn;
    const where = { id: key, ...condition, ...(deleted === undefined ? {} : { [deleted.propertyName]: IsNull() }) };
    const result = await this.database.withManager((manager) =>
      manager
        .createQueryBuilder()
        .update(this.table.entity)
        .set(values as never)
        .where(where)
        .execute(),
    );
    return (result.affected ?? 0) > 0;
  }

  /** One statement that also increments `credentialsVersion`, and returns it; parameters must be made in the order of the text. */
  private async changeCredentials(key: unknown, build: (q: Statement) => { set: string; where: string }): Promise<number | null> {
    const isMysql = this.database.dialect === 'mysql';
    const version = this.table.column('credentialsVersion');
    const next = `${version} + 1`;
    const result = await this.database.run((q) => {
      const { set, where } = build(q);
      const counted = `${version} = ${isMysql ? `LAST_INSERT_ID(${next})` : next}`;
      const condition = `${where === '' ? '' : `${where} AND `}${this.table.column('id')} = ${q.value(key)} AND ${this.table.exists()}`;
      const returning = isMysql ? '' : ` RETURNING ${version} AS version`;
      return `UPDATE ${this.table.path} SET ${set}, ${counted}${this.touched()} WHERE ${condition}${returning}`;
    });
    if (result.affected === 0) return null;
    return isMysql ? result.insertId : Number(result.rows[0]?.['version']);
  }

  private nextVersion(): Record<string, unknown> {
    return { credentialsVersion: () => `${this.table.column('credentialsVersion')} + 1` };
  }

  /** Sets the date of the last change in a statement that TypeORM does not write. */
  private touched(): string {
    const column = this.table.metadata.updateDateColumn;
    if (column === undefined) return '';
    const now = { postgres: 'CURRENT_TIMESTAMP', mysql: 'CURRENT_TIMESTAMP(6)', sqlite: "datetime('now')" }[this.database.dialect];
    return `, ${this.database.dataSource.driver.escape(column.databaseName)} = ${now}`;
  }
}

/** The host's columns may be narrower than its profile class: that is the client's fault to mend, not ours. */
const profileError = (error: unknown): unknown => (storeFailureOf(error) === 'value' ? notStorable() : error);

const notStorable = (): ValidationFailedException =>
  new ValidationFailedException([{ field: 'profile', code: 'not_storable', message: 'A value does not fit its column' }]);

const newRow = ({ email, passwordHash, emailConfirmedAt, createdAt, profile }: NewUser, disabledAt: Date | null = null) => ({
  name: null,
  ...profile,
  email,
  passwordHash,
  emailConfirmedAt,
  createdAt,
  disabledAt,
  lockedAt: null,
  credentialsVersion: 1,
  emailVersion: 1,
});

const isEmail = (email: unknown): email is string => typeof email === 'string' && email !== '' && isStorable(email);

function rolesFrom(row: Row | undefined): string[] {
  const value = row?.['u_roles'];
  const roles: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  return Array.isArray(roles) ? (roles as string[]).toSorted() : [];
}
