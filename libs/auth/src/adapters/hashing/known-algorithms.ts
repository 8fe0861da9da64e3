import type { HashAlgorithm } from '../../core/passwords/hash-algorithm.js';
import { argon2id } from './argon2id.js';
import { bcrypt } from './bcrypt.js';
import { pbkdf2 } from './pbkdf2.js';
import { scrypt } from './scrypt.js';

/** Every algorithm whose hashes are verified, whichever is configured: accounts move over as their owners sign in. */
export function knownAlgorithms(): readonly HashAlgorithm[] {
  return [bcrypt(), argon2id(), scrypt(), pbkdf2()];
}
