import { Inject, Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { DeclaredRoles } from '../core/access/declared-roles.js';
import { certainFieldsOf } from '../core/access/request-body.js';
import { AccessMetadata } from '../core/access/route-access.js';
import { Policies } from '../core/events/policies.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../core/options/auth.options.js';
import { RoleRepository } from '../core/ports/role.repository.js';
import { UserRepository } from '../core/ports/user.repository.js';
import { PendingSignUps } from '../core/sign-in/pending-sign-ups.js';
import type { RoomFacts } from './boot-facts.js';

/** Asks the rooms and controllers, once every module's `onModuleInit` is through. */
@Injectable()
export class RoomFactsReader {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly policies: Policies,
    private readonly pending: PendingSignUps,
    private readonly declared: DeclaredRoles,
    private readonly roles: RoleRepository,
    private readonly users: UserRepository,
  ) {}

  async read(): Promise<RoomFacts> {
    const requiredRoles = this.requiredRoles();
    const [knownRoles, unfilledColumns] = await Promise.all([this.knownRoles(requiredRoles), this.unfilledColumns()]);
    return { requiredRoles, knownRoles, unfilledColumns, signUpReveals: this.pending.keeper === null };
  }

  private requiredRoles(): Map<string, string[]> {
    const byRole = new Map<string, string[]>();
    for (const { metatype } of this.discovery.getControllers()) {
      const controller = metatype as Type;
      const prototype = controller.prototype as Record<string, object>;
      const note = (target: object, route: string): void => {
        const roles = (Reflect.getMetadata(AccessMetadata.roles, target) ?? []) as readonly string[];
        for (const role of roles) byRole.set(role, [...(byRole.get(role) ?? []), route]);
      };
      note(controller, controller.name);
      for (const name of this.scanner.getAllMethodNames(prototype)) note(prototype[name]!, `${controller.name}.${name}`);
    }
    return byRole;
  }

  /** The database is asked only about roles that no room declares. */
  private async knownRoles(required: ReadonlyMap<string, unknown>): Promise<readonly string[]> {
    const { names } = this.declared;
    if ([...required.keys()].every((role) => names.includes(role))) return names;
    return [...names, ...(await this.roles.list()).map(({ name }) => name)];
  }

  private async unfilledColumns(): Promise<readonly string[]> {
    const known = [...certainFieldsOf(this.options.profile), ...this.policies.filledProperties];
    return (await this.users.unfilledColumns?.(known)) ?? [];
  }
}
