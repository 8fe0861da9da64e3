import { ConfigurableModuleBuilder, type DynamicModule, Global, Module } from '@nestjs/common';
import { DefaultRolePolicy } from './default-role.policy.js';
import { RoleSeeding } from './role-seeding.js';
import { resolveRolesOptions, ROLES_OPTIONS, type RolesModuleOptions } from './roles.options.js';
import { RolesService } from './roles.service.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<RolesModuleOptions>({ moduleName: 'Roles' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createRolesOptions')
  .build();

/**
 * Roles with permissions in SQL: seeds them at the start, gives new accounts their default role, and offers {@link RolesService}.
 * Import it beside `AuthModule`; the decorators `@Roles()` and `@Permissions()` are the core's.
 *
 * @example
 * ```ts
 * RolesModule.forRoot({ roles: { admin: ['users.read', 'users.write'], member: [] }, defaultRole: 'member' })
 * ```
 */
@Global()
@Module({
  providers: [
    { provide: ROLES_OPTIONS, inject: [MODULE_OPTIONS_TOKEN], useFactory: resolveRolesOptions },
    RolesService,
    DefaultRolePolicy,
    RoleSeeding,
  ],
  exports: [RolesService],
})
export class RolesModule extends ConfigurableModuleClass {
  /** @throws AuthConfigurationError while the application starts, with every problem and its remedy */
  static override forRoot(options: RolesModuleOptions): DynamicModule {
    // A missing argument becomes a list of problems instead of a provider that Nest cannot resolve.
    return super.forRoot(options ?? ({} as RolesModuleOptions));
  }
}
