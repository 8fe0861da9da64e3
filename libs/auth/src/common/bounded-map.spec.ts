import { describe, expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.js';

describe('BoundedMap', () => {
  it('never holds more than its capacity, and says what it gave up', () => {
    const map = new BoundedMap<number, string>(3);
    const evicted = [1, 2, 3, 4, 5].map((key) => map.set(key, `v${key}`));

    expect(map.size).toBe(3);
    expect(evicted).toEqual([undefined, undefined, undefined, [1, 'v1'], [2, 'v2']]);
  });

  it('spares what was looked up since the hand last passed', () => {
    const map = new BoundedMap<number, string>(3);
    for (const key of [1, 2, 3]) map.set(key, `v${key}`);
    map.get(1);

    expect(map.set(4, 'v4')).toEqual([2, 'v2']);
    expect(map.get(1)).toBe('v1');
  });

  it('still finds something to evict when everything is in use', () => {
    const map = new BoundedMap<number, string>(3);
    for (const key of [1, 2, 3]) map.set(key, `v${key}`);
    for (const key of [1, 2, 3]) map.get(key);

    expect(map.set(4, 'v4')).toEqual([1, 'v1']);
    expect(map.size).toBe(3);
  });

  it('replaces without evicting, and survives deletion and clearing', () => {
    const map = new BoundedMap<number, string>(2);
    map.set(1, 'a');
    map.set(2, 'b');
    expect(map.set(2, 'c')).toBeUndefined();
    expect(map.get(2)).toBe('c');
    expect(map.delete(1)).toBe('a');
    map.clear();
    expect(map.size).toBe(0);
    for (const key of [5, 6, 7]) map.set(key, 'x');
    expect(map.size).toBe(2);
  });

  it('stays constant in time over a million insertions', () => {
    const map = new BoundedMap<number, number>(100_000);
    const before = process.cpuUsage();
    for (let key = 0; key < 1_000_000; key++) map.set(key, key);

    expect(map.size).toBe(100_000);
    // Microseconds of this process: what else the machine does is not counted.
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });
});
