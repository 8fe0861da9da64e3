export { PasswordResetModule } from './password-reset.module.js';
export type { PasswordResetModuleOptions } from './password-reset.options.js';
export { type PasswordReset, PasswordResetService } from './password-reset.service.js';
