import { createClient } from '@redis/client';
import { CacheStore } from 'nestjs-latchkey';
import { settings } from '../../bench/servers/application.mjs';

/** The client as it comes: it waits, and asks again, for as long as it takes. */
class PatientCache extends CacheStore {
  scope = 'shared';

  constructor(client) {
    super();
    this.client = client;
  }

  async get(key) {
    return JSON.parse(await this.client.get(key)) ?? undefined;
  }

  async set(key, value, ttl) {
    await this.client.set(key, JSON.stringify(value), { PX: Math.ceil(ttl) });
  }

  async delete(key) {
    await this.client.del(key);
  }

  async increment(key, ttl, by = 1) {
    const count = await this.client.incrBy(key, by);
    if (count === by) await this.client.pExpire(key, Math.ceil(ttl));
    return { count, expiresInMs: ttl };
  }

  async publish(channel, message) {
    await this.client.publish(channel, message);
  }

  async subscribe(channel, listener) {
    const subscriber = this.client.duplicate();
    subscriber.on('error', () => undefined);
    await subscriber.connect();
    await subscriber.subscribe(channel, listener);
    return () => subscriber.disconnect();
  }
}

export const overrides = [
  {
    provide: CacheStore,
    useFactory: async () => {
      const client = createClient({ url: settings.redis.url });
      client.on('error', () => undefined);
      await client.connect();
      return new PatientCache(client);
    },
  },
];
