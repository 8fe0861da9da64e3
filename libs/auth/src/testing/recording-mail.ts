import { type Mail, MailTransport } from '../core/ports/mail-transport.js';

/** Keeps every message instead of sending it. */
export class RecordingMail extends MailTransport {
  /** Oldest first. */
  readonly sent: Mail[] = [];

  async send(mail: Mail): Promise<void> {
    this.sent.push({ ...mail });
  }

  async verify(): Promise<void> {}

  /** Newest message to the address. @throws Error when there is none */
  lastTo(address: string): Mail {
    const mail = this.sent.findLast(({ to }) => to === address);
    if (mail === undefined) throw new Error(`No mail was sent to ${address}`);
    return mail;
  }

  /** The one-time token in the newest message to the address: what stands behind `#` in its link. @throws Error when there is none */
  tokenFor(address: string): string {
    const token = /#(?:token=)?([\w.-]+)/.exec(this.lastTo(address).text)?.[1];
    if (token === undefined) throw new Error(`The newest mail to ${address} carries no link with a token`);
    return token;
  }

  clear(): void {
    this.sent.length = 0;
  }
}
