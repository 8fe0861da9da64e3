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

  it.each([undefined, null, 7, true, [], {}, '', 'x', 'a.b', `${'a'.repeat(22)}.${'b'.repeat(43)}`, 'x'.repeat(10_000)])(
    'refuses %j',
    (token) => refused(tokens.redeem('reset', token)),
  );
});
