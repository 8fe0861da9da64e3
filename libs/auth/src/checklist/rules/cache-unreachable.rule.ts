import type { BootRule } from '../boot-rule.js';
import { ofFact, when } from '../verdict.js';

export const cacheUnreachableRule: BootRule = {
  id: 'cache.unreachable',
  severity: { production: 'warn', development: 'warn' },
  option: 'cache',
  title: 'Redis does not answer.',
  why: 'Each process counts for itself until it does, and revocations reach the others up to half a second later.',
  source: 'OWASP ASVS 5.0 16.5.2',
  remedy: 'Check the URL and the network.',
  whenConnecting: 'refuse',
  check: ({ cache }) =>
    ofFact(cache, 'the cache', ({ server }) => {
      if (server === undefined) return { skipped: 'the cache has no server' };
      return when(
        !server.isReachable,
        'cache',
        'Redis does not answer: each process counts for itself.',
        'Check its URL and the network.',
      );
    }),
};
