export { EmailConfirmationModule } from './email-confirmation.module.js';
export type { EmailConfirmationModuleOptions } from './email-confirmation.options.js';
export { EmailConfirmationService } from './email-confirmation.service.js';
