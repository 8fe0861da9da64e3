import { randomBytes } from 'node:crypto';
import { redisClient } from './service-probes.js';
import { services, serviceUrl } from './services.js';

/** A corner of the shared Redis that only the caller uses. */
export interface TestRedis {
  readonly url: string;
  /** Every key and channel of the caller begins with it. */
  readonly prefix: string;
  /** Deletes the keys under the prefix, and nothing of anybody else. */
  flush(): Promise<void>;
}

/** @throws Error when there is no Redis: wrap the suite in `describeWith(['redis'], …)`. */
export function createRedis(): TestRedis {
  const url = serviceUrl('redis');
  const prefix = `latchkey-test:${services().runId}:${randomBytes(4).toString('hex')}:`;
  return {
    url,
    prefix,
    flush: async () => {
      const client = await redisClient(url);
      for await (const key of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 500 })) await client.del(key);
      await client.disconnect();
    },
  };
}
