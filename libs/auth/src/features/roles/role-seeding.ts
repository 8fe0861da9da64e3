import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { DeclaredRoles } from '../../core/access/declared-roles.js';
import { BootCheck } from '../../core/ports/boot-check.js';
import { RoleRepository } from '../../core/ports/role.repository.js';
import { type ResolvedRolesOptions, ROLES_OPTIONS } from './roles.options.js';

/** Brings the roles of the options into the database, once per start and harmlessly from several processes at once. */
@Injectable()
export class RoleSeeding implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger('RolesModule');

  constructor(
    @Inject(ROLES_OPTIONS) private readonly options: ResolvedRolesOptions,
    private readonly roles: RoleRepository,
    private readonly declared: DeclaredRoles,
    private readonly boot: BootCheck,
  ) {}

  onModuleInit(): void {
    this.declared.declare(this.options.roles.map(({ name }) => name));
  }

  async onApplicationBootstrap(): Promise<void> {
    const wanted = this.options.roles;
    if (wanted.length === 0) return;
    await this.boot.passed();
    if (this.boot.isReadOnly) return;
    await this.roles.seed(wanted);
    const stored = new Map((await this.roles.list()).map(({ name, permissions }) => [name, permissions]));
    const different = wanted.filter(({ name, permissions }) => !sameSet(permissions, stored.get(name) ?? []));
    if (different.length === 0) return;
    // An administrator may have changed them, so the database wins; whoever edited the options must learn why nothing happens.
    this.logger.warn(
      `The database has other permissions than the options for: ${different.map(({ name }) => name).join(', ')}. ` +
        'The database was kept; RolesService.define() changes it.',
    );
  }
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one) => b.includes(one));
