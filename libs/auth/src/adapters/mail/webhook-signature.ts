import { createHmac, timingSafeEqual } from 'node:crypto';

/** Header with the signature of {@link WebhookMail}: `t=<seconds since the epoch>,v1=<hex of HMAC-SHA256 over "t.body">`. */
export const WEBHOOK_SIGNATURE_HEADER = 'latchkey-signature';

export function signWebhook(secret: string, body: string, now: number): string {
  const t = Math.floor(now / 1000);
  return `t=${t},v1=${hmac(secret, t, body)}`;
}

export interface WebhookVerification {
  secret: string;
  /** The request's body, byte for byte as it was received. */
  body: string;
  /** Value of the header `latchkey-signature`. */
  signature: string | undefined;
  /** Seconds; older requests are refused, so that a recorded one is worthless. @default 300 */
  tolerance?: number;
  /** Milliseconds since the epoch. @default `Date.now()` */
  now?: number;
}

/** For the receiver: whether a request comes from who knows the secret, and lately. */
export function isWebhookSignatureValid({
  secret,
  body,
  signature,
  tolerance = 300,
  now = Date.now(),
}: WebhookVerification): boolean {
  const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(signature ?? '');
  if (match === null) return false;
  const t = Number(match[1]);
  const isRecent = Math.abs(now / 1000 - t) <= tolerance;
  return timingSafeEqual(Buffer.from(match[2]!, 'hex'), Buffer.from(hmac(secret, t, body), 'hex')) && isRecent;
}

const hmac = (secret: string, t: number, body: string): string =>
  createHmac('sha256', secret).update(`${t}.${body}`, 'utf8').digest('hex');
