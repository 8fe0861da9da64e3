import { createHash } from 'node:crypto';
import type { BreachCheck } from '../../core/ports/password-policy.js';

/** Five characters of a hash that hundreds of passwords share are all that leaves (k-anonymity). */
const PREFIX_LENGTH = 5;

export interface HibpOptions {
  /** A service with the same answers, e.g. a mirror of your own. @default 'https://api.pwnedpasswords.com/range/' */
  url?: string;
  /** In how many leaks a password must have been found. @default 1 */
  threshold?: number;
}

/**
 * Asks Have I Been Pwned whether a password has leaked. The answer is padded, so that its size tells an onlooker nothing either.
 *
 * @example AuthModule.forRoot({ passwords: { breachCheck: hibp() }, … })
 */
export function hibp({ url = 'https://api.pwnedpasswords.com/range/', threshold = 1 }: HibpOptions = {}): BreachCheck {
  return {
    async isBreached(password, signal) {
      const digest = createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase();
      const suffix = digest.slice(PREFIX_LENGTH);
      const response = await fetch(url + digest.slice(0, PREFIX_LENGTH), {
        headers: { 'Add-Padding': 'true', 'User-Agent': 'nestjs-latchkey' },
        redirect: 'error',
        signal,
      });
      if (!response.ok) throw new Error(`The breach look-up answered ${response.status}`);
      const found = (await response.text()).split(/\r?\n/).find((line) => line.startsWith(`${suffix}:`));
      // Padding has a count of 0.
      return found !== undefined && Number(found.slice(suffix.length + 1)) >= threshold;
    },
  };
}
