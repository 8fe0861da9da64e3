import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { Clock } from '../../core/ports/clock.js';
import { MailTransport } from '../../core/ports/mail-transport.js';
import type { WebhookMailOptions } from './webhook-mail.options.js';
import { WebhookMailTransport } from './webhook-mail.transport.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<WebhookMailOptions>({
  moduleName: 'WebhookMail',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createWebhookMailOptions')
  .build();

/**
 * Mail by a signed POST to a service of yours, which checks it with `isWebhookSignatureValid`.
 *
 * @example AuthModule.forRoot({ mail: WebhookMail.forRoot({ url: 'https://mail.example.com/send', secret: process.env.MAIL_SECRET! }), … })
 */
@Module({
  providers: [
    {
      provide: MailTransport,
      inject: [MODULE_OPTIONS_TOKEN, { token: Clock, optional: true }],
      useFactory: (options: WebhookMailOptions, clock?: Clock) => new WebhookMailTransport(options, clock),
    },
  ],
  exports: [MailTransport],
})
export class WebhookMail extends ConfigurableModuleClass {}
