import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { MailTransport } from '../../core/ports/mail-transport.js';
import type { SmtpMailOptions } from './smtp-mail.options.js';
import { SmtpMailTransport } from './smtp-mail.transport.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<SmtpMailOptions>({ moduleName: 'SmtpMail' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createSmtpMailOptions')
  .build();

/**
 * Mail by SMTP; install `nodemailer`.
 *
 * @example AuthModule.forRoot({ mail: SmtpMail.forRoot({ url: process.env.SMTP_URL!, from: 'Example <noreply@example.com>' }), … })
 */
@Module({
  providers: [
    {
      provide: MailTransport,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: SmtpMailOptions) => SmtpMailTransport.create(options),
    },
  ],
  exports: [MailTransport],
})
export class SmtpMail extends ConfigurableModuleClass {}
