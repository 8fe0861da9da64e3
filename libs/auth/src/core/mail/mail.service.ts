import { Injectable } from '@nestjs/common';
import { KeyRing } from '../crypto/key-ring.js';
import { keyedHash } from '../crypto/keyed-hash.js';
import { randomToken } from '../crypto/random.js';
import { Sealer } from '../crypto/sealer.js';
import { AuthEvents } from '../events/auth-events.js';
import { MailQueuedEvent } from '../events/auth.events.js';
import { type ClientInfo, NO_CLIENT } from '../events/client-info.js';
import { Clock } from '../ports/clock.js';
import { MailTransport } from '../ports/mail-transport.js';
import { Outbox } from '../ports/outbox.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import { type MailJob, MailKinds } from './mail-kinds.js';
import { NoMail } from './no-mail.js';
import { OutboxDispatcher } from './outbox-dispatcher.js';
import { OUTBOX_PURPOSE } from './outbox-purpose.js';
import type { OutboxPayload } from './outbox-payload.js';

/** Characters; what is composed of it has to fit the 64 KiB of a column, too. */
const MAX_PAYLOAD = 16_384;

export interface MailRequest {
  /** Registered by a room. */
  kind: string;
  /** What the room composes the message from: never a token. */
  job: MailJob;
  /** Of two messages of one kind and key only the first is sent, for a week at least. Only its keyed hash is stored. */
  dedupKey?: string;
  /** For the events. */
  userId?: string;
  client?: ClientInfo;
}

/** Puts mail into the outbox, in the unit of work of what causes it; the dispatcher sends it after the commit. */
@Injectable()
export class MailService {
  private readonly sealer: Sealer;

  constructor(
    private readonly ring: KeyRing,
    private readonly outbox: Outbox,
    private readonly transport: MailTransport,
    private readonly kinds: MailKinds,
    private readonly dispatcher: OutboxDispatcher,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {
    this.sealer = new Sealer(ring, OUTBOX_PURPOSE);
  }

  /** Whether this application can send mail at all. */
  get isAvailable(): boolean {
    return !(this.transport instanceof NoMail);
  }

  /**
   * One insert, the same for an address that has an account and for one that has none: who is written to is decided when the message is
   * composed. In the current unit of work, if there is one.
   *
   * @throws TypeError when no room composes this kind, or the application has no transport
   */
  async queue({ kind, job, dedupKey, userId, client = NO_CLIENT }: MailRequest): Promise<void> {
    if (!this.isAvailable) throw new TypeError('This application has no mail transport');
    if (this.kinds.get(kind) === undefined) throw new TypeError(`No room composes mail of kind "${kind}"`);
    const id = randomToken(16);
    const now = this.clock.now();
    const content: OutboxPayload = { stage: 'job', job, userId: userId ?? null };
    const payload = this.sealer.seal(JSON.stringify(content), id);
    if (payload.length > MAX_PAYLOAD)
      throw new TypeError(`A job of mail of kind "${kind}" is too large: it holds ids and addresses`);
    const isNew = await this.outbox.enqueue({
      id,
      kind,
      dedupKey: dedupKey === undefined ? null : keyedHash(this.ring.current(OUTBOX_PURPOSE).key, kind, dedupKey),
      payload,
      createdAt: now,
      availableAt: now,
    });
    if (!isNew) return;
    await this.events.record(new MailQueuedEvent(now, { user: userId, client }, { kind }));
    this.units.afterCommit(() => this.dispatcher.wakeSoon());
  }
}
