import { foldEmail, isEmailAddress } from '../../common/email-address.js';
import { AuthConfigurationError, type ConfigurationProblem } from '../../core/errors/auth-configuration.error.js';

interface CommonOptions {
  /** Who writes: `noreply@example.com`, or with a name `Example <noreply@example.com>`. */
  from: string;
}

/** A server by its address, e.g. `smtp://user:password@mail.example.com:587`, or `smtps://` for TLS from the start. */
export interface SmtpUrlOptions extends CommonOptions {
  url: string;
  options?: never;
}

/** nodemailer's own options of its SMTP transport: host, port, secure, auth, tls, … */
export interface SmtpConnectionOptions extends CommonOptions {
  options: Readonly<Record<string, unknown>>;
  url?: never;
}

export type SmtpMailOptions = SmtpUrlOptions | SmtpConnectionOptions;

export interface Sender {
  name: string;
  address: string;
}

export interface ResolvedSmtpMailOptions {
  from: Sender;
  /** For nodemailer. */
  connection: Readonly<Record<string, unknown>>;
}

/**
 * Shorter than the dispatcher's deadline, so that a server that hangs is noticed where the reason is known. Milliseconds. A pool, since a
 * connection with TLS and sign-in costs more than the message.
 */
const CONNECTION_DEFAULTS = {
  pool: true,
  maxConnections: 5,
  dnsTimeout: 10_000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 20_000,
} as const;

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;

/** @throws AuthConfigurationError */
export function resolveSmtpMailOptions(given: SmtpMailOptions): ResolvedSmtpMailOptions {
  const { url, options, from } = given ?? ({} as SmtpMailOptions);
  const problems: ConfigurationProblem[] = [];
  const sender = parseSender(from);
  if (sender === null) {
    problems.push({
      option: 'mail.from',
      problem: 'is not an e-mail address, with or without a name.',
      remedy: "Use 'noreply@example.com' or 'Example <noreply@example.com>'.",
    });
  }
  if ((url === undefined) === (options === undefined)) {
    problems.push({ option: 'mail', problem: 'SmtpMail needs `url` or `options`, one of them.', remedy: 'Set url.' });
  }
  const connection = url === undefined ? { ...options } : connectionOf(url);
  if (connection === null) {
    problems.push({
      option: 'mail.url',
      problem: 'is not the URL of a mail server.',
      remedy: 'It begins with smtp:// or smtps:// and names a host.',
    });
  }
  if (problems.length > 0 || sender === null || connection === null) throw new AuthConfigurationError(problems);
  return { from: sender, connection: { ...CONNECTION_DEFAULTS, ...encryption(connection), ...connection } };
}

/** A name never becomes a header of its own: it is one line, and nodemailer encodes it. */
export function parseSender(from: unknown): Sender | null {
  if (typeof from !== 'string' || /\p{Cc}/u.test(from)) return null;
  const match = /^\s*(?:"?([^"<>]*?)"?\s*<([^<>]+)>|([^<>\s]+))\s*$/.exec(from);
  const address = match?.[2] ?? match?.[3];
  if (address === undefined || !isEmailAddress(foldEmail(address))) return null;
  return { name: match?.[1]?.trim() ?? '', address: address.trim() };
}

function connectionOf(url: unknown): Record<string, unknown> | null {
  if (typeof url !== 'string' || !URL.canParse(url)) return null;
  const { protocol, hostname, port, username, password, searchParams } = new URL(url);
  if ((protocol !== 'smtp:' && protocol !== 'smtps:') || hostname === '') return null;
  const secure = protocol === 'smtps:';
  const flag = (value: string): unknown => (value === 'true' ? true : value === 'false' ? false : value);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    ...Object.fromEntries([...searchParams].map(([name, value]) => [name, flag(value)])),
  };
}

/** A password never crosses a network in the clear because somebody on the way has removed STARTTLS from the server's answer. */
function encryption({ auth, host, secure }: Record<string, unknown>): { requireTLS?: true } {
  const local = host === undefined || (typeof host === 'string' && LOOPBACK.test(host));
  return auth !== undefined && secure !== true && !local ? { requireTLS: true } : {};
}
