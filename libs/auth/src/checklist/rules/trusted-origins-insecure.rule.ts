import { isLoopback } from '../../core/options/loopback.js';
import type { BootRule } from '../boot-rule.js';

export const trustedOriginsInsecureRule: BootRule = {
  id: 'trusted-origins.insecure',
  severity: { production: 'refuse', development: 'off' },
  option: 'trustedOrigins',
  title: 'A trusted origin is http or loopback.',
  why: "Whoever sits on the network between can put a script into an http page and write with the cookie; every program on the user's computer can serve a loopback page.",
  source: 'OWASP ASVS 5.0 3.4.2; OWASP CSRF Prevention Cheat Sheet',
  remedy: 'Name https origins only.',
  check: ({ options: { trustedOrigins, origin } }) =>
    [...trustedOrigins]
      .filter((one) => one !== origin)
      .filter((one) => !one.startsWith('https:') || isLoopback(new URL(one).hostname))
      .map((one) => ({
        option: 'trustedOrigins',
        problem: `${one} is http or loopback.`,
        remedy: 'Remove it, or use its https origin.',
      })),
};
