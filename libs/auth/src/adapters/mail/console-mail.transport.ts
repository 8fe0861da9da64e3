import { Logger } from '@nestjs/common';
import { Clock, SystemClock } from '../../core/ports/clock.js';
import { type Mail, type MailFacts, MailTransport } from '../../core/ports/mail-transport.js';

/** A mail that would have been sent. */
export interface CapturedMail extends Mail {
  /** ISO 8601. */
  at: string;
}

const KEPT = 100;

/** Prints mail instead of sending it, links included: for development. */
export class ConsoleMailTransport extends MailTransport {
  private readonly logger = new Logger('Mail');
  private readonly captured: CapturedMail[] = [];

  /** @param prints `false` only keeps what would have been sent */
  constructor(
    private readonly prints = true,
    private readonly clock: Clock = new SystemClock(),
  ) {
    super();
  }

  async send(mail: Mail): Promise<void> {
    this.captured.unshift({ ...mail, at: new Date(this.clock.now()).toISOString() });
    this.captured.length = Math.min(this.captured.length, KEPT);
    if (this.prints) this.logger.log(`To: ${mail.to}\nSubject: ${mail.subject}\n\n${mail.text}`);
  }

  async verify(): Promise<void> {}

  override facts(): MailFacts {
    return { kind: 'printed' };
  }

  /** The last hundred, newest first. */
  recent(): CapturedMail[] {
    return [...this.captured];
  }
}
