import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisCacheStore } from '../../libs/auth/src/adapters/redis/redis-cache.store.js';
import { CacheUnavailableError } from '../../libs/auth/src/core/ports/cache-store.js';
import { notRun } from '../support/services.js';
import { RedisServer } from './redis-server.js';

const DEADLINE = 250;
/** The deadline, and 50 ms for a machine that is busy with other things. */
const SETTLED_BY = DEADLINE + 50;
const BACK_BY = 5_000;
const KEY = 'auth:fault';

const OPERATIONS: Record<string, (store: RedisCacheStore) => Promise<unknown>> = {
  get: (store) => store.get(KEY),
  set: (store) => store.set(KEY, 1, 60_000),
  delete: (store) => store.delete(KEY),
  increment: (store) => store.increment(`${KEY}:count`, 60_000),
  publish: (store) => store.publish('auth:channel', 'message'),
};

/** Calls every operation at once and says how each ended and how long the slowest took. */
async function callAll(store: RedisCacheStore): Promise<{ outcomes: Set<string>; slowest: number }> {
  const outcomes = new Set<string>();
  let slowest = 0;
  await Promise.all(
    Object.values(OPERATIONS).map(async (call) => {
      const started = performance.now();
      await call(store).then(
        () => outcomes.add('answered'),
        (error: unknown) => outcomes.add(error instanceof CacheUnavailableError ? 'unavailable' : String(error)),
      );
      slowest = Math.max(slowest, performance.now() - started);
    }),
  );
  return { outcomes, slowest };
}

async function timeUntilBack(store: RedisCacheStore): Promise<number> {
  const started = performance.now();
  while (performance.now() - started < BACK_BY) {
    const { outcomes } = await callAll(store);
    if (outcomes.size === 1 && outcomes.has('answered')) return performance.now() - started;
    await pause(20);
  }
  return Infinity;
}

/** Sockets and timers that keep this process alive. */
const resources = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name));

if (await RedisServer.isInstalled()) suite();
else notRun('Redis faults', ['redis-server on the PATH']);

function suite(): void {
  describe('Redis faults', () => {
    let server: RedisServer;
    let store: RedisCacheStore;
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);

    beforeEach(() => {
      unhandled.length = 0;
      process.on('unhandledRejection', note);
    });
    afterEach(async () => {
      await store.onApplicationShutdown();
      server.thaw();
      await server.remove();
      process.off('unhandledRejection', note);
      expect(unhandled).toEqual([]);
    });

    const connected = async (...options: string[]) => {
      server = await RedisServer.started(...options);
      store = new RedisCacheStore({ url: server.url });
      await store.onModuleInit();
      expect((await callAll(store)).outcomes).toEqual(new Set(['answered']));
    };

    it('killed and restarted: unavailable at once, back soon, subscriptions too', async () => {
      await connected();
      const heard: string[] = [];
      await store.subscribe('auth:news', (message) => heard.push(message));
      await server.kill();
      for (let i = 0; i < 5; i++) {
        const { outcomes, slowest } = await callAll(store);
        expect(outcomes).toEqual(new Set(['unavailable']));
        expect(slowest).toBeLessThan(SETTLED_BY);
      }
      await server.start();
      expect(await timeUntilBack(store)).toBeLessThan(BACK_BY);
      await vi.waitUntil(() => store.publish('auth:news', 'after').then(() => heard.length > 0), {
        timeout: BACK_BY,
        interval: 50,
      });
    });

    it('frozen: one deadline a second, not one per call; back soon after the thaw', async () => {
      await connected();
      const heard: string[] = [];
      await store.subscribe('auth:news', (message) => heard.push(message));
      server.freeze();
      const started = performance.now();
      let [calls, waited] = [0, 0];
      while (performance.now() - started < 4_000) {
        const { outcomes, slowest } = await callAll(store);
        expect(outcomes).toEqual(new Set(['unavailable']));
        expect(slowest).toBeLessThan(SETTLED_BY);
        calls++;
        if (slowest > DEADLINE / 2) waited++;
        await pause(10);
      }
      expect(calls).toBeGreaterThan(50);
      expect(waited).toBeLessThanOrEqual(4);
      server.thaw();
      expect(await timeUntilBack(store)).toBeLessThan(BACK_BY);
      await vi.waitUntil(() => store.publish('auth:news', 'after').then(() => heard.length > 0), {
        timeout: BACK_BY,
        interval: 50,
      });
    });

    it('frozen for a moment: back without a new connection', async () => {
      await connected();
      server.freeze();
      expect((await callAll(store)).outcomes).toEqual(new Set(['unavailable']));
      server.thaw();
      expect(await timeUntilBack(store)).toBeLessThan(2_000);
    });

    it('absent at boot: starts within the deadline, finds Redis later', async () => {
      server = await RedisServer.absent();
      store = new RedisCacheStore({ url: server.url });
      const started = performance.now();
      await store.onModuleInit();
      const heard: string[] = [];
      await store.subscribe('auth:news', (message) => heard.push(message));
      expect(performance.now() - started).toBeLessThan(2 * SETTLED_BY);
      const { outcomes, slowest } = await callAll(store);
      expect(outcomes).toEqual(new Set(['unavailable']));
      expect(slowest).toBeLessThan(50);

      await server.start();
      expect(await timeUntilBack(store)).toBeLessThan(BACK_BY);
      await vi.waitUntil(() => store.publish('auth:news', 'late').then(() => heard.length > 0), { timeout: BACK_BY, interval: 50 });
    });

    it('frozen at boot: starts within the deadline, finds Redis after the thaw', async () => {
      server = await RedisServer.started();
      server.freeze();
      store = new RedisCacheStore({ url: server.url });
      const started = performance.now();
      await store.onModuleInit();
      expect(performance.now() - started).toBeLessThan(SETTLED_BY);
      expect((await callAll(store)).outcomes).toEqual(new Set(['unavailable']));
      await pause(2_500);
      server.thaw();
      expect(await timeUntilBack(store)).toBeLessThan(BACK_BY);
    });

    it('flushed: a miss and a new counter, nothing else', async () => {
      await connected();
      await store.set(KEY, 'value', 60_000);
      await store.increment(`${KEY}:count`, 60_000, 41);
      await server.command('FLUSHALL');
      expect(await store.get(KEY)).toBeUndefined();
      expect((await store.increment(`${KEY}:count`, 60_000)).count).toBe(1);
    });

    it('full, or asking for a password: unavailable, which is not a miss', async () => {
      await connected();
      await server.command('CONFIG', 'SET', 'maxmemory', '1');
      await expect(store.increment(KEY, 60_000)).rejects.toBeInstanceOf(CacheUnavailableError);
      await server.command('CONFIG', 'SET', 'maxmemory', '0');
      await server.command('CONFIG', 'SET', 'requirepass', 'secret');
      await server.command('-a', 'secret', '--no-auth-warning', 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await vi.waitUntil(() => callAll(store).then(({ outcomes }) => outcomes.has('unavailable')));
      await expect(store.get(KEY)).rejects.toBeInstanceOf(CacheUnavailableError);
    });

    for (const state of ['healthy', 'absent', 'frozen before boot', 'frozen after boot'] as const) {
      it(`closes without leaving a socket or a timer: ${state}`, async () => {
        server = state === 'absent' ? await RedisServer.absent() : await RedisServer.started();
        if (state === 'frozen before boot') server.freeze();
        // What the tests before this one have left running out.
        while (resources().length > 0) await pause(50);
        store = new RedisCacheStore({ url: server.url });
        await store.onModuleInit();
        await store.subscribe('auth:news', () => undefined);
        if (state === 'frozen after boot') server.freeze();
        await callAll(store);
        const started = performance.now();
        await store.onApplicationShutdown();
        expect(performance.now() - started).toBeLessThan(1_500);
        await pause(20);
        expect(resources()).toEqual([]);
      });
    }

    it('a client of the host that is offline or loses its server harms nothing', async () => {
      server = await RedisServer.absent();
      const client = createClient({ url: server.url });
      store = new RedisCacheStore({ client });
      await store.onModuleInit();
      expect((await callAll(store)).outcomes).toEqual(new Set(['unavailable']));
      await server.start();
      expect(await timeUntilBack(store)).toBeLessThan(BACK_BY);
      server.freeze();
      const { outcomes, slowest } = await callAll(store);
      expect(outcomes).toEqual(new Set(['unavailable']));
      expect(slowest).toBeLessThan(SETTLED_BY);
      server.thaw();
      expect(await timeUntilBack(store)).toBeLessThan(BACK_BY);
      await server.kill();
      expect((await callAll(store)).outcomes).toEqual(new Set(['unavailable']));
    });
  });
}
