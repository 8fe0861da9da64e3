import { Inject, Injectable } from '@nestjs/common';
import { foldEmail, isEmailAddress } from '../../common/email-address.js';
import { RecentAuthRequiredException, ResourceNotFoundException, ValidationFailedException } from '../errors/auth.errors.js';
import { UserDeletedEvent, UserDisabledEvent, UserLockedEvent, UserUnlockedEvent } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../events/client-info.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { AttemptLedger } from '../passwords/attempt-ledger.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { Clock } from '../ports/clock.js';
import { OneTimeTokenRepository } from '../ports/one-time-token.repository.js';
import { RoleRepository } from '../ports/role.repository.js';
import type { Session, SessionDelivery } from '../ports/session.repository.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import { type AuthUser, UserRepository } from '../ports/user.repository.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { PasswordProof } from '../sign-in/password-proof.js';
import { PendingSignUps } from '../sign-in/pending-sign-ups.js';
import { type SignInOutcome, SignInPipeline } from '../sign-in/sign-in-pipeline.js';
import { AccountCreation } from './account-creation.js';

export interface SignUp {
  email: string;
  password: string;
  /** Properties of the user entity, validated by whoever took them in. */
  profile?: Record<string, unknown>;
}

export interface NewAccount extends SignUp {
  /** Whoever makes the account knows that the address is its owner's: it counts as confirmed. @default false */
  emailConfirmed?: boolean;
}

export interface SignUpWithSession extends SignUp {
  delivery: SessionDelivery;
  remember?: boolean;
}

export type SignUpResult =
  | ({ user: AuthUser } & SignInOutcome)
  /** The account is made when its address is proved; nobody learns whether there is one already. */
  | { status: 'pending'; answer: Record<string, unknown> };

/** Accounts, from sign-up to deletion. The same checks with and without HTTP. */
@Injectable()
export class AccountsService {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly users: UserRepository,
    private readonly roles: RoleRepository,
    private readonly oneTimeTokens: OneTimeTokenRepository,
    private readonly passwords: PasswordsService,
    private readonly ledger: AttemptLedger,
    private readonly sessions: SessionsService,
    private readonly pipeline: SignInPipeline,
    private readonly proof: PasswordProof,
    private readonly creation: AccountCreation,
    private readonly pending: PendingSignUps,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Account, session and audit rows in one transaction. Faults of address, password and profile are answered before it is known whether
   * the address is taken.
   *
   * @throws ValidationFailedException, PasswordRefusedException, EmailTakenException, and what policies refuse with
   */
  async signUp(request: SignUpWithSession, client: ClientInfo = NO_CLIENT): Promise<SignUpResult> {
    const { email, passwordHash, profile } = await this.prepared(request);
    const { delivery, remember = false } = request;
    const method = 'sign_up';
    const account = { email, passwordHash, emailConfirmedAt: null, profile, method, client };
    if (this.pending.keeper !== null) {
      const ask = async (transaction: unknown): Promise<void> => void (await this.creation.ask(account, transaction));
      return { status: 'pending', answer: await this.pending.keeper.keep(account, ask) };
    }
    return this.pipeline.unit(async (transaction) => {
      const { user, event } = await this.creation.create(account, transaction);
      const proven = { user, method, amr: ['pwd'], delivery, remember, client };
      const outcome = await this.pipeline.complete(proven, transaction, [event]);
      if (outcome.status === 'interrupted') await this.events.record(event);
      return { user, ...outcome };
    });
  }

  /** An account without a session: for administrators, seeds and the command line. @throws as {@link signUp} */
  async create(request: NewAccount, client: ClientInfo = NO_CLIENT): Promise<AuthUser> {
    const { email, passwordHash, profile } = await this.prepared(request);
    const emailConfirmedAt = request.emailConfirmed === true ? new Date(this.clock.now()) : null;
    return this.units.run(async (transaction) => {
      const account = { email, passwordHash, emailConfirmedAt, profile, method: 'administrator', client };
      const { user, event } = await this.creation.create(account, transaction);
      await this.events.record(event);
      return user;
    });
  }

  /** @throws ResourceNotFoundException when the account is gone */
  async updateProfile(userId: string, profile: Record<string, unknown>): Promise<AuthUser> {
    const user = await this.users.updateProfile(userId, profile);
    if (user === null) throw new ResourceNotFoundException();
    return user;
  }

  /**
   * Deletes the account of a session that is recent, or of whoever knows its password; a wrong password refuses even a recent one.
   *
   * @throws RecentAuthRequiredException, PasswordIncorrectException, TooManyAttemptsException
   */
  async deleteOwn(session: Readonly<Session>, password: string | undefined, client: ClientInfo = NO_CLIENT): Promise<void> {
    if (password !== undefined) await this.proof.assert(session, password, 'account_deletion', client);
    else if (this.clock.now() - session.authTime > this.options.recentAuth) throw new RecentAuthRequiredException();
    await this.delete(session.userId, client);
  }

  /** Deletes an account, and every session, one-time token and role with it. @throws ResourceNotFoundException when it is gone */
  async delete(userId: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    await this.units.run(async () => {
      if (!(await this.users.delete(userId))) throw new ResourceNotFoundException();
      await this.oneTimeTokens.deleteByUser(userId);
      await this.roles.revokeAll(userId);
      await this.sessions.endAll(userId, 'deleted', client);
      await this.events.record(new UserDeletedEvent(this.clock.now(), { user: userId, client }, {}));
    });
  }

  /** Switches an account off: every session ends, nobody gets in. @throws ResourceNotFoundException */
  disable(userId: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    return this.shut(userId, 'disabled', (at) => this.users.setDisabled(userId, at), client);
  }

  /** Switches an account on again. @throws ResourceNotFoundException */
  async enable(userId: string): Promise<void> {
    if (!(await this.users.setDisabled(userId, null))) throw new ResourceNotFoundException();
  }

  /** Locks an account by hand: every session ends, nobody gets in until it is unlocked. @throws ResourceNotFoundException */
  lock(userId: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    return this.shut(userId, 'locked', (at) => this.users.setLocked(userId, at), client);
  }

  /** Ends a lock by hand and the hard stop, and forgets the failures. @throws ResourceNotFoundException */
  async unlock(userId: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    const user = await this.users.findById(userId);
    if (user === null) throw new ResourceNotFoundException();
    await this.units.run(async () => {
      await this.users.setLocked(userId, null);
      await this.ledger.clear(user.email);
      await this.events.record(new UserUnlockedEvent(this.clock.now(), { user, client }, {}));
    });
  }

  private async shut(
    userId: string,
    reason: 'disabled' | 'locked',
    act: (at: Date) => Promise<boolean>,
    client: ClientInfo,
  ): Promise<void> {
    await this.units.run(async () => {
      const now = this.clock.now();
      if (!(await act(new Date(now)))) throw new ResourceNotFoundException();
      await this.oneTimeTokens.deleteByUser(userId);
      await this.sessions.endAll(userId, reason, client);
      const subject = { user: userId, client };
      await this.events.record(
        reason === 'disabled' ? new UserDisabledEvent(now, subject, {}) : new UserLockedEvent(now, subject, { reason: 'manual' }),
      );
    });
  }

  private async prepared({ email, password, profile = {} }: SignUp) {
    const folded = foldEmail(email);
    if (!isEmailAddress(folded)) {
      throw new ValidationFailedException([{ field: 'email', code: 'is_email', message: 'This is no e-mail address' }]);
    }
    const name = typeof profile['name'] === 'string' ? profile['name'] : null;
    await this.passwords.assertAcceptable(password, { email: folded, name });
    return { email: folded, profile, passwordHash: await this.passwords.hash(password) };
  }
}
