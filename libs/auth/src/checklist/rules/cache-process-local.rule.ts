import type { BootRule } from '../boot-rule.js';
import { ofFact, when } from '../verdict.js';

export const cacheProcessLocalRule: BootRule = {
  id: 'cache.process-local',
  severity: { production: 'refuse', development: 'off' },
  option: 'cache',
  title: 'Each process counts for itself.',
  why: 'With n processes a source has n times as many attempts, and a restart gives them all back.',
  source: 'OWASP ASVS 5.0 6.3.1; production checklist of FastAuth',
  remedy: 'cache: RedisCache.forRoot({ url }), or MemoryCache.forRoot({ singleInstance: true }) for exactly one process.',
  check: ({ cacheScope, cache }) => {
    if (cacheScope === undefined) return { skipped: 'nothing is known of the cache' };
    return ofFact(cache, 'the cache', ({ isDeclaredSingleInstance }) =>
      when(
        cacheScope === 'process' && !isDeclaredSingleInstance,
        'cache',
        'is in the memory of this process: with several, each counts for itself.',
        'Use RedisCache.forRoot({ url }), or declare one process: MemoryCache.forRoot({ singleInstance: true }).',
      ),
    );
  },
};
