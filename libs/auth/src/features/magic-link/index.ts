export { MagicLinkModule } from './magic-link.module.js';
export type { MagicLinkModuleOptions } from './magic-link.options.js';
export { type MagicLinkResult, MagicLinkService, type MagicLinkSignIn } from './magic-link.service.js';
