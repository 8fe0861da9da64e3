import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RedisServer } from './cache/redis-server.js';
import { SECRET } from './auth-app.js';
import { createDatabase, type SqlTestDatabase } from './support/databases.js';
import { startDemo } from './support/demo-process.js';
import type { ServerProcess } from './support/processes.js';
import { describeWith } from './support/services.js';

const CREDENTIALS = { email: 'ada@example.com', password: 'correct horse battery staple' };
/** Contract: revocation acts within a second on every node; with Redis it is rather a tenth of that. */
const MAX_LAG = 1_000;
const P99_LAG_WITH_REDIS = 100;

describeWith(['postgres'], 'two processes on one PostgreSQL and one Redis', () => {
  let database: SqlTestDatabase;
  let redis: RedisServer;
  let here: ServerProcess;
  let there: ServerProcess;

  const post = (server: ServerProcess, path: string, body: object, token?: string) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
  const signIn = async (): Promise<string> => {
    const response = await post(here, '/auth/signin', CREDENTIALS);
    expect(response.status).toBe(200);
    return ((await response.json()) as { accessToken: string }).accessToken;
  };
  const enter = async (server: ServerProcess, token: string): Promise<number> => {
    const response = await fetch(`${server.url}/private`, { headers: { authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    return response.status;
  };
  /** Ends the session in one process, and tells how many milliseconds later the other one, which knew it, last let it in. */
  const lagOf = async (token: string): Promise<number> => {
    expect(await enter(there, token)).toBe(200);
    expect((await post(here, '/auth/signout', {}, token)).status).toBe(204);
    const endedAt = performance.now();
    for (let lag = 0; ; await pause(2)) {
      const status = await enter(there, token);
      if (status === 401) return lag;
      expect(status).toBe(200);
      lag = performance.now() - endedAt;
      if (lag > 5 * MAX_LAG) return lag;
    }
  };
  const lags = async (count: number): Promise<number[]> => {
    const measured: number[] = [];
    for (let trial = 0; trial < count; trial++) measured.push(await lagOf(await signIn()));
    return measured.toSorted((a, b) => a - b);
  };
  /** Valid sessions go on quickly, ended ones stay ended, in both processes. */
  const assertSane = async (valid: string, ended: readonly string[]): Promise<void> => {
    for (const server of [here, there]) {
      for (let request = 0; request < 10; request++) {
        const startedAt = performance.now();
        expect(await enter(server, valid)).toBe(200);
        expect(performance.now() - startedAt).toBeLessThan(MAX_LAG);
      }
      for (const token of ended) expect(await enter(server, token)).toBe(401);
    }
  };

  beforeAll(async () => {
    database = await createDatabase('postgres');
    redis = await RedisServer.started();
    const env = {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      AUTH_SECRET: SECRET,
      HASH_COST: '4',
      // One client signs in more often than a person would.
      THROTTLE: 'off',
      BASE_URL: 'http://localhost:3000',
    };
    here = await startDemo(env);
    there = await startDemo(env);
    expect((await post(here, '/auth/signup', CREDENTIALS)).status).toBe(201);
  }, 90_000);
  afterAll(async () => {
    await Promise.all([here?.stop(), there?.stop()]);
    await redis?.remove();
    await database?.drop();
  });

  it('one sees what the other revokes, nearly at once', async () => {
    const measured = await lags(100);
    expect(measured[98]).toBeLessThanOrEqual(P99_LAG_WITH_REDIS);
    expect(measured.at(-1)).toBeLessThanOrEqual(MAX_LAG);
  }, 60_000);

  it('goes on while Redis is flushed, frozen, killed and back, and nothing revoked comes back', async () => {
    const valid = await signIn();
    const ended = [await signIn(), await signIn()];
    for (const token of ended) await lagOf(token);

    await redis.command('FLUSHALL');
    await assertSane(valid, ended);

    redis.freeze();
    await assertSane(valid, ended);
    const frozen = await lags(5);
    expect(frozen.at(-1)).toBeLessThanOrEqual(MAX_LAG);
    redis.thaw();

    await redis.kill();
    await assertSane(valid, ended);
    // No message arrives now: the log in SQL tells.
    const killed = await lags(10);
    expect(killed.at(-1)).toBeLessThanOrEqual(MAX_LAG);
    const duringOutage = await signIn();
    await lagOf(duringOutage);

    await redis.start();
    await assertSane(valid, [...ended, duringOutage]);
    expect(here.child.exitCode ?? there.child.exitCode).toBeNull();
  }, 120_000);
});
