/** One row of the audit log: who did what, when, from where. */
export interface AuditEntry {
  /** An event's name, e.g. `session.created`. */
  event: string;
  at: number;
  userId: string | null;
  sessionId: string | null;
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
  /** Never a secret. */
  data: Record<string, unknown>;
}

export interface AuditQuery {
  userId?: string;
  event?: string;
  /** Milliseconds; rows of this time or later. */
  from?: number;
  /** Milliseconds; rows before this time. */
  to?: number;
  /** Keyset: rows older than this row's id. */
  before?: string;
  /** At most 500. */
  limit: number;
}

export interface StoredAuditEntry extends AuditEntry {
  id: string;
}

/**
 * Insert-only, but for retention. Rows are written in the unit of work of what they record: no change without its row, no row without its
 * change.
 */
export abstract class AuditLog {
  /** One statement, however many entries. */
  abstract append(entries: readonly AuditEntry[]): Promise<void>;
  /** Newest first. */
  abstract find(query: AuditQuery): Promise<StoredAuditEntry[]>;
  /** Removes at most `limit` rows of before this time; returns how many. Asked by retention and by nothing else. */
  abstract deleteOlder(before: number, limit: number): Promise<number>;
}
