import type { BootRule } from '../boot-rule.js';
import { ofFact, when } from '../verdict.js';

export const cacheNotPersistentRule: BootRule = {
  id: 'cache.not-persistent',
  severity: { production: 'warn', development: 'off' },
  option: 'cache',
  title: 'Redis keeps nothing across a restart.',
  why: 'Counters of requests and failures start anew with it; sessions and delays of accounts are in SQL and stay.',
  source: 'Redis manual, Persistence',
  remedy: 'redis-cli CONFIG SET appendonly yes',
  check: ({ cache }) =>
    ofFact(cache, 'the cache', ({ server }) => {
      if (server === undefined) return { skipped: 'the cache has no server' };
      if (server.isPersistent === null) return { skipped: 'its persistence is not known' };
      return when(
        !server.isPersistent,
        'cache',
        'Redis has neither snapshots nor an append-only file: a restart resets every counter.',
        'redis-cli CONFIG SET appendonly yes (or in redis.conf).',
      );
    }),
};
