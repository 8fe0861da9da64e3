/** One message, composed and escaped. Header values hold no line breaks. */
export interface Mail {
  /** Exactly one address. */
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** Hands a message to whoever delivers it. Called after commit, off every request. */
export abstract class MailTransport {
  /** Resolves once the next hop has accepted the message. */
  abstract send(mail: Mail): Promise<void>;
  /** Resolves when the transport can send. */
  abstract verify(): Promise<void>;
}
