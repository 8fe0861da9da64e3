import { ConfigurableModuleBuilder, type DynamicModule, Global, Module } from '@nestjs/common';
import { AUTH_OPTIONS } from '../../core/options/auth.options.js';
import { PasswordResetController } from './password-reset.controller.js';
import { PasswordResetMail } from './password-reset.mail.js';
import { PASSWORD_RESET_OPTIONS, type PasswordResetModuleOptions, resolvePasswordResetOptions } from './password-reset.options.js';
import { PasswordResetService } from './password-reset.service.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<PasswordResetModuleOptions>({
  moduleName: 'PasswordReset',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createPasswordResetOptions')
  .build();

/**
 * Forgotten passwords, by mail. Import it beside `AuthModule`, which must have a mail transport.
 *
 * @example
 * ```ts
 * PasswordResetModule.forRoot()
 * ```
 */
@Global()
@Module({
  controllers: [PasswordResetController],
  providers: [
    { provide: PASSWORD_RESET_OPTIONS, inject: [MODULE_OPTIONS_TOKEN, AUTH_OPTIONS], useFactory: resolvePasswordResetOptions },
    PasswordResetMail,
    PasswordResetService,
  ],
  exports: [PasswordResetService],
})
export class PasswordResetModule extends ConfigurableModuleClass {
  /** @throws AuthConfigurationError while the application starts, with every problem and its remedy */
  static override forRoot(options: PasswordResetModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
