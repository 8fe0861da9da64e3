export { RoleDefinedEvent } from './roles.events.js';
export { RolesModule } from './roles.module.js';
export type { RolesModuleOptions } from './roles.options.js';
export { RolesService } from './roles.service.js';
export type { GrantedRoles, RoleDefinition } from '../../core/ports/role.repository.js';
