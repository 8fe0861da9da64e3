import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryCacheStore } from '../../adapters/memory-cache/memory-cache.store.js';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryRevocationLog } from '../../testing/memory-storage/memory-revocation-log.js';
import { SettableClock } from '../../testing/settable-clock.js';
import type { RevocationKind } from '../ports/revocation-log.js';
import type { Session, SessionRepository, SessionState } from '../ports/session.repository.js';
import { RevocableMemory } from './revocable-memory.js';
import { Revocations } from './revocations.js';
import { SessionStates } from './session-states.js';

const HOUR = 3_600_000;

describe('what is remembered of sessions', () => {
  const clock = new SettableClock(1_800_000_000_000);
  let revocations: Revocations;
  let row: SessionState | null;
  let states: SessionStates;
  const sessions = {
    findState: vi.fn(async () => structuredClone(row)),
    touch: vi.fn(async () => undefined),
    rekey: vi.fn(async () => true),
  };

  const live = (change: Partial<Session> = {}): SessionState => {
    const now = clock.now();
    const times = { lastSeenAt: now, idleExpiresAt: now + HOUR, absoluteExpiresAt: now + 24 * HOUR, revokedAt: null };
    return { session: { id: 's-1', userId: 'u-1', ...times, ...change } as Session, ownerHolds: true };
  };
  beforeEach(async () => {
    for (const mock of Object.values(sessions)) mock.mockClear();
    revocations = new Revocations(new MemoryRevocationLog(new MemoryDatabase()), new MemoryCacheStore(), clock, {
      believedFor: HOUR * 100,
    });
    await revocations.ensureTrusted();
    states = new SessionStates(sessions as unknown as SessionRepository, revocations, clock);
    row = live();
  });
  afterEach(() => vi.restoreAllMocks());

  it.each<[string, () => SessionState | null, number]>([
    ['one that lives', () => live(), 1],
    ['one that was ended, which stays so', () => live({ revokedAt: clock.now() }), 1],
    ['none that another process may prolong', () => live({ idleExpiresAt: clock.now() }), 0],
    ['none whose owner may come back', () => ({ ...live(), ownerHolds: false }), 0],
    ['none that is not there', () => null, 0],
  ])('is %s', async (_, made, size) => {
    row = made();
    await states.load('s-1');
    expect(states.size).toBe(size);
  });

  it('is read again when its time is over, since another process may have prolonged it', async () => {
    await states.load('s-1');
    clock.advance('2h');
    row = live();
    expect(await states.load('s-1')).toMatchObject({ status: 'live' });
    expect(sessions.findState).toHaveBeenCalledTimes(2);
    row = live({ idleExpiresAt: clock.now() - 1 });
    clock.advance('2h');
    expect(await states.load('s-1')).toEqual({ status: 'expired' });
  });

  it('is written when a session was used, without another key where there is none', async () => {
    const standing = await states.load('s-1');
    const { session } = standing as { session: Session };
    clock.advance('5m');
    states.seen(session, clock.now());
    await states.drain();
    expect(sessions.touch.mock.calls).toEqual([[{ id: 's-1', lastSeenAt: clock.now(), idleExpiresAt: clock.now() + HOUR }]]);
    expect(sessions.rekey).not.toHaveBeenCalled();
    expect(states['touches'].size).toBe(0);
  });

  it('is written of no session that was ended, not even another key', async () => {
    const { session } = row!;
    row = live({ revokedAt: clock.now() });
    await states.load('s-1');
    states.seen(session, clock.now(), { id: 's-1', from: 'a', secretHash: 'b', keyId: 'k' });
    await states.drain();
    expect([sessions.touch.mock.calls, sessions.rekey.mock.calls]).toEqual([[], []]);
  });

  it('is nobody’s error when it cannot be written', async () => {
    const debug = vi.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
    const { session } = (await states.load('s-1')) as { session: Session };
    clock.advance('5m');
    sessions.touch.mockRejectedValueOnce(new Error('away'));
    states.seen(session, clock.now());
    await states.beforeApplicationShutdown();
    expect(debug).toHaveBeenCalledTimes(1);
  });

  it('is read again when a revocation of any of its kinds has overtaken the read', async () => {
    const kinds: RevocationKind[] = ['roles', 'user'];
    for (const kind of kinds) {
      let reads = 0;
      const read = async () => {
        if (++reads === 1) revocations.announce([{ kind, subject: 'k' }]);
        return reads;
      };
      const memory = new RevocableMemory<number>(revocations, clock, { read, kinds });
      expect(await memory.load('k')).toBe(2);
    }
  });

  it('is nothing that is not worth it', async () => {
    const memory = new RevocableMemory<number>(revocations, clock, {
      read: async () => 7,
      kinds: ['roles'],
      worthKeeping: (value) => value > 7,
    });
    expect(await memory.load('k')).toBe(7);
    expect(memory.size).toBe(0);
  });
});
