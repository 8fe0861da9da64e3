import { IpNetworks } from '../../common/ip-address.js';
import type { BootRule } from '../boot-rule.js';

/** The largest private networks are 10.0.0.0/8 (RFC 1918) and fc00::/7 (RFC 4193). */
const WIDEST = { ipv4: 8, ipv6: 7 };

/** IPv4 addresses are networks of IPv6 as well (RFC 4291 section 2.5.5.2), behind 96 bits of their own. */
const MAPPED = 96;

const isWide = (network: string): boolean => {
  const [address = '', bits] = network.split('/');
  if (bits === undefined) return false;
  const prefix = Number(bits);
  if (!address.includes(':')) return prefix < WIDEST.ipv4;
  if (prefix < WIDEST.ipv6) return true;
  return prefix < MAPPED + WIDEST.ipv4 && new IpNetworks([`${address}/${Math.min(prefix, MAPPED)}`]).includes('0.0.0.0');
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
