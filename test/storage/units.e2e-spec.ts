import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthRoleEntity } from '../../libs/auth/src/adapters/typeorm/entities/auth-role.entity.js';
import { AuthUserEntity } from '../../libs/auth/src/adapters/typeorm/entities/auth-user.entity.js';
import { StoreUnavailableException } from '../../libs/auth/src/core/errors/auth.errors.js';
import { has } from '../support/services.js';
import { describeEachDatabase, type SqlDatabaseKind } from '../support/databases.js';
import { openStorage, type StorageHarness } from './storage-harness.js';

const newUser = (email: string) => ({ email, passwordHash: null, emailConfirmedAt: null, createdAt: new Date(), profile: {} });
const unavailable = expect.objectContaining({ errorCode: 'auth.store_unavailable' }) as Error;
const timed = async (work: Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work;
  return performance.now() - start;
};

describeEachDatabase('units of work', (kind) => {
  let storage: StorageHarness;
  beforeAll(async () => {
    storage = await openStorage(kind);
  });
  afterAll(() => storage.close());

  it('hand policies a manager whose rows live and die with the unit', async () => {
    const { units, users, dataSource } = storage;
    const rows = dataSource!.getRepository(AuthRoleEntity);
    const write = (name: string, fails: boolean) =>
      units.run(async (transaction) => {
        const manager = transaction as EntityManager;
        await users.insert(newUser(`${name}@example.com`));
        await manager.insert(AuthRoleEntity, { name, permissions: '[]' });
        expect(await manager.findOneBy(AuthUserEntity, { email: `${name}@example.com` })).toBeTruthy();
        if (fails) throw new Error('vetoed');
      });
    await write('kept', false);
    await expect(write('gone', true)).rejects.toThrow('vetoed');
    expect(await rows.findOneBy({ name: 'kept' })).toBeTruthy();
    expect(await rows.findOneBy({ name: 'gone' })).toBeNull();
  });

  it('make a nested transaction of the manager a part of the unit', async () => {
    const { units, dataSource } = storage;
    await units.run(async (transaction) => {
      const manager = transaction as EntityManager;
      await manager.transaction((nested) => nested.insert(AuthRoleEntity, { name: 'nested-kept', permissions: '[]' }));
      await manager
        .transaction(async (nested) => {
          await nested.insert(AuthRoleEntity, { name: 'nested-gone', permissions: '[]' });
          throw new Error('only the savepoint');
        })
        .catch(() => undefined);
    });
    const rows = dataSource!.getRepository(AuthRoleEntity);
    expect(await rows.findOneBy({ name: 'nested-kept' })).toBeTruthy();
    expect(await rows.findOneBy({ name: 'nested-gone' })).toBeNull();
  });

  it('let nothing of a policy that outlives the deadline be committed', async () => {
    const { units, dataSource } = storage;
    let afterwards: unknown;
    let finished!: () => void;
    const finish = new Promise<void>((resolve) => (finished = resolve));
    const run = units.run(async (transaction) => {
      await pause(2_100);
      await (transaction as EntityManager)
        .insert(AuthRoleEntity, { name: 'too-late', permissions: '[]' })
        .catch((error: unknown) => (afterwards = error));
      finished();
    });
    expect(await timed(expect(run).rejects.toEqual(unavailable))).toBeLessThan(2_000);
    await finish;
    expect(afterwards).toBeInstanceOf(Error);
    expect(await dataSource!.getRepository(AuthRoleEntity).findOneBy({ name: 'too-late' })).toBeNull();
  });

  it('do not report as committed what a swallowed error has undone', async () => {
    const { units, users } = storage;
    await users.insert(newUser('taken@example.com'));
    const committed = await units
      .run(async () => {
        await users.insert(newUser('innocent@example.com'));
        await users.insert(newUser('taken@example.com')).catch(() => undefined);
      })
      .then(
        () => true,
        () => false,
      );
    expect((await users.findByEmail('innocent@example.com')) !== null).toBe(committed);
  });

  it('do not mix with transactions and statements of the host', async () => {
    const { units, users, dataSource } = storage;
    const host = (name: string, fails: boolean) =>
      dataSource!.transaction(async (manager) => {
        await manager.insert(AuthRoleEntity, { name, permissions: '[]' });
        await pause(2);
        if (fails) throw new Error('host');
      });
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 5 }, (_, i) =>
        units.run(async () => {
          await users.insert(newUser(`mix-kept-${i}@example.com`));
          await pause(2);
        }),
      ),
      host('host-gone', true),
      ...Array.from({ length: 5 }, (_, i) =>
        units.run(async () => {
          await users.insert(newUser(`mix-gone-${i}@example.com`));
          await pause(2);
          throw new Error('unit');
        }),
      ),
      dataSource!.getRepository(AuthRoleEntity).insert({ name: 'host-statement', permissions: '[]' }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array<string>(5).fill('fulfilled'),
      ...Array<string>(6).fill('rejected'),
      'fulfilled',
    ]);
    for (let i = 0; i < 5; i += 1) {
      expect(await users.findByEmail(`mix-kept-${i}@example.com`)).not.toBeNull();
      expect(await users.findByEmail(`mix-gone-${i}@example.com`)).toBeNull();
    }
    const rows = dataSource!.getRepository(AuthRoleEntity);
    expect(await rows.findOneBy({ name: 'host-gone' })).toBeNull();
    expect(await rows.findOneBy({ name: 'host-statement' })).not.toBeNull();
    await host('host-kept', false);
    expect(await rows.findOneBy({ name: 'host-kept' })).not.toBeNull();
  });

  it('may be run inside the context of one that has ended', async () => {
    const { units, users } = storage;
    let later!: Promise<unknown>;
    await units.run(async () => {
      later = pause(30).then(() => users.insert(newUser('later@example.com')));
    });
    await later;
    expect(await users.findByEmail('later@example.com')).not.toBeNull();
  });
});

const pooled = (['postgres', 'mariadb'] as const).filter((kind: SqlDatabaseKind) => has(kind as 'postgres'));

describe.each(pooled)('the pool of %s', (kind) => {
  const POOL = 4;
  let storage: StorageHarness;
  beforeAll(async () => {
    storage = await openStorage(kind, { typeOrm: { poolSize: POOL } as never });
    await storage.users.insert(newUser('ada@example.com'));
  });
  afterAll(() => storage.close());

  const sleep = kind === 'postgres' ? 'SELECT pg_sleep(2.5)' : 'SELECT SLEEP(2.5)';

  /** Connections that can be had at the same time right now. */
  const available = async (): Promise<number> => {
    const runners = Array.from({ length: POOL }, () => storage.dataSource!.createQueryRunner());
    const got = await Promise.all(
      runners.map((runner) => Promise.race([runner.connect().then(() => 1), pause(1_000).then(() => 0)])),
    );
    await Promise.all(runners.map((runner) => runner.release()));
    return got.reduce((sum, one) => sum + one, 0);
  };

  it('is answered for within 2 s when it is exhausted, and whole again afterwards', async () => {
    const { units, users, dataSource } = storage;
    const busy = Promise.all(Array.from({ length: POOL }, () => dataSource!.query(sleep)));
    await pause(50);
    let ran = false;
    const took = await timed(
      Promise.all([
        expect(users.findByEmail('ada@example.com')).rejects.toEqual(unavailable),
        expect(units.run(async () => void (ran = true))).rejects.toEqual(unavailable),
        expect(users.insert(newUser('unseen@example.com'))).rejects.toEqual(unavailable),
      ]),
    );
    expect(took).toBeLessThan(2_000);
    await busy;
    await pause(50);
    expect(ran).toBe(false);
    expect(await users.findByEmail('unseen@example.com')).toBeNull();
    expect(await available()).toBe(POOL);
  });

  it('gets its connections back from units that were late, when their last statement ends', async () => {
    const { units, users } = storage;
    const runs = Array.from({ length: POOL }, (_, i) =>
      units.run(async (transaction) => {
        await users.insert(newUser(`slow-${i}@example.com`));
        await (transaction as EntityManager).query(sleep);
      }),
    );
    const took = await timed(Promise.all(runs.map((run) => expect(run).rejects.toBeInstanceOf(StoreUnavailableException))));
    expect(took).toBeLessThan(2_000);
    await pause(1_200);
    expect(await available()).toBe(POOL);
    for (let i = 0; i < POOL; i += 1) expect(await users.findByEmail(`slow-${i}@example.com`)).toBeNull();
  });

  it('runs a unit again that lost a deadlock', async () => {
    const { units, users } = storage;
    const [one, two] = [await users.insert(newUser('one@example.com')), await users.insert(newUser('two@example.com'))];
    let runs = 0;
    const lock = (first: unknown, second: unknown) =>
      units.run(async () => {
        runs += 1;
        await users.updateProfile(String(first), { name: 'x' });
        await pause(50);
        await users.updateProfile(String(second), { name: 'x' });
      });
    await Promise.all([lock(one.id, two.id), lock(two.id, one.id)]);
    expect(runs).toBeGreaterThan(2);
  });

  it('answers 503 for connections that the database has closed, and recovers', async () => {
    const { users, units, dataSource } = storage;
    // Kills every connection of the pool from a connection of its own.
    const killer = dataSource!.createQueryRunner();
    if (kind === 'postgres') {
      await killer.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
    } else {
      const rows = (await killer.query(
        'SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()',
      )) as { id: number }[];
      for (const { id } of rows) await killer.query(`KILL ${id}`);
    }
    await killer.release();
    const results = await Promise.allSettled(Array.from({ length: POOL * 2 }, () => users.findByEmail('ada@example.com')));
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toEqual(unavailable);
    }
    await pause(100);
    expect(await users.findByEmail('ada@example.com')).not.toBeNull();
    await units.run(() => users.insert(newUser(`recovered-${kind}@example.com`)));
    expect(await available()).toBe(POOL);
  });
});
