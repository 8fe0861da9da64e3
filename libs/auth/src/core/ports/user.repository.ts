/**
 * What the library reads of a user. The host's own entity is one of these (by extending `LatchkeyUser` or `LatchkeyAccount`),
 * and is the one entity that crosses a port.
 */
export interface AuthUser {
  /** The host's own id; everywhere in the library it is `String(id)`. */
  id: string | number;
  /** Folded: trimmed, NFC, case-folded. */
  email: string;
  emailConfirmedAt: Date | null;
  name: string | null;
  /** Set while an administrator has switched the account off. */
  disabledAt: Date | null;
  /** Set while the account is locked by hand or by the hard stop. */
  lockedAt: Date | null;
  /** Grows with every act that ends all sessions; a session of an older version is dead, whenever it was inserted. */
  credentialsVersion: number;
  /** Grows with every change of address; one-time tokens are bound to it. */
  emailVersion: number;
  createdAt: Date;
}

/** A user together with the stored hash, which is never part of the entity as loaded elsewhere. */
export interface UserWithPassword {
  user: AuthUser;
  /** Self-describing hash, or `null` for an account without a password. */
  passwordHash: string | null;
  /** Names of the roles held, so that a sign-in needs no statement of its own for them. */
  roles: string[];
}

export interface NewUser {
  /** Folded. */
  email: string;
  passwordHash: string | null;
  emailConfirmedAt: Date | null;
  createdAt: Date;
  /** Fields of the host's profile and what sign-up policies added; keys are properties of the entity. */
  profile: Record<string, unknown>;
}

/** An account as another system had it. */
export interface ImportedUser extends NewUser {
  disabledAt: Date | null;
}

export interface PasswordReplacement {
  passwordHash: string | null;
  /** When given, the change happens only while the stored hash is still this one. */
  ifHash?: string | null;
}

export interface EmailChange {
  /** Folded. */
  email: string;
  /** The change happens only while the account's `emailVersion` is this one. */
  ifEmailVersion: number;
  /** When the new address was proved; `null` when it was not. */
  confirmedAt: Date | null;
}

export interface EmailClaim {
  /** The claim happens only while the account's `emailVersion` is this one, and its address is not confirmed. */
  ifEmailVersion: number;
  /** Replaces whatever password the account had. */
  passwordHash: string | null;
  at: Date;
}

export interface UserPage {
  /** Ids greater than this one, in the store's own order of ids. */
  after?: string;
  /** At most 1,000. */
  limit: number;
}

/**
 * Accounts. E-mail addresses reach it folded and are compared byte by byte (`josé@` is not `jose@`).
 *
 * Every look-up with a missing value (`undefined`, `null`, `''`) finds nothing. Ids that cannot be the store's (a word where ids
 * are integers, a number out of range, over 64 characters) are not found, never an error.
 */
export abstract class UserRepository {
  abstract findById(id: string): Promise<AuthUser | null>;
  abstract findByEmail(email: string): Promise<AuthUser | null>;
  /** One statement; used by sign-in. */
  abstract findByEmailWithPassword(email: string): Promise<UserWithPassword | null>;
  /** One statement; used by step-up, password change and deletion. */
  abstract findByIdWithPassword(id: string): Promise<UserWithPassword | null>;

  /**
   * Uniqueness of the address is decided by the database: of N parallel inserts of one address exactly one succeeds.
   *
   * @throws EmailTakenException when the address has an account
   * @throws ValidationFailedException when a profile value does not fit the store
   */
  abstract insert(user: NewUser): Promise<AuthUser>;

  /** Those of at most 1,000 folded addresses that have an account. */
  async takenEmails(emails: readonly string[]): Promise<ReadonlySet<string>> {
    const taken = new Set<string>();
    for (const email of emails) if ((await this.findByEmail(email)) !== null) taken.add(email);
    return taken;
  }

  /**
   * Inserts many accounts inside the current unit of work, which is of no use any more when this throws. For imports: stores that can, do it
   * in one statement.
   *
   * @returns ids by address
   * @throws EmailTakenException when one of the addresses has an account
   * @throws ValidationFailedException when a value does not fit the store
   */
  async insertAll(users: readonly ImportedUser[]): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>();
    for (const { disabledAt, ...user } of users) {
      const id = String((await this.insert(user)).id);
      if (disabledAt !== null) await this.setDisabled(id, disabledAt);
      ids.set(user.email, id);
    }
    return ids;
  }

  /** Properties of an account that its profile can fill; `null` when the store takes any. */
  profileFields(): readonly string[] | null {
    return null;
  }

  /** Sets profile fields only; `null` when the account is gone. @throws ValidationFailedException as {@link insert} */
  abstract updateProfile(id: string, profile: Record<string, unknown>): Promise<AuthUser | null>;

  /**
   * Sets or removes the password and increments `credentialsVersion` in the same statement.
   * Returns the new version, or `null` when the account is gone or `ifHash` no longer holds.
   */
  abstract replacePassword(id: string, replacement: PasswordReplacement): Promise<number | null>;

  /** Stores a stronger hash of the same password, only while the stored one is still `from`. Does not touch the version. */
  abstract upgradePasswordHash(id: string, from: string, to: string): Promise<boolean>;

  /** Switches the account off (a date) or on (`null`); switching off increments `credentialsVersion`. `false` when it is gone. */
  abstract setDisabled(id: string, at: Date | null): Promise<boolean>;

  /** Locks (a date) or unlocks (`null`); locking increments `credentialsVersion`. `false` when it is gone. */
  abstract setLocked(id: string, at: Date | null): Promise<boolean>;

  /** Marks the address as confirmed, only while `emailVersion` is the given one. */
  abstract confirmEmail(id: string, emailVersion: number, at: Date): Promise<boolean>;

  /**
   * Gives an account that nobody had proved the address of to whoever has: confirms the address, replaces the password and increments
   * `credentialsVersion`, in one statement. Returns the new version, or `null` when the condition of the claim no longer holds.
   */
  abstract claimEmail(id: string, claim: EmailClaim): Promise<number | null>;

  /**
   * Another address for the account: increments `emailVersion` and `credentialsVersion` in the same statement, so that of N parallel changes
   * from one version exactly one happens. Returns the new `credentialsVersion`, or `null` when the account is gone or has another version.
   *
   * @throws EmailTakenException when another account has the address
   */
  abstract changeEmail(id: string, change: EmailChange): Promise<number | null>;

  /** `false` when it was gone already. */
  abstract delete(id: string): Promise<boolean>;

  /**
   * Columns without which no account can be inserted and which nothing fills: neither the library nor the store, nor `known` properties
   * (the profile's certain fields, what sign-up policies declare). Asked at boot, so that it is not the first user who finds out.
   */
  async unfilledColumns(_known: readonly string[]): Promise<string[]> {
    return [];
  }

  /** For administrators: keyset paging by id. */
  abstract list(page: UserPage): Promise<AuthUser[]>;
}
