import { describe, expect, it, vi } from 'vitest';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { StoreUnavailableException } from '../../core/errors/auth.errors.js';
import { HashGate } from '../../core/passwords/hash-gate.js';
import { PasswordHashing } from '../../core/passwords/password-hashing.js';
import { argon2id } from './argon2id.js';
import { bcrypt } from './bcrypt.js';

vi.mock('@node-rs/argon2', () => {
  throw new Error('Cannot find package');
});

describe('argon2id without its package', () => {
  it('stops the start with the command that installs it', async () => {
    const starting = new PasswordHashing(argon2id(), [], [], new HashGate()).prepare();
    await expect(starting).rejects.toThrow(AuthConfigurationError);
    await expect(starting).rejects.toThrow('npm install @node-rs/argon2');
  });

  it('hinders nobody who does not use it', async () => {
    const hashing = new PasswordHashing(bcrypt({ cost: 4 }), [argon2id()], [], new HashGate());
    await hashing.prepare();
    expect(await hashing.verify('right', await hashing.hash('right'))).toBe(true);
    const stored = '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    await expect(hashing.verify('right', stored)).rejects.toThrow(StoreUnavailableException);
  });
});
