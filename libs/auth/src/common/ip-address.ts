import { BlockList, isIP, isIPv4 } from 'node:net';

/** An address as we write it: without zone, IPv4-mapped IPv6 as IPv4; `null` when it is none. */
export function normaliseIp(address: string | undefined): string | null {
  if (address === undefined) return null;
  const bare = address.split('%')[0]!.trim().toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1] ?? bare;
  return isIP(mapped) === 0 ? null : mapped;
}

/** Networks in CIDR notation (a bare address is a network of one). */
export class IpNetworks {
  private readonly list = new BlockList();
  readonly empty: boolean;

  /** @throws TypeError naming the entry that is no network */
  constructor(cidrs: readonly string[]) {
    this.empty = cidrs.length === 0;
    for (const cidr of cidrs) {
      const [address = '', bits] = cidr.split('/');
      const version = isIP(address);
      const max = version === 4 ? 32 : 128;
      const prefix = bits === undefined ? max : Number(bits);
      if (version === 0 || !/^\d*$/.test(bits ?? '') || bits === '' || prefix > max)
        throw new TypeError(`"${cidr}" is not a network`);
      this.list.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
    }
  }

  includes(address: string): boolean {
    return !this.empty && this.list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  }
}

/**
 * Who sent a request: the peer of the connection, or, while that is a trusted proxy, the nearest hop in `X-Forwarded-For` that is not.
 * Nothing a stranger writes into the header is believed.
 */
export function clientIp(
  peer: string | undefined,
  forwardedFor: string | string[] | undefined,
  proxies: IpNetworks,
): string | null {
  let current = normaliseIp(peer);
  if (proxies.empty || current === null || forwardedFor === undefined) return current;
  const hops = (Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor).split(',');
  while (current !== null && proxies.includes(current)) {
    const hop = normaliseIp(hops.pop());
    if (hop === null) break;
    current = hop;
  }
  return current;
}

/** What counts as one source in limits: an IPv4 address, or the /64 of an IPv6 address, since that is what one customer gets. */
export function sourceOf(address: string): string {
  if (isIPv4(address)) return address;
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [head = '', tail] = address.split('::');
  const [before, after] = [groups(head), groups(tail ?? '')];
  // An embedded IPv4 address at the end stands for two groups; it is never among the first four that count.
  const written = before.length + after.length + (address.includes('.') ? 1 : 0);
  const all = tail === undefined ? before : [...before, ...Array<string>(Math.max(0, 8 - written)).fill('0'), ...after];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
