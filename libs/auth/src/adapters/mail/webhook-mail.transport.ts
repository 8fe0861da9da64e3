import type { OnApplicationShutdown } from '@nestjs/common';
import { sendable } from '../../core/mail/sendable-mail.js';
import { type Clock, SystemClock } from '../../core/ports/clock.js';
import { type Mail, type MailFacts, MailTransport } from '../../core/ports/mail-transport.js';
import { OpenRequests } from './open-requests.js';
import { resolveWebhookMailOptions, type WebhookMailOptions } from './webhook-mail.options.js';
import { signWebhook, WEBHOOK_SIGNATURE_HEADER } from './webhook-signature.js';

/** Milliseconds. */
const DEADLINE = 10_000;

/**
 * Mail by a signed JSON POST, for services that have no SMTP: `{ type: 'mail', id, to, subject, text, html }`. A 2xx accepts the message;
 * anything else, a redirect included, is tried again. `id` is the same on every attempt.
 */
export class WebhookMailTransport extends MailTransport implements OnApplicationShutdown {
  private readonly options: Required<WebhookMailOptions>;
  private readonly requests = new OpenRequests();

  /** @throws AuthConfigurationError */
  constructor(
    options: WebhookMailOptions,
    private readonly clock: Clock = new SystemClock(),
  ) {
    super();
    this.options = resolveWebhookMailOptions(options);
  }

  async send(mail: Mail): Promise<void> {
    const { id, to, subject, text, html } = sendable(mail);
    await this.post({ type: 'mail', id, to, subject, text, html });
  }

  /** Sends `{ type: 'ping' }`, to be answered with a 2xx. */
  async verify(): Promise<void> {
    await this.post({ type: 'ping' });
  }

  override facts(): MailFacts {
    return { kind: 'delivered', signsWith: (secret) => secret === this.options.secret };
  }

  onApplicationShutdown(): void {
    this.requests.cancel();
  }

  private async post(content: object): Promise<void> {
    const { url, secret, headers } = this.options;
    const body = JSON.stringify(content);
    const signature = signWebhook(secret, body, this.clock.now());
    const status = await this.requests.run(DEADLINE, async (signal) => {
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: {
          ...headers,
          'content-type': 'application/json',
          [WEBHOOK_SIGNATURE_HEADER]: signature,
        },
        // A redirect would carry links that open accounts to wherever it points.
        redirect: 'manual',
        signal,
      });
      await response.body?.cancel();
      return response.status;
    });
    if (status < 200 || status > 299) throw new Error(`the webhook answered ${status}`);
  }
}
