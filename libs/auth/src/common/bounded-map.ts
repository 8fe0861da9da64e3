interface Slot<V> {
  value: V;
  /** Looked up since the hand last passed: spared once. */
  used: boolean;
}

/**
 * A map that never holds more than `capacity` entries: second-chance (clock) eviction, O(1) per operation on average, no timers.
 *
 * The hand is one iterator that is kept between insertions, so that entries deleted at the front of the map are not walked over again.
 */
export class BoundedMap<K, V> {
  private readonly slots = new Map<K, Slot<V>>();
  private hand = this.slots.entries();

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.slots.size;
  }

  /** Counts as use. */
  get(key: K): V | undefined {
    const slot = this.slots.get(key);
    if (slot === undefined) return undefined;
    slot.used = true;
    return slot.value;
  }

  /** Returns the entry that had to go for this one, if any. */
  set(key: K, value: V): [K, V] | undefined {
    const slot = this.slots.get(key);
    if (slot !== undefined) {
      slot.value = value;
      return undefined;
    }
    const evicted = this.slots.size >= this.capacity ? this.evict() : undefined;
    this.slots.set(key, { value, used: false });
    return evicted;
  }

  delete(key: K): V | undefined {
    const slot = this.slots.get(key);
    this.slots.delete(key);
    return slot?.value;
  }

  clear(): void {
    this.slots.clear();
    this.hand = this.slots.entries();
  }

  private evict(): [K, V] | undefined {
    while (this.slots.size > 0) {
      const next = this.hand.next();
      if (next.done) {
        this.hand = this.slots.entries();
        continue;
      }
      const [key, slot] = next.value;
      if (slot.used) {
        slot.used = false;
        continue;
      }
      this.slots.delete(key);
      return [key, slot.value];
    }
    return undefined;
  }
}
