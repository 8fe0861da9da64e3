import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../common/message-of.js';
import { OutsideContext } from '../../common/outside-context.js';
import { AccessDeniedEvent } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import { Clock } from '../ports/clock.js';
import { ClientReader } from './client-reader.js';
import type { HttpRequest } from './http-request.js';

/** What somebody may not do: one of the roles, or all of the permissions, would have been needed. */
export interface DeniedAccess {
  /** Class and method, e.g. `OrdersController.remove`; never the URL, which may carry anything. */
  handler: string;
  required: readonly string[];
}

/** Milliseconds. */
const ONCE_IN = 60_000;
/** Pairs of user and handler that are remembered. */
const MAX_REMEMBERED = 1_000;

/**
 * Tells of refused authorisation (ASVS 5.0 16.3.2) without letting who is refused flood the log: of one user at one handler at most one event
 * a minute and process, off the request, whose answer neither waits for it nor depends on it.
 */
@Injectable()
export class AccessDenials implements BeforeApplicationShutdown {
  private readonly logger = new Logger('AccessDenials');
  private readonly outside = new OutsideContext();
  /** Oldest first. */
  private readonly told = new Map<string, number>();
  private readonly writing = new Set<Promise<void>>();

  constructor(
    private readonly events: AuthEvents,
    private readonly clients: ClientReader,
    private readonly clock: Clock,
  ) {}

  /** @param request with the session that was not enough */
  note(request: HttpRequest, { handler, required }: DeniedAccess): void {
    const { auth } = request;
    if (auth === undefined || !this.isNews(`${auth.userId} ${handler}`)) return;
    const subject = { user: auth.userId, sessionId: auth.session.id, client: this.clients.read(request) };
    const event = new AccessDeniedEvent(this.clock.now(), subject, { handler, required: [...required] });
    const write = this.outside
      .run(() => this.events.record(event))
      .catch((error: unknown) => this.logger.warn(`A refusal was not written: ${messageOf(error)}`))
      .finally(() => this.writing.delete(write));
    this.writing.add(write);
  }

  /** Resolves once what was noted so far is written or given up. */
  async drain(): Promise<void> {
    await Promise.all(this.writing);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.drain();
  }

  private isNews(key: string): boolean {
    const now = this.clock.now();
    const last = this.told.get(key);
    if (last !== undefined && now - last < ONCE_IN) return false;
    this.told.delete(key);
    this.told.set(key, now);
    if (this.told.size > MAX_REMEMBERED) this.told.delete(this.told.keys().next().value!);
    return true;
  }
}
