import { createClient } from '@redis/client';
import { createCache, KeyvAdapter } from 'cache-manager';
import { redisStore } from 'cache-manager-redis-yet';
import { Keyv } from 'keyv';
import { CacheManagerCacheStore } from '../../libs/auth/src/adapters/cache-manager/cache-manager-cache.store.js';
import { MemoryCacheStore } from '../../libs/auth/src/adapters/memory-cache/memory-cache.store.js';
import { RedisCacheStore } from '../../libs/auth/src/adapters/redis/redis-cache.store.js';
import { describeCacheStore } from '../../libs/auth/src/testing/conformance/cache-store.conformance.js';
import { createRedis } from '../support/redis.js';
import { describeWith } from '../support/services.js';

describeCacheStore('memory', async () => ({ store: new MemoryCacheStore(), other: new MemoryCacheStore() }));

describeCacheStore('cache-manager in memory', async () => ({
  store: new CacheManagerCacheStore(createCache()),
  other: new CacheManagerCacheStore(createCache()),
}));

describeWith(['redis'], 'on Redis', () => {
  describeCacheStore('Redis by url', async () => {
    const redis = createRedis();
    const [store, other] = [new RedisCacheStore({ ...redis }), new RedisCacheStore({ ...redis })];
    await Promise.all([store.onModuleInit(), other.onModuleInit()]);
    return {
      store,
      other,
      close: async () => {
        await redis.flush();
        await Promise.all([store.onApplicationShutdown(), other.onApplicationShutdown()]);
      },
    };
  });

  describeCacheStore('Redis by client', async () => {
    const redis = createRedis();
    const { url, prefix } = redis;
    const open = createClient({ url });
    open.on('error', () => undefined);
    await open.connect();
    // One that is open stays the host's; the other is opened and closed by the store.
    const [store, other] = [
      new RedisCacheStore({ client: open, prefix }),
      new RedisCacheStore({ client: createClient({ url }), prefix }),
    ];
    await Promise.all([store.onModuleInit(), other.onModuleInit()]);
    return {
      store,
      other,
      close: async () => {
        await redis.flush();
        await Promise.all([store.onApplicationShutdown(), other.onApplicationShutdown()]);
        await open.disconnect();
      },
    };
  });

  describeCacheStore('cache-manager on Redis through Keyv', async () => {
    const redis = createRedis();
    const hosted = await redisStore({ url: redis.url });
    const keyv = new Keyv({ store: new KeyvAdapter(hosted as never), namespace: redis.prefix });
    return {
      store: new CacheManagerCacheStore(createCache({ stores: [keyv] })),
      close: async () => {
        await redis.flush();
        await hosted.client.disconnect();
      },
    };
  });
});
