export { EmailChangeModule } from './email-change.module.js';
export type { EmailChangeModuleOptions } from './email-change.options.js';
export { EmailChangeService } from './email-change.service.js';
