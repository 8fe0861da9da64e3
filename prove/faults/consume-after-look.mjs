import { OneTimeTokenRepository } from 'nestjs-latchkey';
import { changed } from './real.mjs';

export const overrides = [
  changed(OneTimeTokenRepository, (real) => ({
    async consume(selector, purpose, secretHash, now) {
      const found = await real().find(selector);
      if (found === null || found.purpose !== purpose || found.secretHash !== secretHash || found.expiresAt <= now) return false;
      await real().consume(selector, purpose, secretHash, now);
      return true;
    },
  })),
];
