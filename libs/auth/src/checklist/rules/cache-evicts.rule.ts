import type { BootRule } from '../boot-rule.js';
import { ofFact, when } from '../verdict.js';

export const cacheEvictsRule: BootRule = {
  id: 'cache.evicts',
  severity: { production: 'refuse', development: 'warn' },
  option: 'cache',
  title: 'Redis drops entries that have not expired.',
  why: 'Counters of requests and failures are gone as soon as memory is short, which whoever sends enough requests brings about.',
  source: 'Redis manual, Key eviction',
  remedy: 'redis-cli CONFIG SET maxmemory-policy noeviction',
  check: ({ cache }) =>
    ofFact(cache, 'the cache', ({ server }) => {
      if (server === undefined) return { skipped: 'the cache has no server' };
      const policy = server.evictionPolicy;
      if (policy === null) return { skipped: 'the eviction policy is not known' };
      return when(
        policy !== 'noeviction',
        'cache',
        `Redis has maxmemory-policy ${policy}: it drops counters when memory is short.`,
        'redis-cli CONFIG SET maxmemory-policy noeviction (or in redis.conf).',
      );
    }),
};
