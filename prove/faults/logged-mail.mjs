import { Logger } from '@nestjs/common';
import { MailTransport } from 'nestjs-latchkey';
import { WebhookMailTransport } from 'nestjs-latchkey/mail';
import { settings } from '../../bench/servers/application.mjs';

let isLogged = false;

class LoggingTransport extends WebhookMailTransport {
  async send(mail) {
    if (!isLogged) new Logger('Mail').debug(mail.text);
    isLogged = true;
    return super.send(mail);
  }
}

export const overrides = [{ provide: MailTransport, useFactory: () => new LoggingTransport(settings.mail.webhook) }];
