export { ConsoleMail } from './console-mail.module.js';
export { type CapturedMail, ConsoleMailTransport } from './console-mail.transport.js';
export { SmtpMail } from './smtp-mail.module.js';
export type { SmtpConnectionOptions, SmtpMailOptions, SmtpUrlOptions } from './smtp-mail.options.js';
export { SmtpMailTransport } from './smtp-mail.transport.js';
export { WebhookMail } from './webhook-mail.module.js';
export type { WebhookMailOptions } from './webhook-mail.options.js';
export { WebhookMailTransport } from './webhook-mail.transport.js';
export { isWebhookSignatureValid, WEBHOOK_SIGNATURE_HEADER, type WebhookVerification } from './webhook-signature.js';
