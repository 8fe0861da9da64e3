/** Draws that are the same for the same seed (mulberry32), so that a run can be repeated. */
export class Random {
  #state;

  /** @param {number} seed a whole number */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** At least 0, less than 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick(values) {
    return values[this.between(0, values.length - 1)];
  }

  /** A new list in another order (Fisher and Yates). */
  shuffled(values) {
    const list = [...values];
    for (let last = list.length - 1; last > 0; last--) {
      const other = this.between(0, last);
      [list[last], list[other]] = [list[other], list[last]];
    }
    return list;
  }
}
