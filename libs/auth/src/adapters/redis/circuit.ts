/** How long nobody waits for a store that has missed a deadline. */
const OPEN_MS = 1_000;

/**
 * Spares callers the deadline while a store hangs: after a miss everybody is refused at once for a second, then one caller tries.
 * A frozen store costs one deadline a second instead of one per request.
 */
export class Circuit {
  private openUntil = 0;
  private probing = false;
  private misses = 0;

  /** Deadlines missed in a row, parallel ones counted once. */
  get consecutiveMisses(): number {
    return this.misses;
  }

  /** Whether the caller may try. Who may must report how it went. */
  enter(): boolean {
    if (this.misses === 0) return true;
    if (this.probing || performance.now() < this.openUntil) return false;
    this.probing = true;
    return true;
  }

  /** The store answered, be it with a refusal. */
  answered(): void {
    this.misses = 0;
    this.probing = false;
  }

  /** The connection was lost under the caller: that says nothing about how long answers take. */
  gaveUp(): void {
    this.probing = false;
  }

  missed(): void {
    if (this.misses > 0 && !this.probing) return;
    this.misses++;
    this.probing = false;
    this.openUntil = performance.now() + OPEN_MS;
  }
}
