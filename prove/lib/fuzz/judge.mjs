// What may not be in an answer, whatever was asked.
import { jsonOf } from '../http-client.mjs';

/** Of ours; `password_blocked` and its like are among the faults of a new password. */
const ERROR_CODES = new Set(
  [
    ...['validation_failed', 'password_too_short', 'password_too_long', 'password_blocked', 'one_time_token_invalid'],
    ...['invalid_credentials', 'not_authenticated', 'token_expired', 'token_invalid', 'session_revoked', 'refresh_invalid'],
    ...['refresh_reused', 'forbidden', 'origin_rejected', 'recent_auth_required', 'password_incorrect', 'email_unconfirmed'],
    ...['not_found', 'email_taken', 'unsupported_media_type', 'too_many_attempts'],
  ].map((code) => `auth.${code}`),
);
/** Raised before any handler of ours is asked: by Nest, the adapter, or a parser. */
const OF_THE_FRAMEWORK = new Set([400, 404, 405, 408, 413, 414, 415, 431]);
/** Of Node's own parser, without a body. */
const OF_THE_PARSER = new Set([400, 408, 413, 417, 431]);

const INSIDES = [
  /node_modules/,
  /\n\s+at /,
  /\bat [\w.<>]+ \(/,
  /\.(?:js|mjs|ts):\d+/,
  /QueryFailedError|TypeORM|EntityMetadata|class-validator/,
  /\b(?:SELECT|DELETE)\b.{1,200}\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.{1,100}\bSET\b/s,
  /(?:relation|column) "|duplicate key|syntax error at|invalid input syntax|invalid byte sequence|violates \w+/,
  /ECONN|EPIPE|Cannot read propert|is not a function|is not iterable|undefined \(reading/,
];

/** @returns what is wrong with the answer, or `null` */
export function faultOf(request, answer) {
  const { status, body } = answer;
  if (request.raw !== undefined) return faultOfBroken(request, answer);
  if (status === 0) return answer.mayClose ? null : `no answer: ${body}`;
  if (status >= 500) return `${status} ${body.slice(0, 300)}`;
  if (isLetIn(request, status)) return `${status} with ${request.credential === 'bad' ? 'a changed token' : 'no credential'}`;
  const insides = INSIDES.find((pattern) => pattern.test(body));
  if (insides !== undefined) return `${status} tells of the inside (${insides}): ${body.slice(0, 300)}`;
  // HEAD has no body, and what is said to a preflight is for browsers.
  const hasShape = status >= 400 && request.method !== 'HEAD' && request.method !== 'OPTIONS';
  return repeated(request, answer) ?? (hasShape ? faultOfRefusal(answer) : null);
}

/** Preflights are answered before anybody asks who it is. */
function isLetIn({ isPublic, credential, method }, status) {
  return !isPublic && (credential === 'none' || credential === 'bad') && status < 300 && !(method === 'OPTIONS' && status === 204);
}

function repeated({ canary }, { status, headers, body }) {
  if (!body.includes(canary)) return null;
  const type = headers['content-type'] ?? '';
  if (/html/.test(type)) return `${status} repeats in a page what was sent: ${body.slice(0, 300)}`;
  // Profiles and addresses are what those who sent them asked for; a field that nobody knows is named; and what Nest, the adapter or the
  // parser says of a path or of JSON that does not parse is theirs.
  if (status < 400 || !body.includes('"auth.') || namesOnly(body, canary)) return null;
  return `${status} repeats what was sent: ${body.slice(0, 300)}`;
}

function namesOnly(body, canary) {
  const { details = [], ...rest } = jsonOf(body) ?? { body };
  return !JSON.stringify([rest, details.map(({ field: _, ...fault }) => fault)]).includes(canary);
}

function faultOfRefusal({ status, headers, body }) {
  if (body === '') return OF_THE_PARSER.has(status) && headers['content-type'] === undefined ? null : `${status} without a body`;
  const told = jsonOf(body);
  if (told === null) return `${status} is not JSON: ${body.slice(0, 300)}`;
  if (told.statusCode !== status || typeof told.message !== 'string') return `${status} is not of our shape: ${body.slice(0, 300)}`;
  if (told.errorCode === undefined) return OF_THE_FRAMEWORK.has(status) ? null : `${status} without a code: ${body.slice(0, 300)}`;
  if (!ERROR_CODES.has(told.errorCode) || typeof told.error !== 'string')
    return `${status} with an unknown code: ${body.slice(0, 300)}`;
  if (status === 401 && headers['www-authenticate'] === undefined) return '401 without WWW-Authenticate';
  if (status === 429 && headers['retry-after'] === undefined) return '429 without Retry-After';
  return null;
}

/** Nobody presents a credential there, so all that may be answered is a refusal, or that a body may be sent. */
function faultOfBroken({ raw }, { statuses, body, end }) {
  if (end === 'open') return `the connection stays open after ${JSON.stringify(body.slice(0, 200))}`;
  const wrong = statuses.find((status) => status >= 500 || (status >= 200 && status < 300 && !raw.startsWith('OPTIONS')));
  if (wrong !== undefined) return `${wrong} ${body.slice(0, 300)}`;
  const insides = INSIDES.find((pattern) => pattern.test(body));
  return insides === undefined ? null : `tells of the inside (${insides}): ${body.slice(0, 300)}`;
}
