import type { VerifiedAccessToken } from './access-token.js';

interface Entry {
  readonly signature: string;
  readonly text: string;
  readonly token: VerifiedAccessToken;
  /** Looked up since the hand last passed: spared once. */
  used: boolean;
}

/** How many entries in use the hand passes over before it takes one all the same: keeps an insertion O(1). */
const MAX_SPARED = 8;

const signatureOf = (text: string): string => text.slice(text.lastIndexOf('.') + 1);

/**
 * Tokens verified before: found by their signature, which nobody but their bearer knows, and believed only when the whole text is the same.
 *
 * Bounded, second-chance eviction, no timers: an entry past its time is dropped by whoever asks for it or by the hand.
 */
export class VerifiedTokenMemory {
  private readonly entries = new Map<string, Entry>();
  private readonly slots: (Entry | undefined)[];
  private hand = 0;

  /** @param capacity number of tokens; an entry takes about a kilobyte and a half */
  constructor(private readonly capacity: number) {
    this.slots = new Array<Entry | undefined>(capacity);
  }

  get size(): number {
    return this.entries.size;
  }

  get(text: string): VerifiedAccessToken | undefined {
    const entry = this.entries.get(signatureOf(text));
    if (entry === undefined || entry.text !== text) return undefined;
    entry.used = true;
    return entry.token;
  }

  set(text: string, token: VerifiedAccessToken): void {
    const signature = signatureOf(text);
    if (this.capacity === 0 || this.entries.has(signature)) return;
    const slot = this.freeSlot();
    const entry: Entry = { signature, text, token, used: false };
    this.slots[slot] = entry;
    this.entries.set(signature, entry);
    this.hand = (slot + 1) % this.capacity;
  }

  /** Its slot is freed when the hand comes by. */
  delete(text: string): void {
    this.entries.delete(signatureOf(text));
  }

  clear(): void {
    this.entries.clear();
    this.slots.fill(undefined);
  }

  private freeSlot(): number {
    for (let spared = 0; ; spared++) {
      const entry = this.slots[this.hand];
      if (entry === undefined) return this.hand;
      const forgotten = this.entries.get(entry.signature) !== entry;
      if (forgotten || !entry.used || spared === MAX_SPARED) {
        if (!forgotten) this.entries.delete(entry.signature);
        return this.hand;
      }
      entry.used = false;
      this.hand = (this.hand + 1) % this.capacity;
    }
  }
}
