import { ConfigurableModuleBuilder, type DynamicModule, Global, Module } from '@nestjs/common';
import { AUTH_OPTIONS } from '../../core/options/auth.options.js';
import { EmailConfirmationController } from './email-confirmation.controller.js';
import { EmailConfirmationMail } from './email-confirmation.mail.js';
import {
  EMAIL_CONFIRMATION_OPTIONS,
  type EmailConfirmationModuleOptions,
  resolveEmailConfirmationOptions,
} from './email-confirmation.options.js';
import { ConfirmationMailPolicy, ConfirmedAddressPolicy } from './email-confirmation.policies.js';
import { EmailConfirmationService } from './email-confirmation.service.js';
import { PendingSignUpTokens } from './pending-sign-up-tokens.js';
import { RequiredConfirmation } from './required-confirmation.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<EmailConfirmationModuleOptions>({
  moduleName: 'EmailConfirmation',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createEmailConfirmationOptions')
  .build();

/**
 * Confirms e-mail addresses by a mailed link. Import it beside `AuthModule`, which must have a mail transport.
 *
 * @example
 * ```ts
 * EmailConfirmationModule.forRoot({ required: true })
 * ```
 */
@Global()
@Module({
  controllers: [EmailConfirmationController],
  providers: [
    {
      provide: EMAIL_CONFIRMATION_OPTIONS,
      inject: [MODULE_OPTIONS_TOKEN, AUTH_OPTIONS],
      useFactory: resolveEmailConfirmationOptions,
    },
    PendingSignUpTokens,
    EmailConfirmationMail,
    EmailConfirmationService,
    RequiredConfirmation,
    ConfirmationMailPolicy,
    ConfirmedAddressPolicy,
  ],
  exports: [EmailConfirmationService],
})
export class EmailConfirmationModule extends ConfigurableModuleClass {
  /** @throws AuthConfigurationError while the application starts, with every problem and its remedy */
  static override forRoot(options: EmailConfirmationModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
