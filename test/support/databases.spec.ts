import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { createDatabase, describeEachDatabase } from './databases.js';
import { createRedis } from './redis.js';
import { redisClient } from './service-probes.js';
import { describeWith } from './services.js';

describeEachDatabase('a test database', (kind) => {
  it('is empty, writable and its own', async () => {
    const [first, second] = [await createDatabase(kind), await createDatabase(kind)];
    const sources = [new DataSource(first.typeOrmOptions), new DataSource(second.typeOrmOptions)];
    for (const source of sources) {
      await source.initialize();
      await source.query('CREATE TABLE things (id INT)');
    }
    await sources[0]!.query('INSERT INTO things VALUES (1)');

    expect(await sources[1]!.query('SELECT * FROM things')).toEqual([]);
    expect(first.url).not.toBe(second.url);
    for (const source of sources) await source.destroy();
    await Promise.all([first.drop(), second.drop()]);
  });
});

describe('memory storage', () => {
  it('asks for no database', async () => {
    expect((await createDatabase('memory')).typeOrmOptions).toBeUndefined();
  });
});

describeWith(['redis'], 'a corner of Redis', () => {
  it('is flushed without touching the keys of others', async () => {
    const [mine, theirs] = [createRedis(), createRedis()];
    const client = await redisClient(mine.url);
    await client.set(`${mine.prefix}a`, '1', { EX: 60 });
    await client.set(`${theirs.prefix}a`, '1', { EX: 60 });

    await mine.flush();

    expect(await client.exists(`${mine.prefix}a`)).toBe(0);
    expect(await client.exists(`${theirs.prefix}a`)).toBe(1);
    await theirs.flush();
    await client.disconnect();
  });
});
