import { SessionRevokedException } from '../errors/auth.errors.js';
import type { Session, SessionDelivery } from '../ports/session.repository.js';
import type { AuthUser } from '../ports/user.repository.js';

/** Finds the user of a session; kept apart so that a request pays for it only when it asks. */
export interface UserLoader {
  findById(id: string): Promise<AuthUser | null>;
}

/** What `request.auth` holds on a route that was entered with a session. */
export class Authentication {
  /** Milliseconds that the store was asked for to admit this request. */
  askedFor = 0;
  private loaded: Promise<AuthUser> | undefined;

  constructor(
    /** Shared with other requests: read, never change it. */
    readonly session: Readonly<Session>,
    /** How the credential travelled in this request. */
    readonly via: SessionDelivery,
    private readonly users: UserLoader,
  ) {}

  get userId(): string {
    return this.session.userId;
  }

  /** The host's user entity, read once per request. @throws SessionRevokedException when the account is gone */
  user(): Promise<AuthUser> {
    this.loaded ??= this.users.findById(this.session.userId).then((user) => {
      if (user === null) throw new SessionRevokedException();
      return user;
    });
    return this.loaded;
  }
}
