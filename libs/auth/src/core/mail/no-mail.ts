import { type MailFacts, MailTransport } from '../ports/mail-transport.js';

/** Stands for a transport where the application has none: rooms that must write to people refuse to start with it. */
export class NoMail extends MailTransport {
  async send(): Promise<void> {
    throw new Error('This application has no mail transport');
  }

  async verify(): Promise<void> {
    throw new Error('This application has no mail transport');
  }

  override facts(): MailFacts {
    return { kind: 'none' };
  }
}
