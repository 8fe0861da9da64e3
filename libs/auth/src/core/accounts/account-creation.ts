import { Injectable } from '@nestjs/common';
import { type SignInMethod, UserSignedUpEvent } from '../events/auth.events.js';
import type { ClientInfo } from '../events/client-info.js';
import { Policies, type SignUpRequest } from '../events/policies.js';
import { Clock } from '../ports/clock.js';
import { type AuthUser, UserRepository } from '../ports/user.repository.js';

export interface AccountToCreate {
  /** Folded. */
  email: string;
  /** `null` for an account without a password. */
  passwordHash: string | null;
  /** Set when whoever signs up has proved the address. */
  emailConfirmedAt: Date | null;
  /** Properties of the user entity; sign-up policies may add to it. */
  profile: Record<string, unknown>;
  method: SignInMethod;
  client: ClientInfo;
}

/** The one place where accounts begin: sign-up policies around the insert, inside the unit of work of the way in. */
@Injectable()
export class AccountCreation {
  constructor(
    private readonly users: UserRepository,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the account, and the event that the caller records
   * @throws EmailTakenException, ValidationFailedException, and what policies refuse with
   */
  async create(account: AccountToCreate, transaction: unknown): Promise<{ user: AuthUser; event: UserSignedUpEvent }> {
    const { email, passwordHash, emailConfirmedAt, method, client } = account;
    const request = await this.ask(account, transaction);
    const createdAt = new Date(this.clock.now());
    const user = await this.users.insert({ email, passwordHash, emailConfirmedAt, createdAt, profile: request.profile });
    for (const policy of this.policies.signUp) await policy.afterSignUp?.({ ...request, user });
    return { user, event: new UserSignedUpEvent(this.clock.now(), { user, client }, { method }) };
  }

  /** Asks the sign-up policies without making an account: the sign-up is kept until its address is proved, and asked about again then. */
  async ask(account: Omit<AccountToCreate, 'passwordHash'>, transaction: unknown): Promise<SignUpRequest> {
    const { email, profile, emailConfirmedAt, method, client } = account;
    const request = { email, emailConfirmed: emailConfirmedAt !== null, profile: { ...profile }, method, client, transaction };
    for (const policy of this.policies.signUp) await policy.beforeSignUp?.(request);
    return request;
  }
}
