import { Module } from '@nestjs/common';
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
      inject: [{ token: Clock, optional: true }],
      useFactory: (clock?: Clock) => new ConsoleMailTransport(true, clock),
    },
  ],
  exports: [MailTransport],
})
export class ConsoleMail {}
