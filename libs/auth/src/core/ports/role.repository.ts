export interface RoleDefinition {
  name: string;
  permissions: readonly string[];
}

/** What a user may do. */
export interface GrantedRoles {
  roles: string[];
  /** Union over the roles, without duplicates. */
  permissions: string[];
}

/** Roles and permissions in SQL. Role names are compared byte by byte. */
export abstract class RoleRepository {
  /** Inserts roles that do not exist; existing ones keep their permissions. Safe to run from several processes at once. */
  abstract seed(roles: readonly RoleDefinition[]): Promise<void>;
  abstract list(): Promise<RoleDefinition[]>;
  /** Sets a role's permissions; creates the role when it does not exist. */
  abstract define(role: RoleDefinition): Promise<void>;
  abstract exists(name: string): Promise<boolean>;
  /** One statement. */
  abstract rolesOf(userId: string): Promise<GrantedRoles>;
  /** `false` when the user holds it already. @throws UnknownRoleException when there is no such role */
  abstract grant(userId: string, role: string): Promise<boolean>;
  /**
   * Gives a role to many users, those who hold it already included. For imports: stores that can, do it in one statement.
   *
   * @throws UnknownRoleException when there is no such role
   */
  async grantAll(userIds: readonly string[], role: string): Promise<void> {
    for (const userId of userIds) await this.grant(userId, role);
  }
  /** `false` when the user does not hold it. */
  abstract revoke(userId: string, role: string): Promise<boolean>;
  /** Of a deleted account. */
  abstract revokeAll(userId: string): Promise<number>;
  abstract countHolders(role: string): Promise<number>;
}
