import { describe, expect, it } from 'vitest';
import { OwnerIndex } from './owner-index.js';

describe('which keys belong to an owner', () => {
  const indexOf = (...pairs: [string, string][]): OwnerIndex => {
    const index = new OwnerIndex();
    for (const [owner, key] of pairs) index.add(owner, key);
    return index;
  };

  it('is told of one, of several, and of nobody', () => {
    const index = indexOf(['ada', 'k1'], ['ada', 'k2'], ['ada', 'k3'], ['eve', 'k4']);

    expect(index.keysOf('ada')).toEqual(['k1', 'k2', 'k3']);
    expect(index.keysOf('eve')).toEqual(['k4']);
    expect(index.keysOf('bob')).toEqual([]);
    expect(index.size).toBe(2);
  });

  it('counts a key once', () => {
    expect(indexOf(['ada', 'k1'], ['ada', 'k1']).keysOf('ada')).toEqual(['k1']);
    expect(indexOf(['ada', 'k1'], ['ada', 'k2'], ['ada', 'k2']).keysOf('ada')).toEqual(['k1', 'k2']);
  });

  it('forgets an owner with the last key, and no sooner', () => {
    const index = indexOf(['ada', 'k1'], ['ada', 'k2'], ['eve', 'k3']);
    index.remove('ada', 'k1');
    expect(index.keysOf('ada')).toEqual(['k2']);
    index.remove('ada', 'k2');
    expect(index.size).toBe(1);
    index.remove('eve', 'k3');

    expect(index.size).toBe(0);
  });

  it('minds nothing that it does not know', () => {
    const index = indexOf(['ada', 'k1'], ['eve', 'k2'], ['eve', 'k3']);
    for (const owner of ['ada', 'eve', 'bob']) index.remove(owner, 'k9');

    expect(index.keysOf('ada')).toEqual(['k1']);
    expect(index.keysOf('eve')).toEqual(['k2', 'k3']);
    expect(index.size).toBe(2);
  });

  it('can be emptied', () => {
    const index = indexOf(['ada', 'k1'], ['eve', 'k2']);
    index.clear();

    expect(index.size).toBe(0);
    expect(index.keysOf('ada')).toEqual([]);
  });
});
