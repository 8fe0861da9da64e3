/** A message on its way. Times are milliseconds since the epoch. */
export interface OutboxMessage {
  /** 22 characters of base64url. */
  id: string;
  /** What it is, e.g. `password-reset`: who composes it goes by that. */
  kind: string;
  /** Of two messages with one key only the first is kept, as long as its row is there; `null` for messages that may repeat. */
  dedupKey: string | null;
  /** Sealed. */
  payload: string;
  /** How often it was claimed, this time included. */
  attempts: number;
  createdAt: number;
}

export interface NewOutboxMessage {
  id: string;
  kind: string;
  dedupKey: string | null;
  /** Sealed; at most 64 KiB. */
  payload: string;
  createdAt: number;
  /** Not to be claimed before. */
  availableAt: number;
}

export interface OutboxClaim {
  /** Names the dispatcher. */
  worker: string;
  /** Only messages that this process can compose. Not empty. */
  kinds: readonly string[];
  now: number;
  /** The claim is over at this time; then another dispatcher may take the message. */
  until: number;
  /** At most 100. */
  limit: number;
}

/** How a message ends: handed over, nobody to write to, or given up. */
export type OutboxOutcome = 'sent' | 'discarded' | 'dead';

export interface OutboxBacklog {
  pending: number;
  dead: number;
  /** When the oldest pending message was written; `null` when there is none. */
  oldestCreatedAt: number | null;
}

/**
 * Mail that leaves after commit, at least once: table `auth_outbox`. Written in the unit of work of what causes it, for accounts that do not
 * exist too.
 *
 * A message is pending until it is finished. A claim is a lease: `rewrite`, `finish` and `retry` are single conditional statements and
 * change nothing once another worker has taken the message over.
 */
export abstract class Outbox {
  /** One statement, in the current unit of work. `false` when a message with the same `dedupKey` is there. */
  abstract enqueue(message: NewOutboxMessage): Promise<boolean>;

  /**
   * Takes the pending messages that are due and not claimed, those that are due longest first. Of several dispatchers at once each message
   * goes to exactly one, and none waits for another where the database can skip locked rows.
   */
  abstract claim(claim: OutboxClaim): Promise<OutboxMessage[]>;

  /** Replaces the payload of a message that `worker` holds, in the current unit of work. `false` when it has lost its claim. */
  abstract rewrite(id: string, worker: string, payload: string): Promise<boolean>;

  /** Ends a message that `worker` holds and erases its payload. `false` when it has lost its claim. */
  abstract finish(id: string, worker: string, outcome: OutboxOutcome, now: number): Promise<boolean>;

  /** Gives a message back, to be tried again at `availableAt`. `false` when `worker` has lost its claim. */
  abstract retry(id: string, worker: string, availableAt: number): Promise<boolean>;

  abstract backlog(): Promise<OutboxBacklog>;

  /** Removes at most `limit` messages that were finished before `before`; returns how many. */
  abstract deleteFinished(before: number, limit: number): Promise<number>;
}
