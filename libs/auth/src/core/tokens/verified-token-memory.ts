import type { VerifiedAccessToken } from './access-token.js';

interface Entry {
  readonly digest: string;
  readonly token: VerifiedAccessToken;
  /** Looked up since the hand last passed: spared once. */
  used: boolean;
}

/** How many entries in use the hand passes over before it takes one all the same: keeps an insertion O(1). */
const MAX_SPARED = 8;

/**
 * Tokens verified before, by the digest of their text: a second presentation costs one hash instead of one signature.
 *
 * Bounded, second-chance eviction, no timers: an entry past its time is dropped by whoever asks for it or by the hand.
 */
export class VerifiedTokenMemory {
  private readonly entries = new Map<string, Entry>();
  private readonly slots: (Entry | undefined)[];
  private hand = 0;

  /** @param capacity number of tokens; an entry takes about a kilobyte */
  constructor(private readonly capacity: number) {
    this.slots = new Array<Entry | undefined>(capacity);
  }

  get size(): number {
    return this.entries.size;
  }

  get(digest: string): VerifiedAccessToken | undefined {
    const entry = this.entries.get(digest);
    if (entry === undefined) return undefined;
    entry.used = true;
    return entry.token;
  }

  set(digest: string, token: VerifiedAccessToken): void {
    if (this.capacity === 0 || this.entries.has(digest)) return;
    const slot = this.freeSlot();
    const entry: Entry = { digest, token, used: false };
    this.slots[slot] = entry;
    this.entries.set(digest, entry);
    this.hand = (slot + 1) % this.capacity;
  }

  /** Its slot is freed when the hand comes by. */
  delete(digest: string): void {
    this.entries.delete(digest);
  }

  clear(): void {
    this.entries.clear();
    this.slots.fill(undefined);
  }

  private freeSlot(): number {
    for (let spared = 0; ; spared++) {
      const entry = this.slots[this.hand];
      if (entry === undefined) return this.hand;
      const forgotten = this.entries.get(entry.digest) !== entry;
      if (forgotten || !entry.used || spared === MAX_SPARED) {
        if (!forgotten) this.entries.delete(entry.digest);
        return this.hand;
      }
      entry.used = false;
      this.hand = (this.hand + 1) % this.capacity;
    }
  }
}
