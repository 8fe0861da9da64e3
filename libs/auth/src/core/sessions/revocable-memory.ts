import { BoundedMap } from '../../common/bounded-map.js';
import { OutsideContext } from '../../common/outside-context.js';
import type { Clock } from '../ports/clock.js';
import { EVERYBODY, type Revocation, type RevocationKind } from '../ports/revocation-log.js';
import { OwnerIndex } from './owner-index.js';
import type { RevocationListener, Revocations } from './revocations.js';

export interface RevocableMemoryOptions<T> {
  /** Reads the truth from SQL. */
  read(key: string): Promise<T>;
  /** Revocations of these kinds concern the entry whose key is their subject. */
  kinds: readonly RevocationKind[];
  /** The user whose `user` revocations concern the entry as well. */
  ownerOf?(value: T): string | undefined;
  /** @default always */
  worthKeeping?(value: T): boolean;
  /** @default 100,000 */
  maxEntries?: number;
}

/** Since the process has started. */
export interface LookUps {
  /** Answered without I/O. */
  memory: number;
  /** That had to ask SQL, those included that joined a read under way. */
  sql: number;
}

interface Flight<T> {
  startedAt: number;
  promise: Promise<T>;
}

/** A read under way is joined only while it is this young (ms), so that nobody is answered with knowledge older than a second. */
const JOINABLE_FOR = 500;

/** A read that a revocation overtook is repeated this often; the next one starts after that revocation and sees it. */
const MAX_READS = 3;

/**
 * A bounded memory of what SQL says. It is believed only while {@link Revocations} is fresh, forgets what was revoked, and is free of the
 * race in which a value read before a revocation is remembered after it.
 */
export class RevocableMemory<T> implements RevocationListener {
  readonly lookUps: LookUps = { memory: 0, sql: 0 };
  private readonly entries: BoundedMap<string, T>;
  private readonly owners = new OwnerIndex();
  private readonly flights = new Map<string, Flight<T>>();
  private readonly outside = new OutsideContext();

  constructor(
    private readonly revocations: Revocations,
    private readonly clock: Clock,
    private readonly options: RevocableMemoryOptions<T>,
  ) {
    this.entries = new BoundedMap(options.maxEntries ?? 100_000);
    revocations.register(this);
  }

  get size(): number {
    return this.entries.size;
  }

  /** What is remembered, believed or not: never to admit anybody. */
  recall(key: string): T | undefined {
    return this.entries.get(key);
  }

  /** What is remembered and may be believed now; synchronous. @param now the {@link Clock}'s time */
  peek(key: string, now: number): T | undefined {
    const value = this.entries.get(key);
    if (value === undefined || !this.revocations.trusted(now)) return undefined;
    this.lookUps.memory++;
    return value;
  }

  /**
   * From memory, else from SQL. Not for use inside a unit of work: the read does not take part in it.
   *
   * @throws StoreUnavailableException when the value is remembered, but the log cannot be read
   */
  async load(key: string): Promise<T> {
    if (this.entries.get(key) !== undefined) {
      await this.revocations.ensureTrusted();
      const value = this.peek(key, this.clock.now());
      if (value !== undefined) return value;
    }
    return this.reload(key);
  }

  /** From SQL, whatever is remembered. */
  reload(key: string): Promise<T> {
    this.lookUps.sql++;
    const underWay = this.flights.get(key);
    if (underWay !== undefined && performance.now() - underWay.startedAt < JOINABLE_FOR) return underWay.promise;
    const flight: Flight<T> = {
      startedAt: performance.now(),
      promise: this.outside
        .run(() => this.readAndKeep(key))
        .finally(() => {
          if (this.flights.get(key) === flight) this.flights.delete(key);
        }),
    };
    this.flights.set(key, flight);
    return flight.promise;
  }

  /** Replaces `from` by `to`, unless something else is remembered by now. */
  replace(key: string, from: T, to: T): void {
    if (this.entries.get(key) === from) this.entries.set(key, to);
  }

  forget({ kind, subject }: Revocation): void {
    if (this.options.kinds.includes(kind)) {
      if (subject === EVERYBODY) this.forgetEverything();
      else this.evict(subject);
    }
    if (kind === 'user') this.owners.keysOf(subject).forEach((key) => this.evict(key));
  }

  forgetEverything(): void {
    this.entries.clear();
    this.owners.clear();
  }

  private async readAndKeep(key: string): Promise<T> {
    for (let reads = 1; ; reads++) {
      const startedAt = performance.now();
      const value = await this.options.read(key);
      if (!this.overtaken(key, value, startedAt)) {
        this.keep(key, value);
        return value;
      }
      if (reads === MAX_READS) return value;
    }
  }

  private overtaken(key: string, value: T, since: number): boolean {
    const owner = this.options.ownerOf?.(value);
    return (
      this.options.kinds.some(
        (kind) => this.revocations.learntSince(since, kind, key) || this.revocations.learntSince(since, kind, EVERYBODY),
      ) ||
      (owner !== undefined && this.revocations.learntSince(since, 'user', owner))
    );
  }

  private keep(key: string, value: T): void {
    this.evict(key);
    if (this.options.worthKeeping?.(value) === false) return;
    const pushedOut = this.entries.set(key, value);
    if (pushedOut !== undefined) this.disown(...pushedOut);
    const owner = this.options.ownerOf?.(value);
    if (owner !== undefined) this.owners.add(owner, key);
  }

  private evict(key: string): void {
    const value = this.entries.delete(key);
    if (value !== undefined) this.disown(key, value);
  }

  private disown(key: string, value: T): void {
    const owner = this.options.ownerOf?.(value);
    if (owner !== undefined) this.owners.remove(owner, key);
  }
}
