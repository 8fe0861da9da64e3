import { describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryRevocationLog } from '../../testing/memory-storage/memory-revocation-log.js';
import { MemoryUnitOfWork } from '../../testing/memory-storage/memory-unit-of-work.js';
import type { Revocation } from '../ports/revocation-log.js';
import { RevocationAnnouncer } from './revocation-announcer.js';
import type { Revocations } from './revocations.js';

describe('a revocation that is announced', () => {
  const house = () => {
    const database = new MemoryDatabase();
    const log = new MemoryRevocationLog(database);
    const units = new MemoryUnitOfWork(database);
    const told: Revocation[] = [];
    const revocations = { announce: (some: Revocation[]) => void told.push(...some) } as unknown as Revocations;
    return { log, units, told, announcer: new RevocationAnnouncer(log, units, revocations) };
  };
  const some: Revocation[] = [
    { kind: 'session', subject: 's1' },
    { kind: 'user', subject: 'u1' },
  ];

  it('is in the log, and told to everybody once it is committed', async () => {
    const { log, units, told, announcer } = house();
    await units.run(async () => {
      await announcer.announce(...some);
      expect(told).toEqual([]);
    });

    expect(await log.recent(60_000)).toMatchObject(some);
    expect(told).toEqual(some);
  });

  it('is nowhere when its act is undone', async () => {
    const { log, units, told, announcer } = house();
    const undone = units.run(async () => {
      await announcer.announce(...some);
      throw new Error('undone');
    });

    await expect(undone).rejects.toThrow('undone');
    expect(await log.recent(60_000)).toEqual([]);
    expect(told).toEqual([]);
  });
});
