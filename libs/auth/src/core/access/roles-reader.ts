import { Injectable } from '@nestjs/common';
import { Clock } from '../ports/clock.js';
import { type GrantedRoles, RoleRepository } from '../ports/role.repository.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import { RevocableMemory } from '../sessions/revocable-memory.js';
import { Revocations } from '../sessions/revocations.js';

/** What a user may do, from a memory that forgets within a second of a change. */
@Injectable()
export class RolesReader {
  private readonly memory: RevocableMemory<GrantedRoles>;

  constructor(
    roles: RoleRepository,
    revocations: Revocations,
    private readonly clock: Clock,
    private readonly units: UnitOfWork,
  ) {
    this.memory = new RevocableMemory(revocations, clock, { read: (userId) => roles.rolesOf(userId), kinds: ['roles', 'user'] });
  }

  /** Synchronous when it is remembered. @throws StoreUnavailableException */
  rolesOf(userId: string): GrantedRoles | Promise<GrantedRoles> {
    return this.memory.peek(userId, this.clock.now()) ?? this.units.awaitAnswer(() => this.memory.load(userId));
  }
}
