import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../ports/clock.js';
import { type Session, type SessionRekeying, SessionRepository } from '../ports/session.repository.js';
import { type LookUps, RevocableMemory } from './revocable-memory.js';
import { Revocations } from './revocations.js';

/** What SQL says of a session, and was true less than a second ago. */
export type SessionStanding =
  | { status: 'live'; session: Session }
  /** Ended, or its owner's account is gone, disabled, locked or has newer credentials. */
  | { status: 'revoked' }
  /** Past its idle or absolute time. */
  | { status: 'expired' }
  /** No such session: never was, or expired so long ago that it was cleaned up. */
  | { status: 'unknown' };

interface Remembered {
  standing: SessionStanding;
  /** Final: no session comes back from it, so that a revoked token costs SQL once. */
  dead: boolean;
  /** Activity is written when this time is reached. */
  touchDueAt: number;
  /** A cookie under an older key was about to be written under the newest. */
  isRekeyed?: boolean;
}

/** Activity is written at most once a minute… */
const TOUCH_EVERY = 60_000;
/** …or four times in an idle timeout, if that is more often. */
const TOUCHES_PER_IDLE_TIMEOUT = 4;

const isLive = ({ idleExpiresAt, absoluteExpiresAt }: Session, now: number): boolean =>
  idleExpiresAt > now && absoluteExpiresAt > now;

const touchInterval = (idleTimeout: number): number => Math.min(TOUCH_EVERY, idleTimeout / TOUCHES_PER_IDLE_TIMEOUT);

/**
 * Whether a session lives: the question of every request, answered from memory without I/O while the revocation log is fresh.
 *
 * Ask {@link peek} first and {@link load} when it does not know. The sessions it hands out are shared: read, never change them.
 */
@Injectable()
export class SessionStates implements BeforeApplicationShutdown {
  private readonly logger = new Logger(SessionStates.name);
  private readonly memory: RevocableMemory<Remembered>;
  private readonly touches = new Set<Promise<void>>();

  constructor(
    private readonly sessions: SessionRepository,
    revocations: Revocations,
    private readonly clock: Clock,
  ) {
    this.memory = new RevocableMemory<Remembered>(revocations, clock, {
      read: (id) => this.read(id),
      kinds: ['session'],
      ownerOf: ({ standing }) => (standing.status === 'live' ? standing.session.userId : undefined),
      worthKeeping: ({ standing, dead }) => dead || standing.status === 'live',
    });
  }

  /** How many sessions this process remembers. */
  get size(): number {
    return this.memory.size;
  }

  /** How the question was answered so far. */
  get lookUps(): Readonly<LookUps> {
    return this.memory.lookUps;
  }

  /** The session if it is known here to live. `undefined` says nothing: ask {@link load}. @param now the {@link Clock}'s time */
  peek(id: string, now: number): Session | undefined {
    const standing = this.memory.peek(id, now)?.standing;
    return standing?.status === 'live' && isLive(standing.session, now) ? standing.session : undefined;
  }

  /**
   * From memory, else by one SQL statement. A session that memory takes for expired is read again, since another node may have prolonged it.
   *
   * @throws StoreUnavailableException when SQL cannot answer in time
   */
  async load(id: string): Promise<SessionStanding> {
    const { standing } = await this.memory.load(id);
    if (standing.status !== 'live' || isLive(standing.session, this.clock.now())) return standing;
    return (await this.memory.reload(id)).standing;
  }

  /** From SQL whatever memory says: for a decision that memory, which may be half a second old, would refuse. */
  async reload(id: string): Promise<SessionStanding> {
    return (await this.memory.reload(id)).standing;
  }

  /**
   * Notes that the session was used. Writes it in the background, and only when it is due; a write that fails is nobody's error.
   *
   * @param rekeying of a cookie that is kept under an older key: due at once, so that the key can go when the overlap is over
   */
  seen(session: Session, now: number, rekeying: SessionRekeying | null = null): void {
    const idleTimeout = session.idleExpiresAt - session.lastSeenAt;
    // Also while the log is not fresh, as in the first request after the process was suspended: the row decides whether it is alive.
    const remembered = this.memory.recall(session.id);
    if (remembered === undefined) return;
    const isRekeying = rekeying !== null && remembered.isRekeyed !== true;
    if ((remembered.touchDueAt > now && !isRekeying) || remembered.standing.status !== 'live') return;
    remembered.isRekeyed ||= isRekeying;
    remembered.touchDueAt = now + touchInterval(idleTimeout);
    const write = this.touch(remembered, remembered.standing.session, now, idleTimeout, isRekeying ? rekeying : null);
    const touch = write.finally(() => this.touches.delete(touch));
    this.touches.add(touch);
  }

  /** Resolves once the activity noted so far is written or given up. */
  async drain(): Promise<void> {
    await Promise.all(this.touches);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.drain();
  }

  private async read(id: string): Promise<Remembered> {
    const state = await this.sessions.findState(id);
    if (state === null) return { standing: { status: 'unknown' }, dead: false, touchDueAt: Infinity };
    const { session, ownerHolds } = state;
    const ended = session.revokedAt !== null;
    if (ended || !ownerHolds) return { standing: { status: 'revoked' }, dead: ended, touchDueAt: Infinity };
    if (!isLive(session, this.clock.now())) return { standing: { status: 'expired' }, dead: false, touchDueAt: Infinity };
    const touchDueAt = session.lastSeenAt + touchInterval(session.idleExpiresAt - session.lastSeenAt);
    return { standing: { status: 'live', session }, dead: false, touchDueAt };
  }

  private async touch(
    remembered: Remembered,
    session: Session,
    now: number,
    idleTimeout: number,
    rekeying: SessionRekeying | null,
  ): Promise<void> {
    const idleExpiresAt = Math.min(now + idleTimeout, session.absoluteExpiresAt);
    try {
      await this.sessions.touch({ id: session.id, lastSeenAt: now, idleExpiresAt });
      if (rekeying !== null && !(await this.sessions.rekey(rekeying))) {
        // Another node was first, or the session has other secrets by now.
        await this.memory.reload(session.id);
        return;
      }
    } catch (error) {
      this.logger.debug(`Activity of a session was not written: ${String(error)}`);
      return;
    }
    // Memory moves only with the row, or it would keep alive here what SQL has let expire.
    const secret = rekeying === null ? {} : { secretHash: rekeying.secretHash, keyId: rekeying.keyId };
    const touched: Session = { ...session, ...secret, lastSeenAt: now, idleExpiresAt };
    const next = { ...remembered, isRekeyed: false, standing: { status: 'live' as const, session: touched } };
    this.memory.replace(session.id, remembered, next);
  }
}
