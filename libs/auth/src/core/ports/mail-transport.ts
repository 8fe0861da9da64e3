/** One message, composed and escaped. Header values hold no line breaks. */
export interface Mail {
  /** Names the message: the same on every attempt to send it, so that the next hop can drop doubles. */
  id?: string;
  /** Exactly one address. */
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** The next hop has refused this one message for good, e.g. because there is no such mailbox: trying again is no use. */
export class MailRejectedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MailRejectedError';
  }
}

/** What a transport tells about itself, for the boot rules. */
export interface MailFacts {
  /** `delivered`: messages leave the application. `printed`: they stand in its log. `none`: there is no transport. */
  kind: 'delivered' | 'printed' | 'none';
  /** Whether requests are signed with exactly this secret, which then has two purposes. */
  signsWith?(secret: string): boolean;
}

/** Hands a message to whoever delivers it. Called after commit, off every request. */
export abstract class MailTransport {
  /**
   * Resolves once the next hop has accepted the message.
   *
   * @throws MailRejectedError when this message will never be accepted; any other error means that it is tried again
   */
  abstract send(mail: Mail): Promise<void>;
  /** Resolves when the transport can send. */
  abstract verify(): Promise<void>;

  /** For the boot rules. */
  facts(): MailFacts {
    return { kind: 'delivered' };
  }
}
