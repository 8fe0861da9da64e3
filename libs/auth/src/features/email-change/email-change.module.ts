import { ConfigurableModuleBuilder, type DynamicModule, Global, Module } from '@nestjs/common';
import { AUTH_OPTIONS } from '../../core/options/auth.options.js';
import { EmailChangeController } from './email-change.controller.js';
import { EmailChangeMail } from './email-change.mail.js';
import { EMAIL_CHANGE_OPTIONS, type EmailChangeModuleOptions, resolveEmailChangeOptions } from './email-change.options.js';
import { EmailChangeService } from './email-change.service.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<EmailChangeModuleOptions>({
  moduleName: 'EmailChange',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createEmailChangeOptions')
  .build();

/**
 * Another e-mail address for an account, by a link mailed to it. Import it beside `AuthModule`, which must have a mail transport.
 *
 * @example
 * ```ts
 * EmailChangeModule.forRoot()
 * ```
 */
@Global()
@Module({
  controllers: [EmailChangeController],
  providers: [
    { provide: EMAIL_CHANGE_OPTIONS, inject: [MODULE_OPTIONS_TOKEN, AUTH_OPTIONS], useFactory: resolveEmailChangeOptions },
    EmailChangeMail,
    EmailChangeService,
  ],
  exports: [EmailChangeService],
})
export class EmailChangeModule extends ConfigurableModuleClass {
  /** @throws AuthConfigurationError while the application starts, with every problem and its remedy */
  static override forRoot(options: EmailChangeModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
