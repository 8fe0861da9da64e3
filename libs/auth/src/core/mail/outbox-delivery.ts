import { Logger } from '@nestjs/common';
import { withDeadline } from '../../common/deadline.js';
import { messageOf } from '../../common/message-of.js';
import type { KeyRing } from '../crypto/key-ring.js';
import { Sealer } from '../crypto/sealer.js';
import type { AuthEvents } from '../events/auth-events.js';
import { MailFailedEvent, MailSentEvent } from '../events/auth.events.js';
import type { Clock } from '../ports/clock.js';
import { type Mail, MailRejectedError, type MailTransport } from '../ports/mail-transport.js';
import type { Outbox, OutboxMessage, OutboxOutcome } from '../ports/outbox.js';
import type { UnitOfWork } from '../ports/unit-of-work.js';
import type { MailKinds } from './mail-kinds.js';
import type { OutboxPayload } from './outbox-payload.js';
import { OUTBOX_PURPOSE } from './outbox-purpose.js';
import { sendable } from './sendable-mail.js';

/** Milliseconds. */
const DELIVERY_DEADLINE = 30_000;
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 4 * 3_600_000;
/** Then a message is dead: with the pauses above, after about 22 hours. */
const MAX_ATTEMPTS = 17;
/** How often it is tried to write down that a message was sent, before it is left to be sent again. */
const FINISH_ATTEMPTS = 3;

/** Another worker has taken the message over: what was done for it is undone. */
class ClaimLostError extends Error {}

/** Another process, or this one after the next step of a rotation, can open it. */
class KeyMissingError extends Error {
  constructor() {
    super('the secret that sealed it is not in the key ring');
  }
}

/**
 * Brings one claimed message to its end. It is composed once, in one unit of work with writing down what was composed, and sent as it is
 * until the next hop has taken it: at least once, since a process may die between that and writing it down.
 */
export class OutboxDelivery {
  private readonly logger = new Logger('OutboxDispatcher');
  private readonly sealer: Sealer;
  private isSending = true;
  private missesKey = false;

  constructor(
    private readonly worker: string,
    ring: KeyRing,
    private readonly outbox: Outbox,
    private readonly transport: MailTransport,
    private readonly kinds: MailKinds,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {
    this.sealer = new Sealer(ring, OUTBOX_PURPOSE);
  }

  /** Never rejects. */
  async deliver(message: OutboxMessage): Promise<void> {
    let userId: string | null = null;
    try {
      const content = this.opened(message);
      userId = content?.userId ?? null;
      const mail = content === null ? null : await this.composed(message, content);
      if (mail !== null) await this.send({ ...mail, id: message.id });
      await this.finish(message, mail === null ? 'discarded' : 'sent', userId);
    } catch (error) {
      if (error instanceof ClaimLostError) return;
      await this.failed(message, userId, error);
    }
  }

  private opened({ id, kind, payload }: OutboxMessage): OutboxPayload | null {
    const opened = this.sealer.open(payload, id);
    if (opened !== null) return JSON.parse(opened) as OutboxPayload;
    if (!this.sealer.hasKeyOf(payload)) throw new KeyMissingError();
    this.logger.warn(`Mail of kind ${kind} was discarded: it was altered where it rested`);
    return null;
  }

  private async composed({ id, kind }: OutboxMessage, content: OutboxPayload): Promise<Mail | null> {
    if (content.stage === 'mail') return content.mail;
    const composer = this.kinds.get(kind);
    if (composer === undefined) throw new Error(`no room composes mail of kind "${kind}"`);
    return this.units.run(async () => {
      const mail = await composer.compose(content.job);
      if (mail === null) return null;
      const next: OutboxPayload = { stage: 'mail', mail: sendable(mail), userId: content.userId };
      if (!(await this.outbox.rewrite(id, this.worker, this.sealer.seal(JSON.stringify(next), id)))) throw new ClaimLostError();
      return mail;
    });
  }

  private async send(mail: Mail): Promise<void> {
    const sent = this.transport.send(sendable(mail));
    await withDeadline(sent, DELIVERY_DEADLINE, () => new Error('no answer in time'));
    if (!this.isSending) this.logger.log('Mail is sent again');
    this.isSending = true;
  }

  /** The message has left, or nobody is to get one: if that cannot be written down, the claim runs out and it is sent again. */
  private async finish({ id, kind, attempts }: OutboxMessage, outcome: OutboxOutcome, userId: string | null): Promise<void> {
    for (let attempt = 1; attempt <= FINISH_ATTEMPTS; attempt += 1) {
      try {
        const isMine = await this.outbox.finish(id, this.worker, outcome, this.clock.now());
        if (isMine && outcome === 'sent') {
          await this.events.record(new MailSentEvent(this.clock.now(), { user: userId }, { kind, attempts }));
        }
        return;
      } catch (error) {
        this.logger.debug(`The outbox could not be written: ${reasonOf(error)}`);
      }
    }
  }

  private async failed({ id, kind, attempts }: OutboxMessage, userId: string | null, error: unknown): Promise<void> {
    const now = this.clock.now();
    const dead = error instanceof MailRejectedError || attempts >= MAX_ATTEMPTS;
    this.report(kind, attempts, dead, error);
    try {
      const isMine = dead
        ? await this.outbox.finish(id, this.worker, 'dead', now)
        : await this.outbox.retry(id, this.worker, now + pauseAfter(attempts));
      if (isMine && (dead || attempts === 1)) {
        await this.events.record(new MailFailedEvent(now, { user: userId }, { kind, attempts, dead, reason: categoryOf(error) }));
      }
    } catch (storeError) {
      // The claim runs out, and the message is taken up again.
      this.logger.debug(`The outbox could not be written: ${reasonOf(storeError)}`);
    }
  }

  /** One line when sending begins to fail and one for each message that is given up, however many wait. */
  private report(kind: string, attempts: number, dead: boolean, error: unknown): void {
    if (dead) this.logger.error(`Mail of kind ${kind} was given up at attempt ${attempts}: ${reasonOf(error)}`);
    if (error instanceof KeyMissingError) {
      // Says nothing about the next hop, and other mail leaves meanwhile.
      if (!dead && !this.missesKey) this.logger.warn(`Some mail cannot be opened and will be tried again: ${reasonOf(error)}`);
      this.missesKey = true;
      return;
    }
    if (!dead && this.isSending) this.logger.warn(`Mail is not being sent and will be tried again: ${reasonOf(error)}`);
    if (!(error instanceof MailRejectedError)) this.isSending = false;
  }
}

/** 5 s, doubled each time, up to 4 h, and a fifth more or less, so that messages that failed together do not come back together. */
export const pauseAfter = (attempts: number): number =>
  Math.round(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1)) * (0.8 + Math.random() * 0.4));

function categoryOf(error: unknown): MailFailedEvent['data']['reason'] {
  if (error instanceof MailRejectedError) return 'rejected';
  return error instanceof KeyMissingError ? 'key_missing' : 'failed';
}

/** One line for the log: servers like to repeat addresses, which have no place there. */
export function reasonOf(error: unknown): string {
  return messageOf(error)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\S+@\S+/g, '…')
    .slice(0, 200);
}
