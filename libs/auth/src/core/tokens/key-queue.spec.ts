import { describe, expect, it } from 'vitest';
import { KeyQueue } from './key-queue.js';

const LEAD = 1_000;

describe('the order of keys', () => {
  it('changes nothing while nothing changes', () => {
    const queue = new KeyQueue(['a', 'b'], LEAD);

    expect(queue.next(['a', 'b'], 0)).toBeNull();
    expect(queue.next(['a', 'b'], LEAD * 9)).toBeNull();
  });

  it('lets a new first key verify at once and sign after the lead time', () => {
    const queue = new KeyQueue(['a'], LEAD);

    expect(queue.next(['b', 'a'], 0)).toEqual(['a', 'b']);
    expect(queue.next(['b', 'a'], LEAD - 1)).toBeNull();
    expect(queue.next(['b', 'a'], LEAD)).toEqual(['b', 'a']);
    expect(queue.next(['b', 'a'], LEAD + 1)).toBeNull();
    expect(queue.next(['b'], LEAD + 2)).toEqual(['b']);
  });

  it('puts a key that has stood behind long enough first at once', () => {
    const queue = new KeyQueue(['a'], LEAD);

    expect(queue.next(['a', 'b'], 0)).toEqual(['a', 'b']);
    expect(queue.next(['b', 'a'], LEAD / 2)).toBeNull();
    expect(queue.next(['b', 'a'], LEAD)).toEqual(['b', 'a']);
    // Both were there at boot.
    expect(new KeyQueue(['a', 'b'], LEAD).next(['b', 'a'], 0)).toEqual(['b', 'a']);
  });

  it('does not wait for a key that has left the list', () => {
    const queue = new KeyQueue(['a'], LEAD);

    expect(queue.next(['b'], 0)).toEqual(['b']);
    expect(queue.next(['c', 'b'], 1)).toEqual(['b', 'c']);
    expect(queue.next(['c'], 2)).toEqual(['c']);
  });

  it('counts anew for a key that was gone in between', () => {
    const queue = new KeyQueue(['a'], LEAD);
    queue.next(['b', 'a'], 0);
    queue.next(['a'], LEAD / 2);

    expect(queue.next(['b', 'a'], LEAD)).toEqual(['a', 'b']);
    expect(queue.next(['b', 'a'], 2 * LEAD)).toEqual(['b', 'a']);
  });

  it('goes on from what somebody has put in force', () => {
    const queue = new KeyQueue(['a'], LEAD);
    queue.accept(['c', 'a']);

    expect(queue.next(['c', 'a'], 0)).toBeNull();
    expect(queue.next(['a', 'c'], 0)).toEqual(['a', 'c']);
  });
});
