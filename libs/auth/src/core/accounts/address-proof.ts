import { Injectable } from '@nestjs/common';
import { OneTimeTokenInvalidException } from '../errors/auth.errors.js';
import { UserConfirmedEvent } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../events/client-info.js';
import { Clock } from '../ports/clock.js';
import { OneTimeTokenRepository } from '../ports/one-time-token.repository.js';
import { type AuthUser, UserRepository } from '../ports/user.repository.js';
import { SessionsService } from '../sessions/sessions.service.js';

export interface ProvenAddress {
  /** The account as its token found it: the address of this `emailVersion` is what was proved. */
  user: AuthUser;
  /** What proved it, e.g. `magic_link`; for the event. */
  by: string;
  client?: ClientInfo;
}

/**
 * An address belongs to who proves it. Whoever holds a token that was mailed to an address reads its mail; whoever merely typed it at sign-up
 * may be anybody. Every room that redeems a mailed token comes through here, inside the unit of work in which the token was redeemed.
 *
 * A no-op for an address that is confirmed already, so call it always.
 */
@Injectable()
export class AddressProof {
  constructor(
    private readonly users: UserRepository,
    private readonly oneTimeTokens: OneTimeTokenRepository,
    private readonly sessions: SessionsService,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * For every proof but the confirmation of the account's own sign-up (reset, magic link, invitation, provider). When the account was
   * unconfirmed, its address is confirmed, and what was set before by someone who had not proved it is gone: password, sessions, outstanding
   * one-time tokens. Set a new password afterwards, or hand its hash over as `passwordHash`.
   *
   * @returns the account as it is now; go on with this one, since its `credentialsVersion` may have grown
   * @throws OneTimeTokenInvalidException when the address has changed, or somebody else has claimed the account meanwhile
   */
  async claim({ user, by, client = NO_CLIENT }: ProvenAddress, passwordHash: string | null = null): Promise<AuthUser> {
    if (isConfirmed(user)) return user;
    const id = String(user.id);
    const now = this.clock.now();
    const at = new Date(now);
    const version = await this.users.claimEmail(id, { ifEmailVersion: user.emailVersion, passwordHash, at });
    if (version === null) return this.confirmedMeanwhile(user, passwordHash);
    await this.oneTimeTokens.deleteByUser(id);
    await this.sessions.endAll(id, 'address_proved', client);
    await this.events.record(new UserConfirmedEvent(now, { user: id, client }, { by }));
    return this.found(id);
  }

  /**
   * For the confirmation of the account's own sign-up, which keeps its password and its sessions.
   *
   * @returns the account as it is now
   * @throws OneTimeTokenInvalidException when the address has changed meanwhile
   */
  async confirm({ user, by, client = NO_CLIENT }: ProvenAddress): Promise<AuthUser> {
    if (isConfirmed(user)) return user;
    const id = String(user.id);
    const now = this.clock.now();
    if (!(await this.users.confirmEmail(id, user.emailVersion, new Date(now)))) throw new OneTimeTokenInvalidException();
    await this.events.record(new UserConfirmedEvent(now, { user: id, client }, { by }));
    return this.found(id);
  }

  /** Of two proofs at once the second finds a confirmed account, which is all it wanted unless it brought a password. */
  private async confirmedMeanwhile({ id, emailVersion }: AuthUser, passwordHash: string | null): Promise<AuthUser> {
    const user = await this.users.findById(String(id));
    if (passwordHash !== null || user === null || user.emailVersion !== emailVersion || !isConfirmed(user))
      throw new OneTimeTokenInvalidException();
    return user;
  }

  private async found(id: string): Promise<AuthUser> {
    const user = await this.users.findById(id);
    if (user === null) throw new OneTimeTokenInvalidException();
    return user;
  }
}

export const isConfirmed = ({ emailConfirmedAt }: AuthUser): boolean => emailConfirmedAt !== null && emailConfirmedAt !== undefined;
