/**
 * The order of keys in a running process, by their names: a key that is new here verifies at once, and is first only when it has been known
 * for the lead time, by when every other process knows it too. Until then the key that signs goes on, as long as it is in the list.
 */
export class KeyQueue {
  private inForce: readonly string[];
  /** When each key that was not there at boot was first seen. */
  private readonly since = new Map<string, number>();

  /** @param leadTime milliseconds */
  constructor(
    atBoot: readonly string[],
    private readonly leadTime: number,
  ) {
    this.inForce = atBoot;
  }

  /** What somebody has put in force past the lead time. */
  accept(order: readonly string[]): void {
    this.inForce = order;
    this.since.clear();
  }

  /**
   * The order to put in force for the keys that are wanted, the one that shall sign first; `null` when nothing changes.
   *
   * @param now milliseconds since the epoch
   */
  next(wanted: readonly string[], now: number): readonly string[] | null {
    for (const key of this.since.keys()) if (!wanted.includes(key)) this.since.delete(key);
    for (const key of wanted) if (!this.inForce.includes(key) && !this.since.has(key)) this.since.set(key, now);

    const [first] = wanted;
    const signing = this.inForce[0]!;
    const since = this.since.get(first!);
    const isKnown = since === undefined || now - since >= this.leadTime;
    const order = isKnown || !wanted.includes(signing) ? wanted : [signing, ...wanted.filter((key) => key !== signing)];
    const isSame = order.length === this.inForce.length && order.every((key, at) => key === this.inForce[at]);
    this.inForce = order;
    return isSame ? null : order;
  }
}
