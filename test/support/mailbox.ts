import { MailTransport } from 'nestjs-latchkey';
import type { Mail } from 'nestjs-latchkey';
import { RecordingMail } from 'nestjs-latchkey/testing';
import { OutboxDispatcher } from '../../libs/auth/src/core/mail/outbox-dispatcher.js';
import { type AuthApp, type AuthAppOptions, startAuthApp } from '../auth-app.js';

/** An application whose mail is kept, and what has arrived. */
export class Mailbox {
  private constructor(
    readonly app: AuthApp,
    private readonly mail: RecordingMail,
  ) {}

  static async start({ overrides = [], ...options }: AuthAppOptions = {}): Promise<Mailbox> {
    const mail = new RecordingMail();
    const app = await startAuthApp({ ...options, overrides: [{ provide: MailTransport, useValue: mail }, ...overrides] });
    return new Mailbox(app, mail);
  }

  /** Everything that was sent to the address, oldest first. */
  async to(address: string): Promise<Mail[]> {
    await this.drain();
    return this.mail.sent.filter(({ to }) => to === address);
  }

  /** The token of the newest mail to the address. */
  async tokenFor(address: string): Promise<string> {
    await this.drain();
    return this.mail.tokenFor(address);
  }

  async drain(): Promise<void> {
    await this.app.get(OutboxDispatcher).drain();
  }

  clear(): void {
    this.mail.clear();
  }

  close(): Promise<void> {
    return this.app.close();
  }
}
