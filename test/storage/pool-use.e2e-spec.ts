import { describe, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.js';
import { openStorage } from './storage-harness.js';

describeEachDatabase('the use of the pool', (kind) => {
  const limit = kind === 'sqlite' ? 1 : 3;
  const options = kind === 'sqlite' ? {} : { typeOrm: { poolSize: limit } };

  it('is told as it is: taken, free and waited for', async () => {
    const { units, users, close } = await openStorage(kind, options);
    const use = () => units.poolUse()!;
    await users.findByEmail('nobody@example.com');
    expect(use()).toMatchObject({ limit, inUse: 0, waiting: 0 });
    expect(use().idle).toBeGreaterThan(0);

    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const held = Array.from({ length: limit }, () => units.run(() => ended));
    const [later, last] = [users.findByEmail('a@example.com'), users.findByEmail('b@example.com')];
    await expect.poll(use).toEqual({ limit, inUse: limit, idle: 0, waiting: 2 });

    end();
    await Promise.all([...held, later, last]);
    expect(use()).toMatchObject({ inUse: 0, waiting: 0 });
    await close();
  });
});

describe('the use of the pool', () => {
  it('is not told where there is none', async () => {
    const { units, close } = await openStorage('memory');

    expect(units.poolUse()).toBeNull();
    await close();
  });
});
