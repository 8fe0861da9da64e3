import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { OneTimeTokenInvalidException } from '../../core/errors/auth.errors.js';
import { UserUnlockedEvent } from '../../core/events/auth.events.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../../core/events/client-info.js';
import { MailComposer } from '../../core/mail/mail-composer.js';
import { MailKinds } from '../../core/mail/mail-kinds.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { MailService } from '../../core/mail/mail.service.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { AttemptLedger } from '../../core/passwords/attempt-ledger.js';
import { Clock } from '../../core/ports/clock.js';
import type { Mail } from '../../core/ports/mail-transport.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import type { HardStopNotice } from '../../core/sign-in/hard-stop.notice.js';
import { isActive } from '../../core/sign-in/sign-in-pipeline.js';
import { OneTimeTokensService } from '../../core/tokens/one-time-tokens.service.js';
import { UNLOCK, UNLOCK_WORDING } from './unlock.mail.js';

/** The way out of the hard stop: a mailed link to the owner of the address. The same checks with and without HTTP. */
@Injectable()
export class UnlockService implements HardStopNotice, OnModuleInit {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly users: UserRepository,
    private readonly tokens: OneTimeTokensService,
    private readonly ledger: AttemptLedger,
    private readonly mail: MailService,
    private readonly composer: MailComposer,
    private readonly kinds: MailKinds,
    private readonly limits: MailLimits,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: UNLOCK,
      wording: UNLOCK_WORDING,
      placeholders: ['minutes'],
      compose: (job) => this.compose(job as { email: string }),
    });
  }

  /** Queues the link. An application without mail leaves it to a password reset or an administrator. */
  async send(email: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    if (!this.mail.isAvailable || !(await this.limits.allows({ kind: UNLOCK, recipient: email, client }))) return;
    await this.mail.queue({ kind: UNLOCK, job: { email }, client });
  }

  /**
   * Forgets the failures of the account, the hard stop included. It proves nothing else: an address that was not confirmed still is not, and
   * an account that was locked by hand has no such link.
   *
   * @throws OneTimeTokenInvalidException
   */
  async unlock(token: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    await this.units.run(async () => {
      const { user } = await this.tokens.redeem(UNLOCK, token);
      if (user === null || !isActive(user)) throw new OneTimeTokenInvalidException();
      await this.ledger.clear(user.email);
      await this.events.record(new UserUnlockedEvent(this.clock.now(), { user, client }, {}));
    });
  }

  private async compose({ email }: { email: string }): Promise<Mail | null> {
    const user = await this.users.findByEmail(email);
    const { lockout } = this.options;
    if (user === null || lockout === false || !isActive(user)) return null;
    const { link, ttl } = lockout.unlock;
    return this.composer.compose(UNLOCK, {
      to: user.email,
      user,
      values: { minutes: Math.round(ttl / 60_000) },
      link: this.composer.link(link, await this.tokens.issue({ purpose: UNLOCK, user, ttl })),
    });
  }
}
