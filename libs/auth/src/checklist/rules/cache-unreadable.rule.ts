import type { BootRule } from '../boot-rule.js';
import { ofFact, when } from '../verdict.js';

export const cacheUnreadableRule: BootRule = {
  id: 'cache.unreadable',
  severity: { production: 'warn', development: 'off' },
  option: 'cache',
  title: "Redis's configuration cannot be read.",
  why: 'Whether it drops counters when memory is short is not known.',
  source: 'Redis manual, ACL; managed services often forbid `CONFIG`',
  remedy: 'Allow CONFIG GET (ACL: +config|get), or see to it that maxmemory-policy is noeviction and acknowledge this.',
  check: ({ cache }) =>
    ofFact(cache, 'the cache', ({ server }) => {
      if (server === undefined) return { skipped: 'the cache has no server' };
      if (!server.isReachable) return { skipped: 'Redis does not answer' };
      return when(
        server.unreadable !== null,
        'cache',
        `Redis does not tell its configuration: ${server.unreadable}.`,
        'Allow CONFIG GET (ACL: +config|get), or look for yourself that maxmemory-policy is noeviction.',
      );
    }),
};
