import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Circuit } from './circuit.js';

describe('Circuit', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('lets one caller a second try after a miss, and everybody after an answer', () => {
    const circuit = new Circuit();
    expect([circuit.enter(), circuit.enter()]).toEqual([true, true]);
    circuit.missed();
    circuit.missed();
    expect(circuit.consecutiveMisses).toBe(1);
    expect(circuit.enter()).toBe(false);

    vi.advanceTimersByTime(1_000);
    expect([circuit.enter(), circuit.enter()]).toEqual([true, false]);
    circuit.missed();
    expect(circuit.consecutiveMisses).toBe(2);
    expect(circuit.enter()).toBe(false);

    vi.advanceTimersByTime(1_000);
    expect(circuit.enter()).toBe(true);
    circuit.answered();
    expect([circuit.enter(), circuit.enter()]).toEqual([true, true]);
  });

  it('lets the next caller try when the connection was lost under the one who tried', () => {
    const circuit = new Circuit();
    circuit.missed();
    vi.advanceTimersByTime(1_000);
    circuit.enter();
    circuit.gaveUp();
    expect([circuit.enter(), circuit.enter()]).toEqual([true, false]);
  });
});
