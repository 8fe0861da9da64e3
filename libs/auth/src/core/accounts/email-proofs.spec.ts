import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryOneTimeTokenRepository } from '../../testing/memory-storage/memory-one-time-token.repository.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import { OneTimeTokenInvalidException } from '../errors/auth.errors.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { AuthUser } from '../ports/user.repository.js';
import { OneTimeTokensService } from '../tokens/one-time-tokens.service.js';
import { EmailProofs } from './email-proofs.js';

const CLIENT = { ...NO_CLIENT, ip: '203.0.113.7' };

describe('the rooms that prove addresses', () => {
  let tokens: OneTimeTokensService;
  let proofs: EmailProofs;
  let redeemed: unknown[][];
  let ada: AuthUser;

  beforeEach(async () => {
    const database = new MemoryDatabase();
    const users = new MemoryUserRepository(database);
    const ring = new KeyRing(['kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only']);
    tokens = new OneTimeTokensService(new MemoryOneTimeTokenRepository(database), users, ring, new SettableClock());
    proofs = new EmailProofs(tokens);
    redeemed = [];
    const account = { passwordHash: null, emailConfirmedAt: null, createdAt: new Date(), profile: {} };
    ada = await users.insert({ email: 'ada@example.com', ...account });
  });

  const room = (purpose: string, isBuiltIn = false) =>
    proofs.register({
      purpose,
      link: { path: '/here', isBuiltIn, isDefault: false },
      redeem: async (...args) => void redeemed.push([purpose, ...args]),
    });
  const token = (purpose: string) => tokens.issue({ purpose, user: ada, ttl: 60_000 });

  it('offer nothing as long as there are none', () => {
    expect(proofs.isOffered).toBe(false);
    expect(proofs.hasBuiltInPage).toBe(false);
  });

  it('want the page when the links of one of them lead there', () => {
    room('change');
    expect(proofs.isOffered).toBe(true);
    expect(proofs.hasBuiltInPage).toBe(false);
    room('confirmation', true);

    expect(proofs.hasBuiltInPage).toBe(true);
  });

  it('get each the tokens of its own purpose', async () => {
    room('change');
    room('confirmation');
    const [change, confirmation] = [await token('change'), await token('confirmation')];
    await proofs.redeem(confirmation, CLIENT);
    await proofs.redeem(change, CLIENT);

    expect(redeemed).toEqual([
      ['confirmation', confirmation, CLIENT],
      ['change', change, CLIENT],
    ]);
  });

  it('take no token of another purpose', async () => {
    room('change');

    await expect(proofs.redeem(await token('reset'), CLIENT)).rejects.toBeInstanceOf(OneTimeTokenInvalidException);
    expect(redeemed).toEqual([]);
  });

  it('cannot share a purpose', () => {
    room('change');

    expect(() => room('change')).toThrow(TypeError);
  });
});
