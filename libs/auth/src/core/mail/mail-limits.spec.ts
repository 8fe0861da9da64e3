import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryCacheStore } from '../../adapters/memory-cache/memory-cache.store.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import type { AuthEvent } from '../events/auth-event.js';
import type { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import { AUTH_DEFAULTS } from '../options/auth.defaults.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import { CacheUnavailableError } from '../ports/cache-store.js';
import { type MailLimitCheck, MailLimits } from './mail-limits.js';

class FragileCache extends MemoryCacheStore {
  isAway = false;
  readonly keys: string[] = [];

  override async increment(key: string, ttl: number): ReturnType<MemoryCacheStore['increment']> {
    if (this.isAway) throw new CacheUnavailableError('increment');
    this.keys.push(key);
    return super.increment(key, ttl);
  }
}

describe('MailLimits', () => {
  let clock: SettableClock;
  let cache: FragileCache;
  let limited: AuthEvent[];
  const limits = (mailLimits: ResolvedAuthOptions['mailLimits'] = AUTH_DEFAULTS.mailLimits): MailLimits =>
    new MailLimits(
      { mailLimits } as ResolvedAuthOptions,
      new KeyRing(['kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only']),
      cache,
      { record: async (event: AuthEvent) => void limited.push(event) } as unknown as AuthEvents,
      clock,
    );
  const reset = (changes: Partial<MailLimitCheck> = {}): MailLimitCheck => ({
    kind: 'password-reset',
    recipient: 'ada@example.com',
    ...changes,
  });
  const from = (ip: string) => ({ ...NO_CLIENT, ip });
  const times = async (count: number, ask: (index: number) => Promise<boolean>): Promise<number> => {
    let allowed = 0;
    for (let index = 0; index < count; index += 1) if (await ask(index)) allowed += 1;
    return allowed;
  };

  beforeEach(() => {
    clock = new SettableClock(1_780_000_000_000);
    cache = new FragileCache({}, clock);
    limited = [];
  });

  it('lets 2 a minute and 5 an hour pass to one recipient', async () => {
    const under = limits();
    const perMinute: number[] = [];
    for (let minute = 0; minute < 5; minute += 1) {
      perMinute.push(await times(10, () => under.allows(reset())));
      clock.advance('61s');
    }
    expect(perMinute).toEqual([2, 2, 1, 0, 0]);
    clock.advance('1h');
    expect(await times(10, () => under.allows(reset()))).toBe(2);
  });

  it('counts each recipient and each kind for itself, in whatever case an address is written', async () => {
    const under = limits();
    await times(5, () => under.allows(reset()));

    expect(await under.allows(reset({ recipient: 'grace@example.com' }))).toBe(true);
    expect(await under.allows(reset({ kind: 'magic-link' }))).toBe(true);
    expect(await under.allows(reset({ recipient: 'ADA@Example.com' }))).toBe(false);
  });

  it('lets 20 an hour pass from one source, IPv6 counted by /64', async () => {
    const under = limits();
    const ask = (ip: string) => (index: number) =>
      under.allows(reset({ recipient: `u${ip}${index}@example.com`, client: from(ip) }));

    expect(await times(30, ask('192.0.2.7'))).toBe(20);
    expect(await times(1, ask('192.0.2.8'))).toBe(1);
    expect(await times(15, ask('2001:db8::1'))).toBe(15);
    expect(await times(15, ask('2001:db8:0:0:ffff::2'))).toBe(5);
    expect(await times(5, ask('2001:db8:0:1::1'))).toBe(5);
  });

  it('lets 20 an hour pass of one inviter', async () => {
    const under = limits();
    const invite = (inviter: string) => (index: number) =>
      under.allows(reset({ kind: 'invitation', recipient: `u${index}@example.com`, inviter }));

    expect(await times(30, invite('1'))).toBe(20);
    expect(await times(30, invite('2'))).toBe(20);
  });

  it('keeps notices apart: a stranger cannot use them up', async () => {
    const under = limits();
    const client = from('192.0.2.7');
    await times(50, (index) => under.allows(reset({ recipient: `u${index}@example.com`, client })));

    expect(await times(10, () => under.allows(reset({ kind: 'notice.password-changed', client })))).toBe(5);
  });

  it('tells of a limit with kind and reason, and without the address', async () => {
    const under = limits();
    await times(3, () => under.allows(reset({ client: from('192.0.2.7') })));

    expect(limited).toHaveLength(1);
    expect(limited[0]).toMatchObject({
      type: 'mail.limited',
      ip: '192.0.2.7',
      data: { kind: 'password-reset', limit: 'recipient' },
    });
    expect(JSON.stringify(limited)).not.toContain('ada');
  });

  it('holds in this process while the cache is away', async () => {
    const under = limits();
    cache.isAway = true;

    expect(await times(10, () => under.allows(reset()))).toBe(2);
    clock.advance('61s');
    expect(await times(10, () => under.allows(reset()))).toBe(2);
  });

  it('lets no more pass when the cache comes back, or has been emptied', async () => {
    const under = limits();
    cache.isAway = true;
    await times(2, () => under.allows(reset()));
    cache.isAway = false;

    expect(await under.allows(reset())).toBe(false);
    for (const key of cache.keys) await cache.delete(key);
    expect(await under.allows(reset())).toBe(false);
    clock.advance('61s');
    expect(await under.allows(reset())).toBe(true);
  });

  it('leaves no address in the cache', async () => {
    await limits().allows(reset({ client: from('192.0.2.7'), inviter: 'inviter-1' }));

    expect(cache.keys).toHaveLength(4);
    for (const key of cache.keys) expect(key).toMatch(/^auth:mail:[\w-]{43}$/);
  });

  it('can be switched off', async () => {
    expect(await times(50, () => limits(false).allows(reset()))).toBe(50);
    expect(cache.keys).toEqual([]);
  });
});
