import { Inject, Injectable } from '@nestjs/common';
import { sourceOf } from '../../common/ip-address.js';
import { keyedHash } from '../crypto/keyed-hash.js';
import { KeyRing } from '../crypto/key-ring.js';
import { OverloadedException, TooManyAttemptsException } from '../errors/auth.errors.js';
import { ThrottleLimitedEvent } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import type { ClientInfo } from '../events/client-info.js';
import { SharedCounter } from '../limits/shared-counter.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { Clock } from '../ports/clock.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** As long as the ledger waits for attempts of one account, and as often as it looks. */
const PENDING_WAIT = 1_000;
const PENDING_POLL = 50;

/** One attempt of a source that may be made. One of its methods is called, once. */
export interface SourceAttempt {
  fail(): Promise<void>;
  /** It was right, or never made. */
  release(): Promise<void>;
}

/**
 * Wrong passwords of one source, whatever the accounts: against one password tried on many. Counted in the cache, reserved before the hash is
 * computed as in the ledger: only settled failures refuse, so that many people behind one address may sign in at the same moment.
 */
@Injectable()
export class SourceFailures {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly counter: SharedCounter,
    private readonly ring: KeyRing,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws TooManyAttemptsException over the limit
   * @throws OverloadedException when attempts before this one are not settled within a second
   */
  async reserve(client: ClientInfo): Promise<SourceAttempt> {
    const { throttle } = this.options;
    if (throttle === false || client.ip === null) return UNCOUNTED;
    const { perMinute, perDay } = throttle.failures;
    const hash = keyedHash(this.ring.current('throttle').key, 'failures', sourceOf(client.ip));
    const [held, failed, today] = ['held', 'failed', 'day'].map((count) => `auth:failures:${count}:${hash}`) as [
      string,
      string,
      string,
    ];

    const day = await this.counter.add(today, DAY, 0);
    if (day.count >= perDay) throw await this.refusal(perDay, day.expiresInMs, client);
    const deadline = performance.now() + PENDING_WAIT;
    for (;;) {
      const counted = await this.counter.add(held, MINUTE);
      const { count, expiresInMs } = counted;
      const giveBack = (): Promise<void> => this.counter.giveBack(held, MINUTE, counted);
      if (count <= perMinute) {
        const fail = async (): Promise<void> => {
          await this.counter.add(failed, expiresInMs);
          await this.counter.add(today, DAY);
        };
        return { fail, release: giveBack };
      }
      await giveBack();
      if ((await this.counter.add(failed, expiresInMs, 0)).count >= perMinute) {
        throw await this.refusal(perMinute, expiresInMs, client);
      }
      if (performance.now() >= deadline) throw new OverloadedException();
      await new Promise((resolve) => setTimeout(resolve, PENDING_POLL));
    }
  }

  private async refusal(limit: number, retryAfterMs: number, client: ClientInfo): Promise<TooManyAttemptsException> {
    await this.events.record(new ThrottleLimitedEvent(this.clock.now(), { client }, { limit: 'source', retryAfterMs }));
    return new TooManyAttemptsException(retryAfterMs, { limit, remaining: 0, resetMs: retryAfterMs });
  }
}

const UNCOUNTED: SourceAttempt = { fail: async () => undefined, release: async () => undefined };
