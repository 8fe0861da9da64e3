import { IpNetworks } from '../../common/ip-address.js';
import { AUTH_DEFAULTS } from './auth.defaults.js';
import type { AuthEnvironment, AuthModuleOptions, CookieOptions, ResolvedAuthOptions } from './auth.options.js';
import { isLoopback } from './loopback.js';
import { merged } from './merged.js';
import type { OptionChecks } from './option-checks.js';

const ENVIRONMENTS = ['development', 'test', 'production'] as const;

/** Where the application is and who may talk to it: `baseUrl`, `environment`, `routePrefix`, and what concerns clients. */
export type Place = Pick<
  ResolvedAuthOptions,
  'baseUrl' | 'origin' | 'environment' | 'appName' | 'routePrefix' | 'delivery' | 'trustedOrigins' | 'trustedProxies' | 'cookie'
>;

export function resolvePlace(checks: OptionChecks, options: AuthModuleOptions): Place {
  const url = parseBaseUrl(checks, options.baseUrl);
  return {
    baseUrl: url.href.replace(/\/+$/, ''),
    origin: url.origin,
    environment: resolveEnvironment(checks, options.environment, isLoopback(url.hostname)),
    routePrefix: resolveRoutePrefix(checks, options.routePrefix),
    delivery: resolveDelivery(checks, options.delivery),
    trustedProxies: resolveProxies(checks, options.trustedProxies),
    cookie: resolveCookie(checks, options.cookie, url.protocol === 'https:'),
    appName: options.appName === undefined ? url.hostname : checks.text('appName', options.appName),
    trustedOrigins: resolveOrigins(checks, options.trustedOrigins, url.origin),
  };
}

const isWeb = ({ protocol }: URL): boolean => protocol === 'https:' || protocol === 'http:';

function parseBaseUrl(checks: OptionChecks, value: unknown): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  // A URL of which an empty query or fragment is a part has it in `href` alone.
  if (url !== undefined && isWeb(url) && url.username === '' && url.password === '' && !/[?#]/.test(url.href)) return url;
  checks.add(
    'baseUrl',
    'is not an absolute http(s) URL.',
    "Use the public URL of the application, e.g. 'https://app.example.com'.",
  );
  return new URL('https://invalid.example');
}

function resolveEnvironment(checks: OptionChecks, value: unknown, loopback: boolean): AuthEnvironment {
  if (value !== undefined) return checks.oneOf('environment', value, ENVIRONMENTS);
  const fromNode = ENVIRONMENTS.find((one) => one === process.env['NODE_ENV']);
  return fromNode ?? (loopback ? 'development' : 'production');
}

function resolveOrigins(checks: OptionChecks, value: readonly string[] | undefined, own: string): ReadonlySet<string> {
  if (value === undefined) return new Set([own]);
  if (!Array.isArray(value))
    checks.add('trustedOrigins', 'is not a list.', "Use a list of origins, e.g. ['https://app.example.com'].");
  const origins = new Set<string>();
  for (const entry of Array.isArray(value) ? value : []) {
    const url = typeof entry === 'string' && URL.canParse(entry) ? new URL(entry) : undefined;
    if (url !== undefined && isWeb(url) && (entry === url.origin || entry === `${url.origin}/`)) origins.add(url.origin);
    else {
      checks.add(
        'trustedOrigins',
        `${JSON.stringify(entry)} is not an origin.`,
        "Use scheme, host and port only, e.g. 'https://app.example.com'; '*' is never possible with cookies.",
      );
    }
  }
  return origins;
}

function resolveRoutePrefix(checks: OptionChecks, value: AuthModuleOptions['routePrefix']): string {
  const given: unknown = value ?? AUTH_DEFAULTS.routePrefix;
  const prefix = String(given).replace(/^\/+|\/+$/g, '');
  if (typeof given !== 'string' || !/^[\w-]+(\/[\w-]+)*$/.test(prefix))
    checks.add('routePrefix', 'is not a path.', "Use letters, digits and '-', e.g. 'auth'.");
  return prefix;
}

function resolveDelivery(checks: OptionChecks, value: AuthModuleOptions['delivery']): Place['delivery'] {
  const delivery = value ?? AUTH_DEFAULTS.delivery;
  if (Array.isArray(delivery) && delivery.length > 0) {
    delivery.forEach((one) => checks.oneOf('delivery', one, ['bearer', 'cookie']));
    return delivery;
  }
  checks.add('delivery', 'is not a list.', "Use ['bearer', 'cookie'] or one of them.");
  return AUTH_DEFAULTS.delivery;
}

function resolveProxies(checks: OptionChecks, value: AuthModuleOptions['trustedProxies']): readonly string[] {
  const proxies = value ?? AUTH_DEFAULTS.trustedProxies;
  try {
    if (!Array.isArray(proxies)) throw new TypeError('is not a list');
    void new IpNetworks(proxies.map(String));
    return proxies;
  } catch (error) {
    checks.add('trustedProxies', (error as Error).message + '.', "Use networks, e.g. ['10.0.0.0/8'].");
    return AUTH_DEFAULTS.trustedProxies;
  }
}

function resolveCookie(checks: OptionChecks, given: AuthModuleOptions['cookie'], secure: boolean): Place['cookie'] {
  if (given !== undefined) checks.keys('cookie', given, ['sameSite', 'domain']);
  const { sameSite, domain: named } = merged<CookieOptions>(AUTH_DEFAULTS.cookie, given);
  const isDomain = typeof named === 'string' && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(named);
  if (named !== undefined && !isDomain) {
    checks.add('cookie.domain', 'is not a domain.', "Use a host name without scheme, e.g. 'example.com'.");
  }
  const domain = isDomain ? named : undefined;
  return {
    name: secure && domain === undefined ? '__Host-latchkey' : 'latchkey',
    sameSite: checks.oneOf('cookie.sameSite', sameSite, ['lax', 'strict', 'none']),
    domain,
    secure,
  };
}
