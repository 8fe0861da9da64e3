import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryOneTimeTokenRepository } from '../../testing/memory-storage/memory-one-time-token.repository.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import { OneTimeTokenInvalidException } from '../errors/auth.errors.js';
import type { AuthUser } from '../ports/user.repository.js';
import { OneTimeTokensService } from './one-time-tokens.service.js';

const HOUR = 3_600_000;
const secrets = (name: string) => [`${name}-kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA`];

describe('one-time tokens', () => {
  let database: MemoryDatabase;
  let clock: SettableClock;
  let ada: AuthUser;
  let tokens: OneTimeTokensService;
  const service = (ring: readonly string[]) =>
    new OneTimeTokensService(
      new MemoryOneTimeTokenRepository(database),
      new MemoryUserRepository(database),
      new KeyRing(ring),
      clock,
    );
  const refused = (act: Promise<unknown>) => expect(act).rejects.toBeInstanceOf(OneTimeTokenInvalidException);

  beforeEach(async () => {
    database = new MemoryDatabase();
    clock = new SettableClock();
    tokens = service(secrets('a'));
    ada = await new MemoryUserRepository(database).insert({
      email: 'ada@example.com',
      passwordHash: null,
      emailConfirmedAt: null,
      createdAt: new Date(),
      profile: {},
    });
  });

  it('works once', async () => {
    const token = await tokens.issue({ purpose: 'reset', user: ada, payload: { a: 1 }, ttl: HOUR });

    expect(await tokens.inspect('reset', token)).toMatchObject({ payload: { a: 1 } });
    expect((await tokens.redeem('reset', token)).user?.email).toBe('ada@example.com');
    await refused(tokens.redeem('reset', token));
  });

  it('has one effect, however many use it at once', async () => {
    const token = await tokens.issue({ purpose: 'reset', user: ada, ttl: HOUR });
    const uses = await Promise.allSettled(Array.from({ length: 50 }, () => tokens.redeem('reset', token)));

    expect(uses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is worth nothing elsewhere, later, or once a newer one exists', async () => {
    const first = await tokens.issue({ purpose: 'reset', user: ada, ttl: HOUR });
    await refused(tokens.redeem('confirm', first));
    const second = await tokens.issue({ purpose: 'reset', user: ada, ttl: HOUR });
    await refused(tokens.redeem('reset', first));
    clock.advance('1h');
    await refused(tokens.redeem('reset', second));
  });

  it('belongs to somebody or something', async () => {
    await expect(tokens.issue({ purpose: 'reset', ttl: HOUR })).rejects.toBeInstanceOf(TypeError);
  });

  it('dies with the address it was issued for', async () => {
    const token = await tokens.issue({ purpose: 'reset', user: { ...ada, emailVersion: ada.emailVersion + 1 }, ttl: HOUR });
    await refused(tokens.redeem('reset', token));
  });

  it('lives on under a key that still verifies, and not without it', async () => {
    const token = await tokens.issue({ purpose: 'state', subject: 'browser', ttl: HOUR });
    await refused(service(secrets('b')).inspect('state', token));

    expect((await service([...secrets('b'), ...secrets('a')]).redeem('state', token)).subject).toBe('browser');
  });

  it('is outstanding until it is used, replaced or expired', async () => {
    expect(await tokens.outstanding('reset', String(ada.id))).toBeNull();
    const token = await tokens.issue({ purpose: 'reset', user: ada, payload: { a: 1 }, ttl: HOUR });
    expect(await tokens.outstanding('reset', String(ada.id))).toEqual({ subject: String(ada.id), payload: { a: 1 } });
    expect(await tokens.outstanding('confirm', String(ada.id))).toBeNull();
    clock.advance('59m');
    expect(await tokens.outstanding('reset', String(ada.id))).not.toBeNull();
    clock.advance('1m');
    expect(await tokens.outstanding('reset', String(ada.id))).toBeNull();
    await refused(tokens.inspect('reset', token));
  });

  it('is found by its group, the newest of several', async () => {
    expect(await tokens.newest('pending', 'address')).toBeNull();
    await tokens.issue({ purpose: 'pending', subject: 'one', group: 'address', payload: { at: 1 }, ttl: HOUR });
    clock.advance('1s');
    await tokens.issue({ purpose: 'pending', subject: 'two', group: 'address', payload: { at: 2 }, ttl: HOUR });
    await tokens.issue({ purpose: 'pending', subject: 'three', group: 'another', ttl: HOUR });
    await tokens.issue({ purpose: 'pending', subject: 'four', ttl: HOUR });
    expect(await tokens.newest('pending', 'address')).toEqual({ subject: 'two', payload: { at: 2 } });
    clock.advance('1h');
    expect(await tokens.newest('pending', 'address')).toBeNull();
  });

  it('is issued again with a new secret and time, for the same account and payload; the old secret is dead', async () => {
    const first = await tokens.issue({ purpose: 'reset', user: ada, payload: { a: 1 }, ttl: HOUR });
    clock.advance('30m');
    const again = (await tokens.reissue('reset', String(ada.id), HOUR))!;
    expect(again).toEqual({ token: expect.any(String) as string, subject: String(ada.id), payload: { a: 1 } });
    await refused(tokens.redeem('reset', first));
    clock.advance('59m');
    expect(await tokens.redeem('reset', again.token)).toMatchObject({ user: { email: 'ada@example.com' }, payload: { a: 1 } });
  });

  it('is not issued again once it is used or expired', async () => {
    expect(await tokens.reissue('reset', String(ada.id), HOUR)).toBeNull();
    const token = await tokens.issue({ purpose: 'reset', user: ada, ttl: HOUR });
    await tokens.redeem('reset', token);
    expect(await tokens.reissue('reset', String(ada.id), HOUR)).toBeNull();
    await tokens.issue({ purpose: 'reset', user: ada, ttl: HOUR });
    clock.advance('1h');
    expect(await tokens.reissue('reset', String(ada.id), HOUR)).toBeNull();
  });

  it('says which of several purposes it is for, to who holds its secret', async () => {
    const token = await tokens.issue({ purpose: 'reset', user: ada, ttl: HOUR });
    expect(await tokens.purposeOf(token, ['confirm', 'reset'])).toBe('reset');
    await refused(tokens.purposeOf(token, ['confirm']));
    await refused(tokens.purposeOf(token, []));
    await refused(tokens.purposeOf(`${token.split('.')[0]}.${'b'.repeat(43)}`, ['reset']));
    await refused(tokens.purposeOf(`${'a'.repeat(22)}.${'b'.repeat(43)}`, ['reset']));
    await refused(tokens.purposeOf('x', ['reset']));
  });

  it('is only looked at while it is good for that purpose, time and account', async () => {
    const token = await tokens.issue({ purpose: 'reset', user: ada, ttl: HOUR });
    await refused(tokens.inspect('confirm', token));
    clock.advance('59m');
    expect((await tokens.inspect('reset', token)).user?.email).toBe('ada@example.com');
    clock.advance('1m');
    await refused(tokens.inspect('reset', token));
    const next = await tokens.issue({ purpose: 'reset', user: ada, ttl: HOUR });
    await new MemoryUserRepository(database).delete(String(ada.id));
    await refused(tokens.inspect('reset', next));
  });

  it('needs no account when it is bound to a subject alone', async () => {
    const token = await tokens.issue({ purpose: 'state', subject: 'browser', ttl: HOUR });
    expect(await tokens.redeem('state', token)).toEqual({ subject: 'browser', user: null, payload: null });
  });

  it('refuses what only looks like text', async () => {
    const token = await tokens.issue({ purpose: 'reset', user: ada, ttl: HOUR });
    await refused(tokens.redeem('reset', { toString: () => token }));
    await refused(tokens.redeem('reset', [token]));
    await tokens.redeem('reset', token);
  });

  it.each([undefined, null, 7, true, [], {}, '', 'x', 'a.b', `${'a'.repeat(22)}.${'b'.repeat(43)}`, 'x'.repeat(10_000)])(
    'refuses %j',
    (token) => refused(tokens.redeem('reset', token)),
  );
});
