import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreUnavailableException } from '../../core/errors/auth.errors.js';
import { RoleRepository } from '../../core/ports/role.repository.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { MemoryStorage } from '../../testing/memory-storage/memory-storage.module.js';
import type { Candidate } from './account.js';
import { UserImport } from './user-import.js';

const candidate = (line: number, email: string): Candidate => ({
  line,
  user: { email, passwordHash: null, emailConfirmedAt: null, disabledAt: null, createdAt: new Date(0), profile: {} },
  roles: [],
});

describe('an import into a store that does not answer', () => {
  let users: UserRepository;
  let importer: UserImport;
  beforeEach(async () => {
    const module = await Test.createTestingModule({ imports: [MemoryStorage.forRoot()] }).compile();
    users = module.get(UserRepository, { strict: false });
    importer = new UserImport(
      users,
      module.get(RoleRepository, { strict: false }),
      module.get(UnitOfWork, { strict: false }),
      false,
    );
    vi.useFakeTimers({ toFake: ['setTimeout'] });
  });
  afterEach(() => void vi.useRealTimers());

  it('asks again for a while', async () => {
    const insertAll = vi.spyOn(users, 'insertAll');
    for (let time = 0; time < 3; time++) insertAll.mockRejectedValueOnce(new StoreUnavailableException());
    const writing = importer.write([candidate(2, 'a@example.com'), candidate(3, 'b@example.com')]);
    await vi.advanceTimersByTimeAsync(3_000);

    expect(await writing).toEqual([]);
    expect(await users.findByEmail('b@example.com')).not.toBeNull();
  });

  it('gives up in the end, and has made nothing of what it was asked', async () => {
    vi.spyOn(users, 'insertAll').mockRejectedValue(new StoreUnavailableException());
    const writing = importer.write([candidate(2, 'a@example.com')]);
    const refused = expect(writing).rejects.toThrow(StoreUnavailableException);
    await vi.advanceTimersByTimeAsync(10_000);
    await refused;

    expect(await users.findByEmail('a@example.com')).toBeNull();
  });

  it('does not take another failure for its silence', async () => {
    vi.spyOn(users, 'insertAll').mockRejectedValue(new Error('no such column'));
    await expect(importer.write([candidate(2, 'a@example.com')])).rejects.toThrow('no such column');
  });
});
