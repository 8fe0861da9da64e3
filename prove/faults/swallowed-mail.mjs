import { MailTransport } from 'nestjs-latchkey';
import { SmtpMailTransport } from 'nestjs-latchkey/mail';
import { settings } from '../../bench/servers/application.mjs';

class SwallowingTransport extends MailTransport {
  constructor(transport) {
    super();
    this.transport = transport;
  }

  send(mail) {
    return this.transport.send(mail).catch(() => undefined);
  }

  verify() {
    return this.transport.verify();
  }
}

export const overrides = [
  {
    provide: MailTransport,
    useFactory: async () =>
      new SwallowingTransport(
        await SmtpMailTransport.create({ url: `smtp://127.0.0.1:${settings.smtp}`, from: 'Latchkey <no-reply@example.com>' }),
      ),
  },
];
