import { ConfigurableModuleBuilder, type DynamicModule, Global, Module } from '@nestjs/common';
import { AUTH_OPTIONS } from '../../core/options/auth.options.js';
import { InvitationAcceptanceService } from './invitation-acceptance.service.js';
import { InvitationRights } from './invitation-rights.js';
import { InvitationMail } from './invitation.mail.js';
import { INVITATION_OPTIONS, type InvitationModuleOptions, resolveInvitationOptions } from './invitation.options.js';
import { InvitationsController } from './invitations.controller.js';
import { InvitationsService } from './invitations.service.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<InvitationModuleOptions>({
  moduleName: 'Invitation',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createInvitationOptions')
  .build();

/**
 * Accounts by invitation, by mail; with `signUp: 'closed'` the only way in. Import it beside `AuthModule`, which must have a mail transport.
 *
 * @example
 * ```ts
 * InvitationModule.forRoot({ permission: 'users.invite' })
 * ```
 */
@Global()
@Module({
  controllers: [InvitationsController],
  providers: [
    { provide: INVITATION_OPTIONS, inject: [MODULE_OPTIONS_TOKEN, AUTH_OPTIONS], useFactory: resolveInvitationOptions },
    InvitationRights,
    InvitationMail,
    InvitationsService,
    InvitationAcceptanceService,
  ],
  exports: [InvitationsService, InvitationAcceptanceService],
})
export class InvitationModule extends ConfigurableModuleClass {
  /** @throws AuthConfigurationError while the application starts, with every problem and its remedy */
  static override forRoot(options: InvitationModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
