import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { addressOf } from '../../core/access/email.dto.js';
import { EmailProofs } from '../../core/accounts/email-proofs.js';
import { randomToken } from '../../core/crypto/random.js';
import {
  EmailTakenException,
  OneTimeTokenInvalidException,
  RecentAuthRequiredException,
  SessionRevokedException,
  ValidationFailedException,
} from '../../core/errors/auth.errors.js';
import { UserEmailChangedEvent } from '../../core/events/auth.events.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../../core/events/client-info.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { MailService } from '../../core/mail/mail.service.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { Clock } from '../../core/ports/clock.js';
import { OneTimeTokenRepository } from '../../core/ports/one-time-token.repository.js';
import type { Session } from '../../core/ports/session.repository.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { SessionsService } from '../../core/sessions/sessions.service.js';
import { OneTimeTokensService } from '../../core/tokens/one-time-tokens.service.js';
import { CHANGE_REQUESTED, CHANGED, type ChangePayload, EMAIL_CHANGE } from './email-change.mail.js';
import { EMAIL_CHANGE_OPTIONS, type ResolvedEmailChangeOptions } from './email-change.options.js';

/** Changes the address of a signed-in user: the old one stays until the new one is proved. The same checks with and without HTTP. */
@Injectable()
export class EmailChangeService implements OnModuleInit {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly core: ResolvedAuthOptions,
    @Inject(EMAIL_CHANGE_OPTIONS) private readonly options: ResolvedEmailChangeOptions,
    private readonly users: UserRepository,
    private readonly oneTimeTokens: OneTimeTokenRepository,
    private readonly tokens: OneTimeTokensService,
    private readonly sessions: SessionsService,
    private readonly proofs: EmailProofs,
    private readonly mail: MailService,
    private readonly limits: MailLimits,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const { link } = this.options;
    this.proofs.register({ purpose: EMAIL_CHANGE, link, redeem: (token, client) => this.complete(token, client) });
  }

  /**
   * Writes to the new address, and tells the old one. An earlier request is replaced. Whether the new address has an account is not looked
   * at: the same statements, the same answer, and a link that does not work.
   *
   * @throws RecentAuthRequiredException, ValidationFailedException when it is no address or the present one, SessionRevokedException
   */
  async request(session: Readonly<Session>, email: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    if (this.clock.now() - session.authTime > this.core.recentAuth) throw new RecentAuthRequiredException();
    const recipient = addressOf(email);
    const { userId } = session;
    const user = await this.users.findById(userId);
    if (user === null) throw new SessionRevokedException();
    if (user.email === recipient) {
      throw new ValidationFailedException([{ field: 'email', code: 'email_unchanged', message: 'This is your address already' }]);
    }
    const mayWrite = await this.limits.allows({ kind: EMAIL_CHANGE, recipient, client, inviter: userId });
    const change = randomToken(16);
    const payload = { email: recipient, change, sessionId: session.id } satisfies ChangePayload;
    await this.units.run(async () => {
      await this.tokens.issue({ purpose: EMAIL_CHANGE, user, payload, ttl: this.options.tokenTtl });
      if (mayWrite) await this.mail.queue({ kind: EMAIL_CHANGE, job: { userId, change }, userId, client });
      await this.tell(CHANGE_REQUESTED, userId, user.email, client);
    });
  }

  /** Calls a change off; no error when there is none. */
  async cancel(userId: string): Promise<void> {
    await this.oneTimeTokens.deleteByUser(userId, EMAIL_CHANGE);
  }

  /**
   * The new address is the account's from now on, and confirmed; every other one-time token is dead, and so is every session but the one that
   * asked for it.
   *
   * @throws OneTimeTokenInvalidException also when another account has the address, or the address was changed meanwhile
   */
  private async complete(token: string, client: ClientInfo): Promise<void> {
    try {
      await this.units.run(async () => {
        const { user, payload } = await this.tokens.redeem(EMAIL_CHANGE, token);
        if (user === null || payload === null) throw new OneTimeTokenInvalidException();
        const { email, sessionId } = payload as unknown as ChangePayload;
        const userId = String(user.id);
        const now = this.clock.now();
        const change = { email, ifEmailVersion: user.emailVersion, confirmedAt: new Date(now) };
        const version = await this.users.changeEmail(userId, change);
        if (version === null) throw new OneTimeTokenInvalidException();
        await this.oneTimeTokens.deleteByUser(userId);
        await this.sessions.endOthers(userId, version, 'email_changed', client, sessionId);
        await this.events.record(new UserEmailChangedEvent(now, { user: userId, client }, {}));
        await this.tell(CHANGED, userId, user.email, client);
      });
    } catch (error) {
      throw error instanceof EmailTakenException ? new OneTimeTokenInvalidException() : error;
    }
  }

  private async tell(kind: string, userId: string, to: string, client: ClientInfo): Promise<void> {
    if (this.options.notices) await this.mail.queue({ kind, job: { userId, to }, userId, client });
  }
}
