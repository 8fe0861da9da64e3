import { readFileSync } from 'node:fs';
import type { AuthEnvironment, Duration, KeySchedule, SessionDelivery } from 'nestjs-latchkey';
import { type DatabaseSettings, parseDatabaseUrl } from './database-settings.js';
import { developmentSecret } from './development-secret.js';

/** What the environment says, checked and completed. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** Public URL of the application. */
  readonly baseUrl: string;
  readonly environment: AuthEnvironment;
  readonly database: DatabaseSettings;
  /** Without one the cache is this process's memory. */
  readonly redisUrl: string | undefined;
  readonly secret: string | readonly string[];
  /** Where a running process learns of other secrets; one a line. */
  readonly secretsFile: string | undefined;
  /** A PEM, a JWK or a JWK Set with an Ed25519 pair; without one access tokens are signed with the secret. */
  readonly signingKeysFile: string | undefined;
  readonly keySchedule: KeySchedule;
  /** Without one mail goes to the log. */
  readonly smtpUrl: string | undefined;
  readonly adapter: 'express' | 'fastify';
  readonly delivery: readonly SessionDelivery[];
  readonly accessTtl: Duration | undefined;
  readonly cookieIdle: Duration | undefined;
  readonly refreshGrace: Duration | undefined;
  /** `false` for load tests only. */
  readonly throttle: boolean;
  readonly hashCost: number;
  /** Whoever runs one process may count in its memory. */
  readonly singleInstance: boolean;
  /** When an e-mail address is confirmed: when it suits its owner, or before there is an account. */
  readonly confirmation: 'optional' | 'required';
}

/** One sentence for each setting that cannot be used. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'SettingsError';
  }
}

/** Injects the {@link Settings}. */
export const SETTINGS = Symbol('SETTINGS');

type Environment = Readonly<Record<string, string | undefined>>;

const ENVIRONMENTS = ['production', 'development', 'test'] as const;
const ON = ['on', 'true', '1'];
const OFF = ['off', 'false', '0'];
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Reads the environment; a variable that is empty counts as not set.
 *
 * @throws SettingsError with every problem at once
 */
export function readSettings(environment: Environment = process.env): Settings {
  const problems: string[] = [];
  const text = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const refuse = (name: string, expected: string): void =>
    void problems.push(`${name}=${shown(name, environment[name])} cannot be used: it must be ${expected}.`);

  /** The value when it fits, `fallback` when it is not set; otherwise a problem, and the fallback to go on with. */
  const one = <T, F>(name: string, fallback: F, expected: string, read: (value: string) => T | undefined): T | F => {
    const value = text(name);
    if (value === undefined) return fallback;
    const meant = read(value);
    if (meant === undefined) refuse(name, expected);
    return meant ?? fallback;
  };
  const whole = (name: string, fallback: number, min: number, max: number): number =>
    one(name, fallback, `a whole number from ${min} to ${max}`, (value) => {
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    });
  const choice = <T extends string, F>(name: string, fallback: F, values: readonly T[]): T | F =>
    one(name, fallback, values.join(' or '), (value) => values.find((known) => known === value));
  const toggle = (name: string, fallback: boolean): boolean =>
    one(name, fallback, 'on or off', (value) => (ON.includes(value) ? true : OFF.includes(value) ? false : undefined));
  const duration = (name: string): Duration | undefined =>
    one(name, undefined, 'a duration such as 15m, or a number of seconds above 0', parseDuration);

  const port = whole('PORT', 3000, 1, 65_535);
  const baseUrl = one('BASE_URL', `http://localhost:${port}`, 'an http(s) URL', httpUrl);
  const kind = environmentKind(text('NODE_ENV'), baseUrl);

  const settings = {
    host: text('HOST') ?? '127.0.0.1',
    port,
    baseUrl,
    environment: kind,
    database: one(
      'DATABASE_URL',
      parseDatabaseUrl('sqlite:.data/latchkey.sqlite')!,
      'postgres://…, mysql://… or sqlite:<file>',
      parseDatabaseUrl,
    ),
    redisUrl: one('REDIS_URL', undefined, 'redis://… or rediss://…', (value) => (/^rediss?:\/\/./.test(value) ? value : undefined)),
    adapter: choice('ADAPTER', 'express' as const, ['express', 'fastify'] as const),
    delivery: one('DELIVERY', ['bearer', 'cookie'] as const, 'bearer, cookie or bearer,cookie', deliveryList),
    accessTtl: duration('ACCESS_TTL'),
    cookieIdle: duration('COOKIE_IDLE'),
    refreshGrace: duration('REFRESH_GRACE'),
    throttle: toggle('THROTTLE', true),
    hashCost: whole('HASH_COST', 12, 4, 16),
    singleInstance: toggle('SINGLE_INSTANCE', false),
    smtpUrl: one('SMTP_URL', undefined, 'smtp://… or smtps://…', (value) => (/^smtps?:\/\/./.test(value) ? value : undefined)),
    secretsFile: text('AUTH_SECRETS_FILE'),
    signingKeysFile: text('SIGNING_KEYS_FILE'),
    keySchedule: { refresh: duration('KEYS_REFRESH') ?? '1m', leadTime: duration('KEYS_LEAD_TIME') },
    confirmation: choice('CONFIRMATION', 'optional' as const, ['optional', 'required'] as const),
  };
  const given =
    settings.secretsFile === undefined
      ? text('AUTH_SECRET')
      : one('AUTH_SECRETS_FILE', undefined, 'a file of secrets, one a line', linesOf);
  if (given === undefined && settings.secretsFile === undefined && kind !== 'development') {
    problems.push('AUTH_SECRET is not set: outside development it is required (npx nestjs-latchkey generate-secret makes one).');
  }
  if (problems.length > 0) throw new SettingsError(problems);
  // Last, so that nothing is written when the rest is wrong.
  return { ...settings, secret: given ?? developmentSecret() };
}

/** As `AuthModule` decides it. */
function environmentKind(nodeEnvironment: string | undefined, baseUrl: string): AuthEnvironment {
  const known = ENVIRONMENTS.find((kind) => kind === nodeEnvironment);
  if (known !== undefined) return known;
  return LOOPBACK.test(new URL(baseUrl).hostname) ? 'development' : 'production';
}

function linesOf(file: string): string[] | undefined {
  try {
    const lines = readFileSync(file, 'utf8').split(/\s*\n\s*/);
    const secrets = lines.filter((line) => line !== '');
    return secrets.length === 0 ? undefined : secrets;
  } catch {
    return undefined;
  }
}

function httpUrl(value: string): string | undefined {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value : undefined;
}

function deliveryList(value: string): readonly SessionDelivery[] | undefined {
  const parts = value.split(',').map((part) => part.trim());
  return parts.every((part) => part === 'bearer' || part === 'cookie') ? [...new Set(parts as SessionDelivery[])] : undefined;
}

function parseDuration(value: string): Duration | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(value);
  if (match === null || Number(match[1]) === 0) return undefined;
  return match[2] === undefined ? Number(match[1]) : (value as Duration);
}

/** Addresses may carry passwords, and secrets are secrets. */
const shown = (name: string, value: string | undefined): string =>
  /^(DATABASE_URL|REDIS_URL|SMTP_URL|AUTH_SECRET)$/.test(name) ? '…' : JSON.stringify(value);
