import { Inject, Injectable } from '@nestjs/common';
import { addressOf } from '../../core/access/email.dto.js';
import { AccountCreation } from '../../core/accounts/account-creation.js';
import { AddressProof } from '../../core/accounts/address-proof.js';
import { OneTimeTokenInvalidException } from '../../core/errors/auth.errors.js';
import type { AuthEvent } from '../../core/events/auth-event.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../../core/events/client-info.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { MailService } from '../../core/mail/mail.service.js';
import { AttemptLedger } from '../../core/passwords/attempt-ledger.js';
import { Clock } from '../../core/ports/clock.js';
import type { SessionDelivery } from '../../core/ports/session.repository.js';
import { type AuthUser, UserRepository } from '../../core/ports/user.repository.js';
import { isActive, type SignInOutcome, SignInPipeline } from '../../core/sign-in/sign-in-pipeline.js';
import { OneTimeTokensService, type RedeemedToken } from '../../core/tokens/one-time-tokens.service.js';
import { MAGIC_LINK } from './magic-link.mail.js';
import { MAGIC_LINK_OPTIONS, type ResolvedMagicLinkOptions } from './magic-link.options.js';

export interface MagicLinkSignIn {
  /** From the mailed link. */
  token: string;
  delivery: SessionDelivery;
  /** Keeps a cookie session beyond the browser's. @default false */
  remember?: boolean;
}

export type MagicLinkResult = { user: AuthUser } & SignInOutcome;

const METHOD = 'magic_link';

/** Signing in by a mailed link. The same checks with and without HTTP. */
@Injectable()
export class MagicLinkService {
  constructor(
    @Inject(MAGIC_LINK_OPTIONS) private readonly options: ResolvedMagicLinkOptions,
    private readonly users: UserRepository,
    private readonly tokens: OneTimeTokensService,
    private readonly creation: AccountCreation,
    private readonly proof: AddressProof,
    private readonly pipeline: SignInPipeline,
    private readonly ledger: AttemptLedger,
    private readonly mail: MailService,
    private readonly limits: MailLimits,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks for a link. Whether the address has an account is looked up when the mail is composed, off the request, and nobody is told.
   *
   * @throws ValidationFailedException when it is no address
   */
  async request(email: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    const recipient = addressOf(email);
    if (!(await this.limits.allows({ kind: MAGIC_LINK, recipient, client }))) return;
    await this.mail.queue({ kind: MAGIC_LINK, job: { email: recipient }, client });
  }

  /**
   * Signs in whoever holds the token, and makes their account first where that is allowed. The address is proved. What a policy refuses
   * leaves the token as it was.
   *
   * @throws OneTimeTokenInvalidException, and what policies refuse with
   */
  async verify({ token, delivery, remember = false }: MagicLinkSignIn, client: ClientInfo = NO_CLIENT): Promise<MagicLinkResult> {
    return this.pipeline.unit(async (transaction) => {
      const { user: known, event } = await this.owner(await this.tokens.redeem(MAGIC_LINK, token), client, transaction);
      if (!isActive(known)) throw new OneTimeTokenInvalidException();
      const user = await this.proof.claim({ user: known, by: METHOD, client });
      await this.ledger.clear(user.email);
      // RFC 8176: a one-time password, here one that travelled by mail.
      const proven = { user, method: METHOD, amr: ['otp'], delivery, remember, client };
      const also: AuthEvent[] = event === null ? [] : [event];
      const outcome = await this.pipeline.complete(proven, transaction, also);
      if (outcome.status === 'interrupted') await this.events.record(...also);
      return { user, ...outcome };
    });
  }

  private async owner(
    { user, payload }: RedeemedToken,
    client: ClientInfo,
    transaction: unknown,
  ): Promise<{ user: AuthUser; event: AuthEvent | null }> {
    if (user !== null) return { user, event: null };
    const email = String(payload?.['email']);
    // The address may have got an account since the link was mailed; it is its owner who holds the token.
    const existing = await this.users.findByEmail(email);
    if (existing !== null) return { user: existing, event: null };
    if (!this.options.signUp) throw new OneTimeTokenInvalidException();
    const emailConfirmedAt = new Date(this.clock.now());
    return this.creation.create({ email, passwordHash: null, emailConfirmedAt, profile: {}, method: METHOD, client }, transaction);
  }
}
