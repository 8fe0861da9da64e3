export { NoticesModule } from './notices.module.js';
export type { NoticesModuleOptions } from './notices.options.js';
