import { Inject, Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { withDeadline } from '../common/deadline.js';
import { BootFindings } from '../core/events/boot-findings.js';
import { SendsMail } from '../core/mail/sends-mail.decorator.js';
import { AUTH_OPTIONS, type AuthEnvironment, type ResolvedAuthOptions } from '../core/options/auth.options.js';
import { CacheStore } from '../core/ports/cache-store.js';
import { Clock } from '../core/ports/clock.js';
import { MailTransport } from '../core/ports/mail-transport.js';
import { PasswordHasher } from '../core/ports/password-hasher.js';
import { StorageInspector } from '../core/ports/storage-inspector.js';
import { SigningKeys } from '../core/tokens/signing-keys.js';
import type { BootFacts, HashCount, Unreadable } from './boot-facts.js';
import { optionFacts } from './option-facts.js';
import { RoomFactsReader } from './room-facts-reader.js';

/** Milliseconds; a server that does not answer must not hold up whoever asks. */
const DEADLINE = 10_000;

/** Asks the parts of the application what they can tell about themselves, all at the same time. */
@Injectable()
export class BootFactsReader {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly cache: CacheStore,
    private readonly mail: MailTransport,
    private readonly hasher: PasswordHasher,
    private readonly keys: SigningKeys,
    private readonly discovery: DiscoveryService,
    private readonly findings: BootFindings,
    private readonly rooms: RoomFactsReader,
    private readonly clock: Clock,
    @Optional() private readonly storage?: StorageInspector,
  ) {}

  /** What is known before the rooms have started: everything but what they say about themselves. */
  async readEarly(environment: AuthEnvironment = this.options.environment): Promise<BootFacts> {
    const [storage, cache] = await Promise.all([
      this.storage === undefined ? undefined : settled(this.storage.facts(() => this.clock.now())),
      this.cache.facts === undefined ? undefined : settled(this.cache.facts()),
    ]);
    return {
      ...optionFacts(this.options, environment),
      storage,
      cache,
      cacheScope: this.cache.scope,
      mail: this.mail.facts?.() ?? { kind: 'delivered' },
      mailRooms: this.mailRooms(),
      hashing: this.hasher.facts?.(),
      keys: this.keys.faults ?? undefined,
    };
  }

  /** Adds what rooms say, once every `onModuleInit` is through. */
  async withRooms(early: BootFacts): Promise<BootFacts> {
    const [rooms, contributed] = await Promise.all([settled(this.rooms.read()), this.findings.collect()]);
    return { ...early, rooms, contributed };
  }

  /** Adds what only connecting tells, and what takes long. */
  async withConnections(facts: BootFacts): Promise<BootFacts> {
    const [mailFault, hashes] = await Promise.all([this.mailFault(facts), settled(this.hashes(facts))]);
    return { ...facts, connection: { mailFault, hashes } };
  }

  /** Why mail cannot be sent now; `null` when it can, or never could. @param signal ends the wait for the answer */
  async mailFault({ mail }: BootFacts, signal?: AbortSignal): Promise<string | null> {
    if (mail?.kind !== 'delivered') return null;
    try {
      await withDeadline(unlessAborted(this.mail.verify(), signal), DEADLINE, () => new Error('no answer within ten seconds'));
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Closes what asking has opened: of a start that is refused this early there is no application to close. */
  async release(): Promise<void> {
    await (this.cache as Partial<OnApplicationShutdown>).onApplicationShutdown?.();
  }

  /** Marks of classes can be read before there are instances. */
  private mailRooms(): string[] {
    const marked = this.discovery.getProviders({ metadataKey: SendsMail.KEY });
    const names = marked.map((provider) => this.discovery.getMetadataByDecorator(SendsMail, provider));
    return [...new Set(names.filter((name) => name !== undefined))].sort();
  }

  private async hashes({ storage }: BootFacts): Promise<HashCount | null> {
    if (storage === undefined || 'unreadable' in storage || this.storage === undefined) return null;
    return this.storage.countHashes((hash) => this.hasher.needsRehash(hash));
  }
}

const settled = <T>(fact: Promise<T>): Promise<T | Unreadable> => fact.catch((error: unknown) => ({ unreadable: reasonOf(error) }));

/** One line without a full stop; never what was given to whoever failed. */
function reasonOf(error: unknown): string {
  const { cause, message, code } = (error ?? {}) as { cause?: unknown; message?: unknown; code?: unknown };
  if (cause !== undefined && cause !== null) return reasonOf(cause);
  const text = typeof message === 'string' && message !== '' ? message : typeof code === 'string' ? code : 'unknown reason';
  return text.split('\n')[0]!.replace(/\.$/, '');
}

/** What comes after the abort is ignored. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(new Error('not waited for'));
    signal.addEventListener('abort', stop, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
  });
}
