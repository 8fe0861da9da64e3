import { describe, expect, it, vi } from 'vitest';
import { ChallengeRequiredException, StoreUnavailableException } from '../errors/auth.errors.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import type { AttemptLedger } from '../passwords/attempt-ledger.js';
import { ChallengeVerifier } from '../ports/challenge-verifier.js';
import { Challenges, NoChallenge } from './challenges.js';

/** Knows one right answer, and whom it was asked about. */
class Riddle extends ChallengeVerifier {
  asked: unknown[] = [];
  answer: () => Promise<unknown> = async () => undefined;
  async verify(response: string, ip: string | null): Promise<boolean> {
    this.asked.push([response, ip]);
    return (await this.answer()) as boolean;
  }
}

const CLIENT = { ...NO_CLIENT, ip: '203.0.113.7' };

describe('a challenge', () => {
  const challenges = (failures: number, verifier: ChallengeVerifier, lockout: object | false = { challengeAfter: 3 }) => {
    const ledger = { failuresOf: async () => failures } as unknown as AttemptLedger;
    return new Challenges({ lockout } as ResolvedAuthOptions, verifier, ledger);
  };
  const riddle = (answer: unknown): Riddle => {
    const verifier = new Riddle();
    verifier.answer = async () => answer;
    return verifier;
  };

  it('is put to nobody before an address has had its failures', async () => {
    await challenges(2, riddle(false)).assertAnswered('ada@example.com', undefined, CLIENT);
  });

  it('is put to whoever gives no answer after them, without asking the verifier', async () => {
    const verifier = riddle(true);

    await expect(challenges(3, verifier).assertAnswered('ada@example.com', undefined, CLIENT)).rejects.toBeInstanceOf(
      ChallengeRequiredException,
    );
    expect(verifier.asked).toEqual([]);
  });

  it('is over with the right answer from where it was given', async () => {
    const verifier = riddle(true);
    await challenges(3, verifier).assertAnswered('ada@example.com', 'answer', CLIENT);

    expect(verifier.asked).toEqual([['answer', '203.0.113.7']]);
  });

  it.each([false, undefined, 'true', 1])('is not over when the verifier says %j', async (answer) => {
    await expect(challenges(3, riddle(answer)).assertAnswered('ada@example.com', 'answer', CLIENT)).rejects.toBeInstanceOf(
      ChallengeRequiredException,
    );
  });

  it.each([new Error('no network'), new StoreUnavailableException()])(
    'lets nobody in when the verifier breaks: %s',
    async (error) => {
      const verifier = new Riddle();
      verifier.answer = () => Promise.reject(error);

      const refused = await challenges(3, verifier)
        .assertAnswered('ada@example.com', 'answer', CLIENT)
        .catch((thrown: unknown) => thrown);
      expect(refused).toBeInstanceOf(StoreUnavailableException);
      if (!(error instanceof StoreUnavailableException)) expect((refused as Error).cause).toBe(error);
    },
  );

  it('lets nobody in when the verifier does not answer', async () => {
    vi.useFakeTimers();
    try {
      const verifier = new Riddle();
      verifier.answer = () => new Promise(() => undefined);
      const refused = expect(challenges(3, verifier).assertAnswered('ada@example.com', 'answer', CLIENT)).rejects.toBeInstanceOf(
        StoreUnavailableException,
      );
      await vi.advanceTimersByTimeAsync(2_000);
      await refused;
    } finally {
      vi.useRealTimers();
    }
  });

  it('is put to nobody where failures are not counted, or where the application has no verifier', async () => {
    await challenges(99, riddle(false), false).assertAnswered('ada@example.com', undefined, CLIENT);
    await challenges(99, new NoChallenge()).assertAnswered('ada@example.com', undefined, CLIENT);
  });

  it('has no right answer where there is no verifier', async () => expect(await new NoChallenge().verify()).toBe(false));
});
