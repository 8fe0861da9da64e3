import { Inject, Injectable } from '@nestjs/common';
import { STORE_DEADLINE_MS, withDeadline } from '../../common/deadline.js';
import { ChallengeRequiredException, StoreUnavailableException } from '../errors/auth.errors.js';
import type { ClientInfo } from '../events/client-info.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { AttemptLedger } from '../passwords/attempt-ledger.js';
import { ChallengeVerifier } from '../ports/challenge-verifier.js';

/** Of an application that names no verifier: nobody is challenged. */
export class NoChallenge extends ChallengeVerifier {
  async verify(): Promise<boolean> {
    return false;
  }
}

/** Wants to know that there is a person, once an address has been guessed at. Ghosts have failures too, so that it tells nothing. */
@Injectable()
export class Challenges {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly verifier: ChallengeVerifier,
    private readonly ledger: AttemptLedger,
  ) {}

  /**
   * @param email folded
   * @throws ChallengeRequiredException when a response is due and there is none, or a wrong one; it counts as no failure
   * @throws StoreUnavailableException when the verifier cannot say
   */
  async assertAnswered(email: string, response: string | undefined, { ip }: ClientInfo): Promise<void> {
    const { lockout } = this.options;
    if (lockout === false || this.verifier instanceof NoChallenge) return;
    if ((await this.ledger.failuresOf(email)) < lockout.challengeAfter) return;
    if (response === undefined || !(await this.verified(response, ip))) throw new ChallengeRequiredException();
  }

  private async verified(response: string, ip: string | null): Promise<boolean> {
    try {
      const answer = this.verifier.verify(response, ip);
      return (await withDeadline(answer, STORE_DEADLINE_MS, () => new StoreUnavailableException())) === true;
    } catch (cause) {
      throw cause instanceof StoreUnavailableException ? cause : new StoreUnavailableException({ cause });
    }
  }
}
