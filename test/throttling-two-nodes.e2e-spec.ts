import { CacheStore, CacheUnavailableError } from 'nestjs-latchkey';
import { RedisCache } from 'nestjs-latchkey/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthApp, startAuthApp } from './auth-app.js';
import { RedisServer } from './cache/redis-server.js';
import { notRun } from './support/services.js';

const LIMIT = 25;

if (await RedisServer.isInstalled()) describe('two nodes on one Redis', () => twoNodes());
else notRun('request rates of two nodes', ['redis-server on the PATH']);

function twoNodes(): void {
  let redis: RedisServer;
  let nodes: AuthApp[];
  beforeAll(async () => {
    redis = await RedisServer.started();
    nodes = [];
    for (let node = 0; node < 2; node++) {
      nodes.push(
        await startAuthApp({
          database: 'memory',
          cache: RedisCache.forRoot({ url: redis.url }),
          lockout: false,
          throttle: { signIn: { limit: LIMIT, window: '1h' }, failures: { perMinute: 100_000, perDay: 100_000 } },
          trustedProxies: ['127.0.0.0/8', '::1'],
          logger: false,
        }),
      );
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await redis.remove();
  });

  /** All at once, in turn of both nodes; how many each admitted. */
  const guess = async (count: number, ip: string): Promise<[admitted: [number, number], refused: number]> => {
    const statuses = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const asked = nodes[index % 2]!.http().post('/auth/signin').set('X-Forwarded-For', ip);
        return (await asked.send({ email: 'nobody@example.com', password: 'a guess' })).status;
      }),
    );
    const admitted = (node: number) => statuses.filter((status, index) => index % 2 === node && status === 401).length;
    return [[admitted(0), admitted(1)], statuses.filter((status) => status === 429).length];
  };

  it('admit together exactly what one source may, however many ask at once', async () => {
    const [[one, other], refused] = await guess(100, '192.0.2.1');

    expect([one + other, refused]).toEqual([LIMIT, 100 - LIMIT]);
    expect(await guess(10, '192.0.2.1')).toEqual([[0, 0], 10]);
    const [[third, fourth]] = await guess(10, '192.0.2.2');
    expect([third, fourth]).toEqual([5, 5]);
  });

  it('count each for itself while Redis is gone, and together again once it is back', { timeout: 30_000 }, async () => {
    await redis.kill();
    const cacheOf = (node: AuthApp) => node.get(CacheStore);
    await expect(cacheOf(nodes[0]!).increment('auth:probe', 1_000)).rejects.toThrow(CacheUnavailableError);

    expect(await guess(100, '192.0.2.3')).toEqual([[LIMIT, LIMIT], 100 - 2 * LIMIT]);

    await redis.start();
    for (const node of nodes) {
      const answers = () => cacheOf(node).increment('auth:probe', 1_000);
      await expect
        .poll(
          () =>
            answers().then(
              () => true,
              () => false,
            ),
          { timeout: 15_000 },
        )
        .toBe(true);
    }
    const [[one, other]] = await guess(100, '192.0.2.4');
    expect(one + other).toBe(LIMIT);
  });
}
