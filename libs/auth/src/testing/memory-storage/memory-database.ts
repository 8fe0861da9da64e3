import { AsyncScope } from '../../common/async-scope.js';
import { AsyncLock } from '../../common/async-lock.js';
import { STORE_DEADLINE_MS, withDeadline } from '../../common/deadline.js';
import { SharedTime } from '../../common/shared-time.js';
import { StoreUnavailableException } from '../../core/errors/auth.errors.js';
import type { AttemptBucket } from '../../core/ports/attempt.repository.js';
import type { StoredAuditEntry } from '../../core/ports/audit-log.js';
import type { OneTimeToken } from '../../core/ports/one-time-token.repository.js';
import type { NewOutboxMessage, OutboxOutcome } from '../../core/ports/outbox.js';
import type { RevocationKind } from '../../core/ports/revocation-log.js';
import type { Session } from '../../core/ports/session.repository.js';
import type { AuthUser } from '../../core/ports/user.repository.js';
import type { Invitation } from '../../features/invitation/invitation.ports.js';

/** A user as the in-memory store keeps it; profile fields are further properties. */
export interface MemoryUserRow extends AuthUser {
  id: string;
  passwordHash: string | null;
}

export interface MemoryRevocationRow {
  id: string;
  kind: RevocationKind;
  subject: string;
  /** By the process's monotonic clock, which stands for the database's. */
  at: number;
}

export interface MemoryOutboxRow extends Omit<NewOutboxMessage, 'payload'> {
  payload: string | null;
  status: 'pending' | OutboxOutcome;
  attempts: number;
  claimedBy: string | null;
}

export interface MemoryLease {
  holder: string;
  /** By the process's monotonic clock, which stands for the database's. */
  until: number;
}

/** Rows are replaced, never changed in place, so that a copy of the maps is a snapshot. */
export class MemoryTables {
  users = new Map<string, MemoryUserRow>();
  sessions = new Map<string, Session>();
  tokens = new Map<string, OneTimeToken>();
  attempts = new Map<string, AttemptBucket & { touchedAt: number }>();
  roles = new Map<string, readonly string[]>();
  /** Role names by user id. */
  grants = new Map<string, readonly string[]>();
  outbox = new Map<string, MemoryOutboxRow>();
  invitations = new Map<string, Invitation>();
  leases = new Map<string, MemoryLease>();
  audit: readonly StoredAuditEntry[] = [];
  revocations: readonly MemoryRevocationRow[] = [];

  copy(): MemoryTables {
    const copy = new MemoryTables();
    copy.users = new Map(this.users);
    copy.sessions = new Map(this.sessions);
    copy.tokens = new Map(this.tokens);
    copy.attempts = new Map(this.attempts);
    copy.roles = new Map(this.roles);
    copy.grants = new Map(this.grants);
    copy.outbox = new Map(this.outbox);
    copy.invitations = new Map(this.invitations);
    copy.leases = new Map(this.leases);
    copy.audit = this.audit;
    copy.revocations = this.revocations;
    return copy;
  }
}

/** One running unit of work. */
export interface MemoryUnit {
  state: 'open' | 'committed' | 'rolledBack';
  /** What the unit sees and writes; becomes the store's tables at commit. */
  tables: MemoryTables;
  effects: (() => void)[];
}

/** The tables of one application, with units that run one after the other. */
export class MemoryDatabase {
  /** That statements and units have. */
  readonly time = new SharedTime(STORE_DEADLINE_MS, late);
  private readonly lock = new AsyncLock();
  private readonly units = new AsyncScope<MemoryUnit>();
  private tables = new MemoryTables();

  /** The unit of the calling context while it runs. */
  get unit(): MemoryUnit | undefined {
    const unit = this.units.current;
    return unit?.state === 'open' ? unit : undefined;
  }

  /** Runs one statement: in the caller's unit, or by itself once no unit is running. */
  async execute<T>(statement: (tables: MemoryTables) => T): Promise<T> {
    const unit = this.units.current;
    // What a rolled-back unit still tries to write must not land outside of it.
    if (unit?.state === 'rolledBack') throw new StoreUnavailableException();
    if (unit?.state === 'open') return statement(unit.tables);

    return this.time.spend(async (ms) => {
      const release = await this.enter(ms);
      try {
        return statement(this.tables);
      } finally {
        release();
      }
    });
  }

  /** Runs `work` as one unit on a copy of the tables, which replaces them when it has succeeded in time. */
  transact<T>(work: () => Promise<T>): Promise<T> {
    return this.time.spend((ms) => this.transactWithin(ms, work));
  }

  private async transactWithin<T>(ms: number, work: () => Promise<T>): Promise<T> {
    const until = performance.now() + ms;
    const release = await this.enter(ms);
    const unit: MemoryUnit = { state: 'open', tables: this.tables.copy(), effects: [] };
    try {
      const result = await withDeadline(this.units.run(unit, work), until - performance.now(), late);
      this.tables = unit.tables;
      unit.state = 'committed';
      return result;
    } finally {
      if (unit.state === 'open') unit.state = 'rolledBack';
      release();
      if (unit.state === 'committed') this.units.exit(() => runEffects(unit.effects));
    }
  }

  private async enter(ms: number): Promise<() => void> {
    const release = await this.lock.acquire(ms);
    if (release === null) throw late();
    return release;
  }
}

const late = (): Error => new StoreUnavailableException();

function runEffects(effects: readonly (() => void)[]): void {
  for (const effect of effects) {
    try {
      effect();
    } catch {
      // The work is committed: what an effect throws is nobody's answer.
    }
  }
}

/** A look-up with nothing to look for finds nothing. */
export const isPresent = (value: string | null | undefined): value is string => typeof value === 'string' && value !== '';
