import { HttpException, Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../common/message-of.js';
import { AuthException } from '../errors/auth.exception.js';
import { InvalidCredentialsException, SignInVetoedException } from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import { type SignInMethod, SignInSucceededEvent, SignInVetoedEvent } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import type { ClientInfo } from '../events/client-info.js';
import { Policies, type SignInAttempt } from '../events/policies.js';
import { Clock } from '../ports/clock.js';
import type { SessionDelivery } from '../ports/session.repository.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import type { AuthUser } from '../ports/user.repository.js';
import type { IssuedSession } from '../sessions/issued-session.js';
import { KnownDevices } from '../sessions/known-devices.js';
import { SessionsService } from '../sessions/sessions.service.js';

/** Somebody who has proved who they are, and how they want their session. */
export interface ProvenUser {
  user: AuthUser;
  method: SignInMethod;
  /** RFC 8176. */
  amr: readonly string[];
  delivery: SessionDelivery;
  remember: boolean;
  client: ClientInfo;
  /** Whether the device is known to the account, where that has been looked up. */
  isKnownDevice?: boolean;
}

export type SignInOutcome =
  | { status: 'signed_in'; issued: IssuedSession }
  /** A policy wants something else first; nothing was issued. */
  | { status: 'interrupted'; answer: Record<string, unknown> };

/** Carries a refusal out of the unit of work, which must roll back, to where it is written down. */
class Veto extends Error {
  constructor(
    readonly refusal: HttpException,
    readonly attempt: SignInAttempt,
  ) {
    super('vetoed');
  }
}

/**
 * The one way to a session: whoever proved who they are, by whatever means, comes through here. Account active, then the policies in
 * their order (confirmation, vetoes, second factor), then the session, then the events.
 */
@Injectable()
export class SignInPipeline {
  private readonly logger = new Logger('SignInPipeline');

  constructor(
    private readonly policies: Policies,
    private readonly sessions: SessionsService,
    private readonly devices: KnownDevices,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * The unit of work of a way in. A veto rolls back everything in it and is written down afterwards.
   *
   * @throws what a policy refused with
   */
  unit<T>(work: (transaction: unknown) => Promise<T>): Promise<T> {
    return this.writingVetoes(() => this.units.run(work));
  }

  /** For work that has units of its own: a veto inside them is written down once they have rolled back. */
  async writingVetoes<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Veto)) throw error;
      const { attempt, refusal } = error;
      const errorCode = refusal instanceof AuthException ? (refusal as { errorCode?: string }).errorCode : undefined;
      await this.events.record(
        new SignInVetoedEvent(
          this.clock.now(),
          { user: attempt.user, client: attempt.client },
          { method: attempt.method, errorCode: errorCode ?? `http.${refusal.getStatus()}` },
        ),
      );
      throw refusal;
    }
  }

  /** Inside {@link unit}. `also` are the events of the way in. */
  async complete(proven: ProvenUser, transaction: unknown, also: readonly AuthEvent[] = []): Promise<SignInOutcome> {
    const { user, method, amr, delivery, remember, client } = proven;
    if (!isActive(user)) throw new InvalidCredentialsException();
    const answer = await this.ask({ user, method, amr, delivery, client, transaction });
    if (answer !== null) return { status: 'interrupted', answer };
    const issued = await this.sessions.open({ user, delivery, remember, amr, client }, (sessionId) => [
      ...also,
      new SignInSucceededEvent(this.clock.now(), { user, sessionId, client }, { method }),
    ]);
    return { status: 'signed_in', issued: await this.onKnownDevice(issued, proven) };
  }

  /** Only where cookies are used: whoever holds tokens has no browser that could be known. */
  private async onKnownDevice(issued: IssuedSession, { user, client, isKnownDevice }: ProvenUser): Promise<IssuedSession> {
    const { credentials } = issued;
    if (credentials.delivery !== 'cookie') return issued;
    if (isKnownDevice ?? (await this.devices.recognise(client.device, user.email)) !== null) return issued;
    return { ...issued, credentials: { ...credentials, device: await this.devices.remember(user) } };
  }

  /** Asks the policies whether a session may go on; inside {@link unit}. */
  async assertMayContinue(attempt: SignInAttempt): Promise<void> {
    if ((await this.ask(attempt)) !== null) throw new Veto(new SignInVetoedException(), attempt);
  }

  private async ask(attempt: SignInAttempt): Promise<Record<string, unknown> | null> {
    for (const policy of this.policies.signIn) {
      try {
        const interruption = await policy.beforeSession(attempt);
        if (interruption !== undefined) return interruption.answer;
      } catch (error) {
        throw new Veto(this.refusalOf(error), attempt);
      }
    }
    return null;
  }

  /** A policy that breaks refuses: nobody gets in because a check could not be made. */
  private refusalOf(error: unknown): HttpException {
    if (error instanceof HttpException) return error;
    this.logger.error(`A sign-in policy failed: ${messageOf(error)}`);
    return new SignInVetoedException();
  }
}

export const isActive = ({ disabledAt, lockedAt }: AuthUser): boolean => disabledAt === null && lockedAt === null;
