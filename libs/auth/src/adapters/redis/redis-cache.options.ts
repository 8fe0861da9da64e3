import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { RedisClient } from './redis-client.js';

interface CommonOptions {
  /** How long an operation may take, in milliseconds, before it counts as unanswered. @default 250 */
  deadline?: number;
  /** Put before every key and channel, for applications that share one Redis. @default '' */
  prefix?: string;
}

/** A Redis by its address, e.g. `redis://user:password@host:6379/0`, or `rediss://` for TLS. */
export interface RedisUrlOptions extends CommonOptions {
  url: string;
  client?: never;
}

/**
 * A node-redis client or cluster (version 4 or later) that the host has made. One that is open stays the host's; one that is not is opened
 * and closed with the application.
 */
export interface RedisClientOptions extends CommonOptions {
  client: RedisClient;
  url?: never;
}

export type RedisCacheOptions = RedisUrlOptions | RedisClientOptions;

export type ResolvedRedisCacheOptions = RedisCacheOptions & Required<CommonOptions>;

const REDIS_CACHE_DEFAULTS: Required<CommonOptions> = { deadline: 250, prefix: '' };

/** @throws AuthConfigurationError */
export function resolveRedisCacheOptions(options: RedisCacheOptions): ResolvedRedisCacheOptions {
  const { url, client, deadline = REDIS_CACHE_DEFAULTS.deadline, prefix = REDIS_CACHE_DEFAULTS.prefix } = options;
  const problems = [
    ...((url === undefined) === (client === undefined)
      ? [
          {
            option: 'cache',
            problem: 'RedisCache needs `url` or `client`, one of them.',
            remedy: "Set url, e.g. 'redis://localhost:6379'.",
          },
        ]
      : []),
    ...(url !== undefined && !isRedisUrl(url)
      ? [
          {
            option: 'cache.url',
            problem: 'It is not the URL of a Redis.',
            remedy: 'It begins with redis:// or rediss:// and names a host.',
          },
        ]
      : []),
    ...(Number.isFinite(deadline) && deadline > 0
      ? []
      : [
          {
            option: 'cache.deadline',
            problem: 'It is not a time.',
            remedy: 'Give milliseconds greater than 0, or leave it out for 250.',
          },
        ]),
  ];
  if (problems.length > 0) throw new AuthConfigurationError(problems);
  return { ...options, deadline, prefix };
}

function isRedisUrl(url: unknown): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return (protocol === 'redis:' || protocol === 'rediss:') && hostname !== '';
}
