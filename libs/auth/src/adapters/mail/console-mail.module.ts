import { Module } from '@nestjs/common';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { Clock } from '../../core/ports/clock.js';
import { MailTransport } from '../../core/ports/mail-transport.js';
import { ConsoleMailTransport } from './console-mail.transport.js';

/**
 * Mail goes to the log: the default outside production, where it is refused unless `acknowledge` has `mail.console`.
 *
 * @example AuthModule.forRoot({ mail: ConsoleMail, … })
 */
@Module({
  providers: [
    {
      provide: MailTransport,
      inject: [
        { token: AUTH_OPTIONS, optional: true },
        { token: Clock, optional: true },
      ],
      useFactory: (options?: ResolvedAuthOptions, clock?: Clock) => {
        if (options?.environment === 'production' && !options.acknowledge.includes('mail.console')) throw inProduction();
        return new ConsoleMailTransport(true, clock);
      },
    },
  ],
  exports: [MailTransport],
})
export class ConsoleMail {}

const inProduction = (): AuthConfigurationError =>
  new AuthConfigurationError([
    {
      option: 'mail',
      problem: 'is ConsoleMail, which writes every link that it should send into the log of a production application.',
      remedy: "Use SmtpMail or WebhookMail of 'nestjs-latchkey/mail', or accept it with acknowledge: ['mail.console'].",
    },
  ]);
