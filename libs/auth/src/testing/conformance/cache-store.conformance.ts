import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type CacheStore, CacheUnavailableError } from '../../core/ports/cache-store.js';
import { afterEach, beforeEach, describe, it } from './test-globals.js';

/** What a suite about a {@link CacheStore} runs on, made anew for every test. */
export interface CacheStoreHarness {
  store: CacheStore;
  /** The same cache as another process sees it. Needed when `scope` is `shared`. */
  other?: CacheStore;
  close?(): Promise<void>;
}

const eventually = async (check: () => boolean): Promise<void> => {
  for (let waited = 0; !check() && waited < 2_000; waited += 5) await pause(5);
  assert.ok(check(), 'it did not happen within two seconds');
};

/**
 * What every {@link CacheStore} must do. Times are real, because a cache across the network has its own clock.
 *
 * @example describeCacheStore('my cache', async () => ({ store: new MyCacheStore() }))
 */
export function describeCacheStore(name: string, create: () => Promise<CacheStoreHarness>): void {
  describe(`CacheStore: ${name}`, () => {
    let harness: CacheStoreHarness;
    let store: CacheStore;
    let key: string;

    beforeEach(async () => {
      harness = await create();
      store = harness.store;
      key = `auth:conformance:${randomBytes(8).toString('hex')}`;
    });
    afterEach(() => harness.close?.());

    it('answers undefined for what was never set', async () => {
      assert.equal(await store.get(key), undefined);
    });

    it('gives back what JSON can carry', async () => {
      for (const value of ['', 'text', 0, 42, true, false, null, [], [1, 'a'], { a: { b: [null] } }, 'é 🔑 \u0000']) {
        await store.set(key, value, 60_000);
        assert.deepEqual(await store.get(key), value);
      }
    });

    it('keeps its own copy', async () => {
      const value = { roles: ['user'] };
      await store.set(key, value, 60_000);
      value.roles.push('admin');
      const read = await store.get<typeof value>(key);
      read?.roles.push('root');
      assert.deepEqual(await store.get(key), { roles: ['user'] });
    });

    it('replaces, deletes, and deletes again without complaint', async () => {
      await store.set(key, 1, 60_000);
      await store.set(key, 2, 60_000);
      assert.equal(await store.get(key), 2);
      await store.delete(key);
      await store.delete(key);
      assert.equal(await store.get(key), undefined);
    });

    it('forgets when the time is over, not before', async () => {
      await store.set(key, 'soon gone', 300);
      assert.equal(await store.get(key), 'soon gone');
      await pause(350);
      assert.equal(await store.get(key), undefined);
    });

    it('tells keys apart byte by byte', async () => {
      await store.set(key, 'lower', 60_000);
      for (const twin of [`${key} `, key.toUpperCase(), `${key}\u0301`]) assert.equal(await store.get(twin), undefined);
    });

    it('counts from one, and says how long the counter lives', async () => {
      const first = await store.increment(key, 60_000);
      assert.equal(first.count, 1);
      assert.ok(first.expiresInMs > 50_000 && first.expiresInMs <= 60_000, `expires in ${first.expiresInMs}`);
      assert.equal((await store.increment(key, 60_000, 5)).count, 6);
      assert.equal((await store.increment(key, 60_000)).count, 7);
    });

    it('does not prolong a counter by counting', async () => {
      await store.increment(key, 400);
      await pause(200);
      const second = await store.increment(key, 60_000);
      assert.equal(second.count, 2);
      assert.ok(second.expiresInMs <= 250, `expires in ${second.expiresInMs}`);
      await pause(300);
      assert.equal((await store.increment(key, 60_000)).count, 1);
    });

    it('starts a deleted counter again', async () => {
      await store.increment(key, 60_000, 9);
      await store.delete(key);
      assert.equal((await store.increment(key, 60_000)).count, 1);
    });

    it('loses no increment of a hundred parallel ones', async () => {
      const counts = await Promise.all(Array.from({ length: 100 }, () => store.increment(key, 60_000)));
      assert.deepEqual(
        counts.map(({ count }) => count).sort((a, b) => a - b),
        Array.from({ length: 100 }, (_, index) => index + 1),
      );
    });

    it('rejects with CacheUnavailableError rather than guess when the key holds no counter', async () => {
      await store.set(key, 'no number', 60_000);
      await store.increment(key, 60_000).then(
        // A store that keeps counters apart from values may count.
        ({ count }) => assert.equal(count, 1),
        (error: unknown) => assert.ok(error instanceof CacheUnavailableError, String(error)),
      );
    });

    it('delivers messages to every listener of the channel, and of no other', async () => {
      const heard: string[] = [];
      const ends = [
        await store.subscribe(key, (message) => heard.push(`a ${message}`)),
        await store.subscribe(key, (message) => heard.push(`b ${message}`)),
        await store.subscribe(`${key}:other`, (message) => heard.push(`other ${message}`)),
      ];
      await store.publish(key, 'héllo');
      await eventually(() => heard.length >= 2);
      await pause(30);
      assert.deepEqual(heard.sort(), ['a héllo', 'b héllo']);
      for (const end of ends) await end();
    });

    it('delivers nothing after the subscription has ended, and ends it twice without complaint', async () => {
      const heard: string[] = [];
      const end = await store.subscribe(key, (message) => heard.push(message));
      const endOther = await store.subscribe(key, (message) => heard.push(`other ${message}`));
      await end();
      await end();
      await store.publish(key, 'late');
      await eventually(() => heard.length > 0);
      await pause(30);
      assert.deepEqual(heard, ['other late']);
      await endOther();
    });

    it('shares values, counters and messages with other processes exactly when it says so', async () => {
      const { other } = harness;
      if (store.scope === 'shared') assert.ok(other, 'a shared store must be tested with `other`');
      if (other === undefined) return;
      const heard: string[] = [];
      const end = await other.subscribe(key, (message) => heard.push(message));
      await store.increment(`${key}:count`, 60_000);
      const { count } = await other.increment(`${key}:count`, 60_000);
      await store.publish(key, 'to all');
      if (store.scope === 'shared') {
        await store.set(key, 'shared', 60_000);
        assert.equal(await other.get(key), 'shared');
        assert.equal(count, 2);
        await eventually(() => heard.length === 1);
      } else {
        assert.equal(count, 1);
        await pause(50);
        assert.deepEqual(heard, []);
      }
      await end();
    });
  });
}
