import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { withDeadline } from '../../common/deadline.js';
import { OutsideContext } from '../../common/outside-context.js';
import { KeyRing } from '../crypto/key-ring.js';
import { randomToken } from '../crypto/random.js';
import { AuthEvents } from '../events/auth-events.js';
import { BootCheck } from '../ports/boot-check.js';
import { Clock } from '../ports/clock.js';
import { MailTransport } from '../ports/mail-transport.js';
import { Outbox, type OutboxMessage } from '../ports/outbox.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import { MailKinds } from './mail-kinds.js';
import { NoMail } from './no-mail.js';
import { OutboxDelivery, reasonOf } from './outbox-delivery.js';

/** How often the outbox is looked at without a commit of this process waking it. Milliseconds. */
const POLL_EVERY = 1_000;
/** Milliseconds between a commit and the look that it causes, at least; and as much again by chance. */
const AFTER_COMMIT = 50;
/** Longer than a delivery may take with all its statements, so that nobody else takes a message that is being sent. Milliseconds. */
const LEASE = 60_000;
const MAX_IN_FLIGHT = 20;
/** How long a closing application waits for what is being sent. The rest is sent again, by whoever claims it next. */
const FAREWELL = 5_000;

/**
 * Sends what is in the outbox. Every process runs one; a claimed message belongs to one of them until the claim is over, so that what a
 * dead process held is sent by another.
 */
@Injectable()
export class OutboxDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('OutboxDispatcher');
  private readonly worker = randomToken(16);
  private readonly delivery: OutboxDelivery;
  /** A commit that wakes the dispatcher must not lend it its transaction. */
  private readonly outside = new OutsideContext();
  private readonly inFlight = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  private round: Promise<void> | undefined;
  private again = false;
  private hasMore = false;
  private isStopped = false;
  private isReadable = true;

  constructor(
    ring: KeyRing,
    private readonly outbox: Outbox,
    private readonly transport: MailTransport,
    private readonly kinds: MailKinds,
    units: UnitOfWork,
    events: AuthEvents,
    private readonly clock: Clock,
    @Optional() private readonly boot?: BootCheck,
  ) {
    this.delivery = new OutboxDelivery(this.worker, ring, outbox, transport, kinds, units, events, clock);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.boot?.passed();
    if (this.isStopped || this.boot?.isServing === false) return;
    if (this.transport instanceof NoMail || this.kinds.all.length === 0) return;
    this.timer = setInterval(() => this.wake(), POLL_EVERY).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.isStopped = true;
    await withDeadline(this.quiet(), FAREWELL, () => new Error('late')).catch(() =>
      this.logger.warn('Mail was still being sent when the application closed; it will be sent again'),
    );
  }

  /**
   * Looks into the outbox in a moment, when the answer to the request that has queued a message has left: what composing costs, and
   * whether anybody is written to at all, is not part of its time.
   */
  wakeSoon(): void {
    // The application sends what a command has queued.
    if (this.isStopped || this.boot?.isServing === false) return;
    this.soon ??= setTimeout(
      () => {
        this.soon = undefined;
        this.wake();
      },
      AFTER_COMMIT * (1 + Math.random()),
    ).unref();
  }

  /** Looks into the outbox now. Never rejects, never waits. */
  wake(): void {
    if (this.isStopped) return;
    this.again = true;
    this.round ??= this.outside
      .run(() => this.work())
      .finally(() => {
        this.round = undefined;
        // Woken between the last look and now.
        if (this.again) this.wake();
      });
  }

  /** Resolves when everything that is due has been tried; for tests, the command line and jobs. */
  async drain(): Promise<void> {
    this.wake();
    await this.quiet();
  }

  private async quiet(): Promise<void> {
    while (this.round !== undefined || this.inFlight.size > 0) await Promise.all([this.round, ...this.inFlight]);
  }

  private async work(): Promise<void> {
    while (this.again && !this.isStopped) {
      this.again = false;
      try {
        await this.claim();
        if (!this.isReadable) this.logger.log('The outbox can be read again');
        this.isReadable = true;
      } catch (error) {
        if (this.isReadable) this.logger.warn(`The outbox cannot be read: ${reasonOf(error)}`);
        this.isReadable = false;
      }
    }
  }

  private async claim(): Promise<void> {
    const limit = MAX_IN_FLIGHT - this.inFlight.size;
    const kinds = this.kinds.all.map(({ kind }) => kind);
    if (limit <= 0 || kinds.length === 0) return;
    const now = this.clock.now();
    const claimed = await this.outbox.claim({ worker: this.worker, kinds, now, until: now + LEASE, limit });
    this.hasMore = claimed.length === limit;
    for (const message of claimed) this.begin(message);
  }

  private begin(message: OutboxMessage): void {
    const delivery: Promise<void> = this.delivery.deliver(message).finally(() => {
      this.inFlight.delete(delivery);
      // Half at a time rather than one by one: a claim is a statement.
      if (this.hasMore && this.inFlight.size <= MAX_IN_FLIGHT / 2) this.wake();
    });
    this.inFlight.add(delivery);
  }
}
