import { createCluster } from '@redis/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RedisCacheStore } from '../../libs/auth/src/adapters/redis/redis-cache.store.js';
import { notRun } from '../support/services.js';
import { RedisServer } from './redis-server.js';

if (await RedisServer.isInstalled()) suite();
else notRun('Redis Cluster', ['redis-server on the PATH']);

function suite(): void {
  describe('Redis Cluster', () => {
    let nodes: RedisServer[];
    let store: RedisCacheStore;
    let other: RedisCacheStore;

    beforeAll(async () => {
      nodes = [];
      for (let i = 0; i < 3; i++)
        nodes.push(await RedisServer.started('--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'));
      const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
      await nodes[0]!.command('--cluster', 'create', ...addresses, '--cluster-yes');
      await vi.waitUntil(
        async () =>
          (await Promise.all(nodes.map((node) => node.command('CLUSTER', 'INFO')))).every((info) =>
            info.includes('cluster_state:ok'),
          ),
        { timeout: 20_000, interval: 100 },
      );
      const cluster = () => createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) });
      [store, other] = [new RedisCacheStore({ client: cluster() }), new RedisCacheStore({ client: cluster() })];
      await Promise.all([store.onModuleInit(), other.onModuleInit()]);
    }, 60_000);
    afterAll(async () => {
      await Promise.all([store?.onApplicationShutdown(), other?.onApplicationShutdown()]);
      await Promise.all(nodes.map((node) => node.remove()));
    });

    it('keeps values and counts on every node', async () => {
      const keys = Array.from({ length: 30 }, (_, i) => `auth:key:${i}`);
      await Promise.all(keys.map((key) => store.set(key, key, 60_000)));
      expect(await Promise.all(keys.map((key) => other.get(key)))).toEqual(keys);
      await Promise.all(keys.flatMap((key) => [store.increment(`${key}:n`, 60_000), other.increment(`${key}:n`, 60_000)]));
      const counts = await Promise.all(keys.map((key) => store.increment(`${key}:n`, 60_000)));
      expect(counts.map(({ count }) => count)).toEqual(keys.map(() => 3));
      const sizes = await Promise.all(nodes.map((node) => node.command('DBSIZE')));
      expect(sizes.every((size) => Number(size) > 0)).toBe(true);
    });

    it('delivers messages between processes', async () => {
      const heard: string[] = [];
      const end = await other.subscribe('auth:news', (message) => heard.push(message));
      await store.publish('auth:news', 'hello');
      await vi.waitUntil(() => heard.length > 0, { timeout: 2_000 });
      expect(heard).toEqual(['hello']);
      await end();
    });
  });
}
