import { Inject, Injectable } from '@nestjs/common';
import { foldEmail } from '../../common/email-address.js';
import { sourceOf } from '../../common/ip-address.js';
import { KeyRing } from '../crypto/key-ring.js';
import { keyedHash } from '../crypto/keyed-hash.js';
import { AuthEvents } from '../events/auth-events.js';
import { MailLimitedEvent } from '../events/auth.events.js';
import { type ClientInfo, NO_CLIENT } from '../events/client-info.js';
import { SharedCounter } from '../limits/shared-counter.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { CacheStore } from '../ports/cache-store.js';
import { Clock } from '../ports/clock.js';

export interface MailLimitCheck {
  kind: string;
  /** Folded. */
  recipient: string;
  client?: ClientInfo;
  /** User id of who invites. */
  inviter?: string;
}

type Limit = 'recipient' | 'source' | 'inviter';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const PURPOSE = 'mail-limits';

/** Notices tell of what has happened to an account: nobody may use them up with mail that a stranger can cause. Per recipient and kind. */
const NOTICE_PREFIX = 'notice.';
const NOTICES = { perMinute: 5, perHour: 20 };

/**
 * How much mail one request can cause (contract: 2 a minute and 5 an hour per recipient and kind, 20 an hour per source and per inviter).
 * The answer of a room is the same when a limit is reached: nothing is queued, nothing is said.
 *
 * Counted for addresses with and without an account alike, under keyed hashes.
 */
@Injectable()
export class MailLimits {
  /** Apart from the counts of guesses: a flood of addresses must not crowd those out of the memory of this process. */
  private readonly counter: SharedCounter;

  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly ring: KeyRing,
    cache: CacheStore,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {
    this.counter = new SharedCounter(cache, clock, 'Mail is counted');
  }

  /** Counts one message. `false` when it must not be queued; then there was a `mail.limited` event. Never rejects for want of a cache. */
  async allows({ kind, recipient, client = NO_CLIENT, inviter }: MailLimitCheck): Promise<boolean> {
    const { mailLimits } = this.options;
    if (mailLimits === false) return true;
    const isNotice = kind.startsWith(NOTICE_PREFIX);
    const { perMinute, perHour } = isNotice ? NOTICES : mailLimits;
    const { perSource } = mailLimits;
    const to = foldEmail(recipient);
    const counts: [limit: Limit, max: number, window: number, parts: string[]][] = [];
    if (!isNotice && client.ip !== null) counts.push(['source', perSource, HOUR, [sourceOf(client.ip)]]);
    if (!isNotice && inviter !== undefined) counts.push(['inviter', perSource, HOUR, [inviter]]);
    counts.push(['recipient', perMinute, MINUTE, [kind, to]], ['recipient', perHour, HOUR, [kind, to]]);

    for (const [limit, max, window, parts] of counts) {
      if ((await this.count(limit, window, parts)) <= max) continue;
      await this.events.record(new MailLimitedEvent(this.clock.now(), { client }, { kind, limit }));
      return false;
    }
    return true;
  }

  private async count(limit: Limit, window: number, parts: readonly string[]): Promise<number> {
    const hash = keyedHash(this.ring.current(PURPOSE).key, limit, window, ...parts);
    return (await this.counter.add(`auth:mail:${hash}`, window)).count;
  }
}
