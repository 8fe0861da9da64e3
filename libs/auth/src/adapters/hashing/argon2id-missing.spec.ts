import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HashGate } from '../../core/passwords/hash-gate.js';

/** Loaded anew, so that nobody else has loaded the package for them. */
const load = async () => ({
  ...(await import('../../core/errors/auth-configuration.error.js')),
  ...(await import('../../core/errors/auth.errors.js')),
  ...(await import('../../core/passwords/password-hashing.js')),
  ...(await import('./argon2id.js')),
  ...(await import('./bcrypt.js')),
});

describe('argon2id without its package', () => {
  let library: Awaited<ReturnType<typeof load>>;

  beforeAll(async () => {
    vi.resetModules();
    vi.doMock('@node-rs/argon2', () => {
      throw new Error('Cannot find package');
    });
    library = await load();
  });

  afterAll(() => {
    vi.doUnmock('@node-rs/argon2');
    vi.resetModules();
  });

  it('stops the start with the command that installs it', async () => {
    const { argon2id, AuthConfigurationError, PasswordHashing } = library;
    const starting = new PasswordHashing(argon2id(), [], [], new HashGate()).prepare();
    await expect(starting).rejects.toThrow(AuthConfigurationError);
    await expect(starting).rejects.toThrow('npm install @node-rs/argon2');
  });

  it('hinders nobody who does not use it', async () => {
    const { argon2id, bcrypt, PasswordHashing, StoreUnavailableException } = library;
    const hashing = new PasswordHashing(bcrypt({ cost: 4 }), [argon2id()], [], new HashGate());
    await hashing.prepare();
    expect(await hashing.verify('right', await hashing.hash('right'))).toBe(true);
    const stored = '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    await expect(hashing.verify('right', stored)).rejects.toThrow(StoreUnavailableException);
  });
});
