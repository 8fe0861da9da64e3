import { describe, expect, it, vi } from 'vitest';
import { MemoryCacheStore } from '../../adapters/memory-cache/memory-cache.store.js';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryRevocationLog } from '../../testing/memory-storage/memory-revocation-log.js';
import { MemoryUnitOfWork } from '../../testing/memory-storage/memory-unit-of-work.js';
import { SettableClock } from '../../testing/settable-clock.js';
import type { RoleRepository } from '../ports/role.repository.js';
import { Revocations } from '../sessions/revocations.js';
import { RolesReader } from './roles-reader.js';

describe('what somebody may do', () => {
  it('is read once, remembered, and read again when it has changed', async () => {
    const database = new MemoryDatabase();
    const clock = new SettableClock();
    const revocations = new Revocations(new MemoryRevocationLog(database), new MemoryCacheStore(), clock);
    await revocations.ensureTrusted();
    const held = { roles: ['admin'], permissions: [] };
    const rolesOf = vi.fn(async () => held);
    const reader = new RolesReader({ rolesOf } as unknown as RoleRepository, revocations, clock, new MemoryUnitOfWork(database));

    expect(await reader.rolesOf('u-1')).toBe(held);
    expect(reader.rolesOf('u-1')).toBe(held);
    expect(rolesOf.mock.calls).toEqual([['u-1']]);
    for (const kind of ['roles', 'user'] as const) {
      revocations.announce([{ kind, subject: 'u-1' }]);
      rolesOf.mockClear();
      expect(await reader.rolesOf('u-1')).toBe(held);
      expect(rolesOf).toHaveBeenCalledTimes(1);
    }
    revocations.announce([{ kind: 'session', subject: 'u-1' }]);
    expect(reader.rolesOf('u-1')).toBe(held);
  });
});
