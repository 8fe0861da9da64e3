import { AttemptRepository } from 'nestjs-latchkey';
import { changed } from './real.mjs';

export const overrides = [
  changed(AttemptRepository, (real) => ({
    async reserve(bucket, rules, now) {
      const found = await real().find(bucket);
      if (found === null || found.blockedUntil <= now) return { outcome: 'granted' };
      return { outcome: 'blocked', retryAfterMs: found.blockedUntil - now };
    },
  })),
];
