import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { NOTICES_OPTIONS, type NoticesModuleOptions, resolveNoticesOptions } from './notices.options.js';
import { NoticesService } from './notices.service.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<NoticesModuleOptions>({
  moduleName: 'Notices',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createNoticesOptions')
  .build();

/**
 * Tells people by mail what happens to their accounts. Import it beside `AuthModule`, which must have a mail transport.
 *
 * @example
 * ```ts
 * NoticesModule.forRoot({ newDevice: false })
 * ```
 */
@Module({
  providers: [{ provide: NOTICES_OPTIONS, inject: [MODULE_OPTIONS_TOKEN], useFactory: resolveNoticesOptions }, NoticesService],
})
export class NoticesModule extends ConfigurableModuleClass {
  /** @throws AuthConfigurationError while the application starts, with every problem and its remedy */
  static override forRoot(options: NoticesModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
