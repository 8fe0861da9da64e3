import type { OnApplicationShutdown } from '@nestjs/common';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { sendable } from '../../core/mail/sendable-mail.js';
import { type Mail, MailRejectedError, MailTransport } from '../../core/ports/mail-transport.js';
import { OpenRequests } from './open-requests.js';
import { resolveSmtpMailOptions, type Sender, type SmtpMailOptions } from './smtp-mail.options.js';

/** The part of nodemailer that is used; the package is optional, so its types stay out of ours. */
interface Transporter {
  sendMail(message: Record<string, unknown>): Promise<unknown>;
  verify(): Promise<true>;
  close(): void;
}

/** Milliseconds; shorter than the dispatcher's, so that a message given up here is not sent by the pool afterwards. */
const DEADLINE = 25_000;

/**
 * RFC 3463: the mailbox or its domain does not exist, or is disabled; RFC 5321 section 4.2.2: 501, the server takes no address of that syntax.
 * Other refusals may be ours to mend, and are tried again.
 */
const NO_SUCH_MAILBOX = /\b5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b|^501\b/;

/** Mail by SMTP, through pooled connections of nodemailer. */
export class SmtpMailTransport extends MailTransport implements OnApplicationShutdown {
  /** Ends connections on which something is under way; closing the pool ends only those that are idle. */
  private readonly requests = new OpenRequests();

  private constructor(
    private readonly transporter: Transporter,
    private readonly from: Sender,
  ) {
    super();
  }

  /** Connects with the first message. @throws AuthConfigurationError when the options are wrong or nodemailer is not installed */
  static async create(options: SmtpMailOptions): Promise<SmtpMailTransport> {
    const { connection, from } = resolveSmtpMailOptions(options);
    const nodemailer = await loadNodemailer();
    return new SmtpMailTransport(
      nodemailer.createTransport({ ...connection, disableFileAccess: true, disableUrlAccess: true }),
      from,
    );
  }

  async send(mail: Mail): Promise<void> {
    const { to, subject, text, html, id } = sendable(mail);
    try {
      const message = {
        from: this.from,
        to: { name: '', address: to },
        subject,
        text,
        html,
        ...(id === undefined ? {} : { messageId: `<${id}@${this.from.address.split('@').at(-1)}>` }),
        // RFC 3834: holiday notices and the like are not answers to these.
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      };
      await this.requests.run(DEADLINE, (signal) => this.transporter.sendMail({ ...message, signal }));
    } catch (error) {
      throw asMailError(error);
    }
  }

  async verify(): Promise<void> {
    await this.transporter.verify();
  }

  onApplicationShutdown(): void {
    this.requests.cancel();
    this.transporter.close();
  }
}

function asMailError(error: unknown): Error {
  const { response, command, message } = error as { response?: unknown; command?: unknown; message?: unknown };
  if (command === 'RCPT TO' && typeof response === 'string' && NO_SUCH_MAILBOX.test(response)) {
    return new MailRejectedError('The mail server knows no such mailbox', { cause: error });
  }
  return error instanceof Error ? error : new Error(String(message ?? error));
}

async function loadNodemailer(): Promise<{ createTransport(options: object): Transporter }> {
  type Nodemailer = { createTransport(options: object): Transporter };
  try {
    const module = (await import('nodemailer')) as unknown as Nodemailer & { default?: Nodemailer };
    return module.default ?? module;
  } catch (cause) {
    throw new AuthConfigurationError(
      [{ option: 'mail', problem: 'is SmtpMail, but nodemailer is not installed.', remedy: 'npm install nodemailer' }],
      { cause },
    );
  }
}
