import type { BootRule } from '../boot-rule.js';

/** The largest private networks are 10.0.0.0/8 (RFC 1918) and fc00::/7 (RFC 4193). */
const WIDEST = { ipv4: 8, ipv6: 7 };

const isWide = (network: string): boolean => {
  const [address = '', prefix] = network.split('/');
  return prefix !== undefined && Number(prefix) < (address.includes(':') ? WIDEST.ipv6 : WIDEST.ipv4);
};

export const trustedProxiesEveryoneRule: BootRule = {
  id: 'trusted-proxies.everyone',
  severity: { production: 'refuse', development: 'warn' },
  option: 'trustedProxies',
  title: 'Proxies are trusted blindly.',
  why: 'Everybody may then say which address they come from, and no limit per source holds.',
  source: 'OWASP ASVS 5.0 4.1.3; CWE-348',
  remedy: "Name the networks of your own proxies, e.g. ['10.0.0.0/8'].",
  check: ({ options: { trustedProxies } }) =>
    trustedProxies.filter(isWide).map((network) => ({
      option: 'trustedProxies',
      problem: `${network} is (almost) the whole internet: everybody could say where they come from.`,
      remedy: "Name the networks of your proxies, e.g. ['10.0.0.0/8'].",
    })),
};
