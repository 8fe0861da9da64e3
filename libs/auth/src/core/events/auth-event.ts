import type { AuthUser } from '../ports/user.repository.js';
import type { ClientInfo } from './client-info.js';
import { NO_CLIENT } from './client-info.js';

export interface AuthEventSubject {
  user?: Pick<AuthUser, 'id'> | string | null;
  sessionId?: string | null;
  client?: ClientInfo;
}

/**
 * A fact: something happened and is committed. Events hold ids and data, never an entity, a token, a code or a hash.
 * What security relies on is a policy, never an event.
 */
export abstract class AuthEvent<Data extends object = object> implements ClientInfo {
  /** The event's name in `@OnAuthEvent`, logs and audit rows. */
  static readonly type: string;
  /** Whether the fact is written to the audit log, in the unit of work of what it tells of. */
  static readonly audited: boolean = true;

  readonly userId: string | null;
  readonly sessionId: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;

  constructor(
    /** Milliseconds since the epoch. */
    readonly at: number,
    subject: AuthEventSubject,
    readonly data: Data,
  ) {
    const { user, client = NO_CLIENT } = subject;
    this.userId = user === undefined || user === null ? null : String(typeof user === 'string' ? user : user.id);
    this.sessionId = subject.sessionId ?? null;
    this.ip = client.ip;
    this.userAgent = client.userAgent;
    this.requestId = client.requestId;
  }

  get type(): string {
    return (this.constructor as typeof AuthEvent).type;
  }
}
