import { Injectable } from '@nestjs/common';
import { UnknownRoleException } from '../../core/errors/auth.errors.js';
import { type GrantedRoles, type RoleDefinition, RoleRepository } from '../../core/ports/role.repository.js';
import { MemoryDatabase } from './memory-database.js';

@Injectable()
export class MemoryRoleRepository extends RoleRepository {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  async seed(definitions: readonly RoleDefinition[]): Promise<void> {
    await this.database.execute(({ roles }) => {
      for (const { name, permissions } of definitions) if (!roles.has(name)) roles.set(name, [...permissions]);
    });
  }

  async list(): Promise<RoleDefinition[]> {
    return this.database.execute(({ roles }) =>
      [...roles]
        .map(([name, permissions]) => ({ name, permissions: [...permissions] }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    );
  }

  async define({ name, permissions }: RoleDefinition): Promise<void> {
    await this.database.execute(({ roles }) => void roles.set(name, [...permissions]));
  }

  async exists(name: string): Promise<boolean> {
    return this.database.execute(({ roles }) => roles.has(name));
  }

  async rolesOf(userId: string): Promise<GrantedRoles> {
    return this.database.execute(({ roles, grants }) => {
      const held = [...(grants.get(userId) ?? [])];
      return { roles: held, permissions: [...new Set(held.flatMap((role) => roles.get(role) ?? []))].sort() };
    });
  }

  async grant(userId: string, role: string): Promise<boolean> {
    return this.database.execute(({ roles, grants }) => {
      if (!roles.has(role)) throw new UnknownRoleException(role);
      const held = grants.get(userId) ?? [];
      if (held.includes(role)) return false;
      grants.set(userId, [...held, role].sort());
      return true;
    });
  }

  async revoke(userId: string, role: string): Promise<boolean> {
    return this.database.execute(({ grants }) => {
      const held = grants.get(userId) ?? [];
      grants.set(
        userId,
        held.filter((name) => name !== role),
      );
      return held.includes(role);
    });
  }

  async revokeAll(userId: string): Promise<number> {
    return this.database.execute(({ grants }) => {
      const held = grants.get(userId) ?? [];
      grants.delete(userId);
      return held.length;
    });
  }

  async countHolders(role: string): Promise<number> {
    return this.database.execute(({ grants }) => [...grants.values()].filter((held) => held.includes(role)).length);
  }
}
