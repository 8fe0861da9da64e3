import { setTimeout as pause } from 'node:timers/promises';
import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { describe, expect, it } from 'vitest';
import { CacheManagerCache, CacheManagerCacheStore } from '../../libs/auth/src/adapters/cache-manager/index.js';
import { MemoryCache } from '../../libs/auth/src/adapters/memory-cache/memory-cache.module.js';
import { MemoryCacheStore } from '../../libs/auth/src/adapters/memory-cache/memory-cache.store.js';
import { RedisCache } from '../../libs/auth/src/adapters/redis/index.js';
import { AuthConfigurationError } from '../../libs/auth/src/core/errors/auth-configuration.error.js';
import { CacheStore, CacheUnavailableError } from '../../libs/auth/src/core/ports/cache-store.js';
import { Clock } from '../../libs/auth/src/core/ports/clock.js';
import { freePort } from '../support/free-port.js';
import { createRedis } from '../support/redis.js';
import { describeWith } from '../support/services.js';

const appWith = async (...imports: (Type | DynamicModule)[]) => {
  const app = await Test.createTestingModule({ imports }).compile();
  await app.init();
  return { app, store: app.get(CacheStore, { strict: false }) };
};

class SetClock extends Clock {
  time = 1_000;
  now(): number {
    return this.time;
  }
}
const clock = new SetClock();

@Global()
@Module({ providers: [{ provide: Clock, useValue: clock }], exports: [Clock] })
class ClockModule {}

describe('MemoryCache', () => {
  it('works with and without forRoot, and says whether it counts for the whole application', async () => {
    for (const [module, single] of [
      [MemoryCache, false],
      [MemoryCache.forRoot(), false],
      [MemoryCache.forRoot({ singleInstance: true }), true],
    ] as const) {
      const { app, store } = await appWith(module);
      expect(store).toBeInstanceOf(MemoryCacheStore);
      expect(store).toMatchObject({ scope: 'process', singleInstance: single });
      await app.close();
    }
  });

  it('keeps time by the application’s clock', async () => {
    const { app, store } = await appWith(ClockModule, MemoryCache);
    await store.increment('auth:n', 60_000);
    clock.time += 59_999;
    expect(await store.increment('auth:n', 60_000)).toEqual({ count: 2, expiresInMs: 1 });
    clock.time += 1;
    expect(await store.increment('auth:n', 60_000)).toEqual({ count: 1, expiresInMs: 60_000 });
    await app.close();
  });

  it('is bounded', async () => {
    const { app, store } = await appWith(MemoryCache.forRoot({ maxEntries: 10 }));
    for (let i = 0; i < 100; i++) await store.set(`auth:${i}`, i, 60_000);
    const kept = await Promise.all(Array.from({ length: 100 }, (_, i) => store.get(`auth:${i}`)));
    expect(kept.filter((value) => value !== undefined)).toHaveLength(10);
    await app.close();
  });
});

describe('CacheManagerCache', () => {
  it('takes an instance or gets it from a provider', async () => {
    const cache = createCache();
    const asynchronous = CacheManagerCache.forRootAsync({ useFactory: async () => cache });
    for (const module of [CacheManagerCache.forRoot(cache), asynchronous]) {
      const { app, store } = await appWith(module);
      await store.set('auth:x', { a: 1 }, 60_000);
      expect(await store.get('auth:x')).toEqual({ a: 1 });
      expect(store.scope).toBe('process');
      await app.close();
    }
  });

  it('does not take an error of the store for a miss', async () => {
    class Broken extends Map {
      override get(): never {
        throw new Error('connection lost');
      }
    }
    const store = new CacheManagerCacheStore(createCache({ stores: [new Keyv({ store: new Broken(), throwOnErrors: true })] }));
    await expect(store.get('auth:x')).rejects.toBeInstanceOf(CacheUnavailableError);
  });

  it('does not wait for a store that hangs', async () => {
    const never = () => new Promise<never>(() => undefined);
    const store = new CacheManagerCacheStore({ get: never, set: never, del: never }, { deadline: 30 });
    const started = performance.now();
    const outcomes = await Promise.allSettled([store.get('auth:x'), store.set('auth:x', 1, 1), store.delete('auth:x')]);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason instanceof CacheUnavailableError)).toEqual([
      true,
      true,
      true,
    ]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('leaves no listener on the host’s cache', async () => {
    const keyv = new Keyv();
    const listeners = () => (keyv as unknown as { listeners(event: string): unknown[] }).listeners('error').length;
    const before = listeners();
    const { app } = await appWith(CacheManagerCache.forRoot(createCache({ stores: [keyv] })));
    expect(listeners()).toBe(before + 1);
    await app.close();
    expect(listeners()).toBe(before);
  });
});

describe('RedisCache', () => {
  it('refuses what is no configuration, and says every fault', async () => {
    for (const [options, fault] of [
      [{}, 'RedisCache needs'],
      [{ url: 'localhost:6379' }, 'not the URL of a Redis'],
      [{ url: 'http://localhost' }, 'not the URL of a Redis'],
      [{ url: 'redis://localhost', deadline: 0 }, 'not a time'],
    ] as const) {
      const start = appWith(RedisCache.forRoot(options as { url: string }));
      await expect(start).rejects.toBeInstanceOf(AuthConfigurationError);
      await expect(start).rejects.toThrow(fault);
    }
  });

  it('starts and closes an application without Redis', async () => {
    const { app, store } = await appWith(RedisCache.forRoot({ url: `redis://127.0.0.1:${await freePort()}` }));
    await expect(store.get('auth:x')).rejects.toBeInstanceOf(CacheUnavailableError);
    await app.close();
    await pause(10);
    expect(process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'))).toEqual([]);
  });
});

describeWith(['redis'], 'RedisCache with a Redis', () => {
  it('behaves the same by forRoot and forRootAsync', async () => {
    const redis = createRedis();
    const { url, prefix } = redis;
    const counts: number[] = [];
    for (const module of [
      RedisCache.forRoot({ url, prefix }),
      RedisCache.forRootAsync({ useFactory: async () => ({ url, prefix }) }),
    ]) {
      const { app, store } = await appWith(module);
      expect(store.scope).toBe('shared');
      counts.push((await store.increment('auth:n', 60_000)).count);
      await app.close();
      await expect(store.get('auth:n')).rejects.toBeInstanceOf(CacheUnavailableError);
    }
    expect(counts).toEqual([1, 2]);
    await redis.flush();
  });
});
