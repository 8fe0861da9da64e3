import { describe, expect, it } from 'vitest';
import { type PendingSignUpKeeper, PendingSignUps } from './pending-sign-ups.js';

describe('sign-ups that wait for their address to be proved', () => {
  const keeper = {} as PendingSignUpKeeper;

  it('are kept by nobody unless a room says that it does', () => {
    const pending = new PendingSignUps();
    expect(pending.keeper).toBeNull();

    pending.register(keeper);
    expect(pending.keeper).toBe(keeper);
  });

  it('are kept by one room, the first', () => {
    const pending = new PendingSignUps();
    pending.register(keeper);

    expect(() => pending.register({} as PendingSignUpKeeper)).toThrow(TypeError);
    expect(pending.keeper).toBe(keeper);
  });
});
