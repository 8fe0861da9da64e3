import type { ConfigurationProblem } from '../core/errors/auth-configuration.error.js';
import type { AuthEnvironment, ResolvedAuthOptions } from '../core/options/auth.options.js';
import type { CacheFacts } from '../core/ports/cache-store.js';
import type { HashingFacts } from '../core/ports/password-hasher.js';
import type { MailFacts } from '../core/ports/mail-transport.js';
import type { SigningKeyFault } from '../core/tokens/signing-key.rules.js';
import type { StorageFacts } from '../core/ports/storage-inspector.js';

/** A part of the application that could not be asked. */
export interface Unreadable {
  /** A sentence without a full stop. */
  unreadable: string;
}

/** `undefined`: there is no such part, or it tells nothing about itself. */
export type Fact<T> = T | Unreadable | undefined;

/** A secret of the configuration, with the option that it came by. */
export interface NamedSecret {
  option: string;
  secret: string;
}

/** What the rooms and controllers of the application say about themselves. */
export interface RoomFacts {
  /** Sign-up answers 409 for a taken address: no room proves addresses first. */
  signUpReveals: boolean;
  /** Roles that routes ask for, with the routes. */
  requiredRoles: ReadonlyMap<string, readonly string[]>;
  /** Roles that exist. */
  knownRoles: readonly string[];
  /** Columns of the user table that nothing fills. */
  unfilledColumns: readonly string[];
}

/** Hashes of passwords. */
export interface HashCount {
  total: number;
  /** In another format, or weaker than those made today. */
  outdated: number;
}

/** What only `run({ connect: true })` finds out. */
export interface ConnectionFacts {
  /** Why the transport cannot send; `null` when it can. */
  mailFault: string | null;
  /** `null` when the storage does not count them. */
  hashes: HashCount | Unreadable | null;
}

/** Everything that rules judge. What is absent was not asked: an options file alone has neither storage nor cache. */
export interface BootFacts {
  /** As which the application is judged. */
  environment: AuthEnvironment;
  options: ResolvedAuthOptions;
  secrets: readonly NamedSecret[];
  /** What is unknown, missing or not of its type. */
  malformed: readonly ConfigurationProblem[];
  /** Ids of all rules, and of those that `acknowledge` may name. */
  rules: readonly string[];
  lenient: readonly string[];
  storage?: Fact<StorageFacts>;
  cache?: Fact<CacheFacts>;
  cacheScope?: 'process' | 'shared';
  mail?: MailFacts;
  /** Rooms that are nothing without mail. */
  mailRooms?: readonly string[];
  hashing?: HashingFacts;
  keys?: readonly SigningKeyFault[];
  rooms?: Fact<RoomFacts>;
  /** What rooms have found, by the rule that it belongs to. */
  contributed?: ReadonlyMap<string, readonly ConfigurationProblem[]>;
  connection?: ConnectionFacts;
}
