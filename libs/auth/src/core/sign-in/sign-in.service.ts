import { Injectable, Logger } from '@nestjs/common';
import { foldEmail } from '../../common/email-address.js';
import { messageOf } from '../../common/message-of.js';
import { InvalidCredentialsException } from '../errors/auth.errors.js';
import { SignInFailedEvent, type SignInFailure, UserLockedEvent } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../events/client-info.js';
import { AttemptLedger, type ReservedAttempt } from '../passwords/attempt-ledger.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { Clock } from '../ports/clock.js';
import type { SessionDelivery } from '../ports/session.repository.js';
import { type AuthUser, UserRepository, type UserWithPassword } from '../ports/user.repository.js';
import type { BearerCredentials, IssuedSession } from '../sessions/issued-session.js';
import { KnownDevices } from '../sessions/known-devices.js';
import { RefreshService } from '../sessions/refresh.service.js';
import { PendingSignUps } from './pending-sign-ups.js';
import { Challenges } from './challenges.js';
import { HardStopNotice } from './hard-stop.notice.js';
import { isActive, SignInPipeline } from './sign-in-pipeline.js';

export interface PasswordSignIn {
  email: string;
  password: string;
  delivery: SessionDelivery;
  /** Keeps a cookie session beyond the browser's. @default false */
  remember?: boolean;
  /** Answer to the challenge of the application's `ChallengeVerifier`. */
  challengeResponse?: string;
}

export type SignInResult =
  | { status: 'signed_in'; user: AuthUser; roles: readonly string[]; issued: IssuedSession }
  | { status: 'interrupted'; answer: Record<string, unknown> };

/** Signs in by password, and keeps sessions going. The same checks with and without HTTP. */
@Injectable()
export class SignInService {
  private readonly logger = new Logger('SignInService');

  constructor(
    private readonly users: UserRepository,
    private readonly passwords: PasswordsService,
    private readonly ledger: AttemptLedger,
    private readonly devices: KnownDevices,
    private readonly challenges: Challenges,
    private readonly hardStop: HardStopNotice,
    private readonly pending: PendingSignUps,
    private readonly pipeline: SignInPipeline,
    private readonly refreshes: RefreshService,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws InvalidCredentialsException for every reason alike
   * @throws EmailUnconfirmedException to the holder of the right password, where addresses are confirmed first
   * @throws ChallengeRequiredException after some failures, where the application has a `ChallengeVerifier`
   * @throws TooManyAttemptsException, OverloadedException, StoreUnavailableException, and what policies refuse with
   */
  async signIn(request: PasswordSignIn, client: ClientInfo = NO_CLIENT): Promise<SignInResult> {
    const email = foldEmail(request.email);
    const password = this.passwords.normalise(request.password);
    const deviceId = (await this.devices.recognise(client.device, email)) ?? undefined;
    if (deviceId === undefined) await this.challenges.assertAnswered(email, request.challengeResponse, client);
    const attempt = await this.ledger.reserve({ email, deviceId }, client);
    let settled = false;
    try {
      const found = await this.users.findByEmailWithPassword(email);
      const pending = this.pending.keeper === null ? null : await this.pending.keeper.passwordOf(email);
      const right = await this.passwords.verify(password, found === null ? pending : found.passwordHash);
      // Whoever has the right password of a sign-up that waits for its confirmation may know that it does.
      if (found === null && right) return await this.pending.keeper!.refuse(email, client);
      if (found === null || !right || !isActive(found.user)) {
        settled = true;
        throw await this.failed(attempt, email, found, right, client);
      }
      const result = await this.open(request, found, client, deviceId !== undefined);
      settled = result.status === 'signed_in';
      if (settled) await attempt.succeed();
      await this.upgradeHash(found, password);
      return result;
    } finally {
      if (!settled) await attempt.release();
    }
  }

  /**
   * New tokens for a bearer session, policies included.
   *
   * @throws RefreshInvalidException, RefreshReusedException, and what policies refuse with
   */
  refresh(refreshToken: string, client: ClientInfo = NO_CLIENT): Promise<BearerCredentials> {
    return this.pipeline.writingVetoes(() =>
      this.refreshes.refresh(
        refreshToken,
        (user, { amr, delivery }, transaction) =>
          this.pipeline.assertMayContinue({ user, method: 'refresh', amr, delivery, client, transaction }),
        client,
      ),
    );
  }

  private async open(
    request: PasswordSignIn,
    { user, roles }: UserWithPassword,
    client: ClientInfo,
    isKnownDevice: boolean,
  ): Promise<SignInResult> {
    const { delivery, remember = false } = request;
    const proven = { user, method: 'password', amr: ['pwd'], delivery, remember, client, isKnownDevice } as const;
    const outcome = await this.pipeline.unit((transaction) => this.pipeline.complete(proven, transaction));
    return outcome.status === 'signed_in' ? { status: 'signed_in', user, roles, issued: outcome.issued } : outcome;
  }

  /** Writes the same rows whoever it was, then answers the same. */
  private async failed(
    attempt: ReservedAttempt,
    email: string,
    found: UserWithPassword | null,
    right: boolean,
    client: ClientInfo,
  ): Promise<InvalidCredentialsException> {
    const { reachedHardStop } = await attempt.fail();
    const now = this.clock.now();
    const subject = { user: found?.user ?? null, client };
    const failure = new SignInFailedEvent(now, subject, { method: 'password', reason: reasonOf(found, right) });
    const stopped = reachedHardStop && found !== null ? [new UserLockedEvent(now, subject, { reason: 'hard_stop' })] : [];
    await this.events.record(failure, ...stopped);
    if (reachedHardStop) await this.hardStop.send(email, client);
    return new InvalidCredentialsException();
  }

  /** The user is signed in by now: a hash that stays weak until next time is not their fault. */
  private async upgradeHash({ user, passwordHash }: UserWithPassword, password: string): Promise<void> {
    try {
      const upgraded = await this.passwords.upgraded(password, passwordHash!);
      if (upgraded !== null) await this.users.upgradePasswordHash(String(user.id), passwordHash!, upgraded);
    } catch (error) {
      this.logger.warn(`A password hash was not upgraded: ${messageOf(error)}`);
    }
  }
}

function reasonOf(found: UserWithPassword | null, right: boolean): SignInFailure {
  if (found === null) return 'unknown_user';
  if (found.passwordHash === null) return 'no_password';
  if (!right) return 'wrong_password';
  return found.user.disabledAt === null ? 'locked' : 'disabled';
}
