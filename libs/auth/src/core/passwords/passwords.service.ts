import { Injectable } from '@nestjs/common';
import { PasswordRefusedException, ValidationFailedException } from '../errors/auth.errors.js';
import type { FieldFault } from '../errors/auth.exception.js';
import { Policies } from '../events/policies.js';
import { PasswordHasher } from '../ports/password-hasher.js';
import { type PasswordContext, PasswordPolicy } from '../ports/password-policy.js';

/** Longer input is refused before anything is computed with it. */
const MAX_PASSWORD_BYTES = 1024;

/** Passwords as text: what may be set, how it is hashed and compared. Every path that sets or checks one comes through here. */
@Injectable()
export class PasswordsService {
  constructor(
    private readonly hasher: PasswordHasher,
    private readonly policy: PasswordPolicy,
    private readonly policies: Policies,
  ) {}

  /**
   * NFKC, so that one password typed on two keyboards is one password; never trimmed.
   *
   * @throws ValidationFailedException over 1,024 bytes
   */
  normalise(password: string, field = 'password'): string {
    const normalised = normalisedWithin(MAX_PASSWORD_BYTES, password);
    if (normalised === null) throw new ValidationFailedException([tooLong(field, 'too_long')]);
    return normalised;
  }

  /** @throws PasswordRefusedException with every reason */
  async assertAcceptable(password: string, context: PasswordContext, field = 'password'): Promise<void> {
    const normalised = normalisedWithin(MAX_PASSWORD_BYTES, password);
    if (normalised === null) throw new PasswordRefusedException([tooLong(field, 'password_too_long')]);
    const faults = [...(await this.policy.check(normalised, context))];
    for (const rule of this.policies.password) faults.push(...(await rule.check(normalised, context)));
    const details = faults.map((fault): FieldFault => ({ field, ...fault }));
    const [first, ...rest] = details;
    if (first !== undefined) throw new PasswordRefusedException([first, ...rest]);
  }

  /** @throws OverloadedException when too many are being hashed */
  hash(password: string): Promise<string> {
    return this.hasher.hash(this.normalise(password));
  }

  /**
   * Compares, at the cost of today's parameters whatever is stored (or not stored at all), so that time tells nothing.
   *
   * @throws OverloadedException when too many are being hashed
   */
  async verify(password: string, hash: string | null | undefined): Promise<boolean> {
    const normalised = this.normalise(password);
    if (hash === null || hash === undefined) {
      await this.hasher.equalise(normalised);
      return false;
    }
    return this.hasher.verify(normalised, hash);
  }

  /** A fresh hash of a password that was just verified against `hash`, when that one is weaker than today's; else `null`. */
  async upgraded(password: string, hash: string): Promise<string | null> {
    return this.hasher.needsRehash(hash) ? this.hasher.hash(this.normalise(password)) : null;
  }
}

/** `null` when it is longer before or after NFKC, which can make one character eighteen. */
function normalisedWithin(maxBytes: number, password: string): string | null {
  if (Buffer.byteLength(password) > maxBytes) return null;
  const normalised = password.normalize('NFKC');
  return Buffer.byteLength(normalised) > maxBytes ? null : normalised;
}

const tooLong = (field: string, code: string): FieldFault => ({ field, code, message: `At most ${MAX_PASSWORD_BYTES} bytes` });
