import { ConfigurableModuleBuilder, type DynamicModule, Global, Module } from '@nestjs/common';
import { AUTH_OPTIONS } from '../../core/options/auth.options.js';
import { MagicLinkBootCheck } from './magic-link.boot-check.js';
import { MagicLinkController } from './magic-link.controller.js';
import { MagicLinkMail } from './magic-link.mail.js';
import { MAGIC_LINK_OPTIONS, type MagicLinkModuleOptions, resolveMagicLinkOptions } from './magic-link.options.js';
import { MagicLinkService } from './magic-link.service.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<MagicLinkModuleOptions>({
  moduleName: 'MagicLink',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createMagicLinkOptions')
  .build();

/**
 * Signing in by a mailed link, and signing up where that is allowed. Import it beside `AuthModule`, which must have a mail transport.
 *
 * @example
 * ```ts
 * MagicLinkModule.forRoot({ signUp: true })
 * ```
 */
@Global()
@Module({
  controllers: [MagicLinkController],
  providers: [
    { provide: MAGIC_LINK_OPTIONS, inject: [MODULE_OPTIONS_TOKEN, AUTH_OPTIONS], useFactory: resolveMagicLinkOptions },
    MagicLinkBootCheck,
    MagicLinkMail,
    MagicLinkService,
  ],
  exports: [MagicLinkService],
})
export class MagicLinkModule extends ConfigurableModuleClass {
  /** @throws AuthConfigurationError while the application starts, with every problem and its remedy */
  static override forRoot(options: MagicLinkModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
