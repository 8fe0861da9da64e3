import { deserialize, serialize } from 'node:v8';
import { Inject, Injectable } from '@nestjs/common';
import { KeyRing } from '../../core/crypto/key-ring.js';
import { keyedHash } from '../../core/crypto/keyed-hash.js';
import { randomToken } from '../../core/crypto/random.js';
import { Sealer } from '../../core/crypto/sealer.js';
import { OneTimeTokenInvalidException } from '../../core/errors/auth.errors.js';
import { OneTimeTokenRepository } from '../../core/ports/one-time-token.repository.js';
import { OneTimeTokensService, type OutstandingToken } from '../../core/tokens/one-time-tokens.service.js';

import { EMAIL_CONFIRMATION_OPTIONS, type ResolvedEmailConfirmationOptions } from './email-confirmation.options.js';

/** Purpose of the token of a sign-up that waits for its confirmation, and kind of its mail. */
export const SIGN_UP = 'sign-up';

/** What is kept until the address is proved. */
export interface KeptSignUp {
  email: string;
  passwordHash: string;
  profile: Record<string, unknown>;
}

/**
 * Sign-ups that wait, as one-time tokens: each with a token and a password of its own, found again by a keyed hash of the address, sealed
 * because no account vouches for what is in them.
 */
@Injectable()
export class PendingSignUpTokens {
  private readonly sealer: Sealer;

  constructor(
    @Inject(EMAIL_CONFIRMATION_OPTIONS) private readonly options: ResolvedEmailConfirmationOptions,
    private readonly ring: KeyRing,
    private readonly tokens: OneTimeTokensService,
    private readonly repository: OneTimeTokenRepository,
  ) {
    this.sealer = new Sealer(ring, SIGN_UP);
  }

  /** One insert. Its secret is thrown away: composing the mail makes the one that leaves. @returns the name of the sign-up */
  async keep(signUp: KeptSignUp): Promise<string> {
    const subject = randomToken(16);
    // Not JSON: a profile may hold dates.
    const sealed = this.sealer.seal(serialize(signUp).toString('base64'), subject);
    await this.tokens.issue({
      purpose: SIGN_UP,
      subject,
      group: this.groupsOf(signUp.email)[0]!,
      payload: { sealed },
      ttl: this.options.tokenTtl,
    });
    return subject;
  }

  /** The newest one of the address that waits. One statement for each secret in force. */
  async newest(email: string): Promise<KeptSignUp | null> {
    const token = await this.newestToken(email);
    return token === null ? null : this.opened(token);
  }

  async reissueNewest(email: string): Promise<string | null> {
    const token = await this.newestToken(email);
    return token === null ? null : this.reissue(token.subject);
  }

  /** A token for the mail; `null` when the sign-up does not wait any more. */
  async reissue(signUp: string): Promise<string | null> {
    return (await this.tokens.reissue(SIGN_UP, signUp, this.options.tokenTtl))?.token ?? null;
  }

  /** Inside the unit of work of the confirmation. @throws OneTimeTokenInvalidException */
  async redeem(token: string): Promise<KeptSignUp> {
    const kept = this.opened(await this.tokens.redeem(SIGN_UP, token));
    if (kept === null) throw new OneTimeTokenInvalidException();
    return kept;
  }

  /** One of them was confirmed: nothing is left of the others. */
  async forgetAll(email: string): Promise<void> {
    for (const group of this.groupsOf(email)) await this.repository.deleteGroup(SIGN_UP, group);
  }

  private opened({ subject, payload }: OutstandingToken): KeptSignUp | null {
    const sealed = payload?.['sealed'];
    const plain = typeof sealed === 'string' ? this.sealer.open(sealed, subject) : null;
    return plain === null ? null : (deserialize(Buffer.from(plain, 'base64')) as KeptSignUp);
  }

  private async newestToken(email: string): Promise<OutstandingToken | null> {
    for (const group of this.groupsOf(email)) {
      const token = await this.tokens.newest(SIGN_UP, group);
      if (token !== null) return token;
    }
    return null;
  }

  /** Under each secret in force, newest first: who signed up before a rotation still waits. */
  private groupsOf(email: string): string[] {
    return this.ring.all(SIGN_UP).map(({ key }) => keyedHash(key, 'address', email));
  }
}
