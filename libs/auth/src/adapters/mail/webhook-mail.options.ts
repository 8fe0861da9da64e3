import { AuthConfigurationError, type ConfigurationProblem } from '../../core/errors/auth-configuration.error.js';

export interface WebhookMailOptions {
  /** Receives a POST for each mail; https, but for loopback. */
  url: string;
  /** Signs every request; at least 32 characters. */
  secret: string;
  /** Sent along, e.g. a key of the gateway. */
  headers?: Readonly<Record<string, string>>;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
/** RFC 9110 section 5.1. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;

/** @throws AuthConfigurationError */
export function resolveWebhookMailOptions(given: WebhookMailOptions): Required<WebhookMailOptions> {
  const { url, secret, headers = {} } = given ?? ({} as WebhookMailOptions);
  const problems: ConfigurationProblem[] = [];
  if (!isSafeUrl(url)) {
    problems.push({
      option: 'mail.url',
      problem: 'is not an https URL: mail holds links that open accounts.',
      remedy: 'Use https; http is possible on loopback only.',
    });
  }
  if (typeof secret !== 'string' || secret.length < 32) {
    problems.push({
      option: 'mail.secret',
      problem: 'is missing or shorter than 32 characters.',
      remedy: 'Generate one: npx nestjs-latchkey generate-secret',
    });
  }
  for (const [name, value] of Object.entries(headers)) {
    if (HEADER_NAME.test(name) && typeof value === 'string' && !/[^\t\x20-\x7e]/.test(value)) continue;
    problems.push({ option: `mail.headers.${name}`, problem: 'cannot be a header.', remedy: 'Use one line of ASCII.' });
  }
  if (problems.length > 0) throw new AuthConfigurationError(problems);
  return { url, secret, headers };
}

function isSafeUrl(url: unknown): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  const { protocol, hostname, username } = new URL(url);
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname)));
}
