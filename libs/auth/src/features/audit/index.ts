export { AuditModule } from './audit.module.js';
export type { AuditModuleOptions } from './audit.options.js';
export { type AuditPage, type AuditSearch, AuditService } from './audit.service.js';
