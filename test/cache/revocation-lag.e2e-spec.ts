import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule, bcrypt } from 'nestjs-latchkey';
import { authMigrations } from 'nestjs-latchkey/typeorm';
import { expect, it } from 'vitest';
import { RedisCache } from '../../libs/auth/src/adapters/redis/index.js';
import { SessionRepository } from '../../libs/auth/src/core/ports/session.repository.js';
import { UserRepository } from '../../libs/auth/src/core/ports/user.repository.js';
import { SessionsService } from '../../libs/auth/src/core/sessions/sessions.service.js';
import { SessionStates } from '../../libs/auth/src/core/sessions/session-states.js';
import { SECRET } from '../auth-app.js';
import { createDatabase, describeEachDatabase, type SqlTestDatabase } from '../support/databases.js';
import { createRedis } from '../support/redis.js';
import { has, notRun } from '../support/services.js';
import { RedisServer } from './redis-server.js';

const USERS = 20;
const DAY = 86_400_000;

const startNode = async (database: SqlTestDatabase, cache: DynamicModule | undefined): Promise<INestApplication> => {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        ...database.typeOrmOptions,
        autoLoadEntities: true,
        migrations: authMigrations,
        migrationsRun: true,
        retryAttempts: 0,
      }),
      AuthModule.forRoot({
        secret: SECRET,
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        cache,
        hasher: bcrypt({ cost: 4 }),
        passport: false,
      }),
    ],
  })
  class NodeModule {}
  const app = await NestFactory.create(NodeModule, { logger: false, abortOnError: false });
  return app.init();
};

/** Sessions of one user, opened by writing their rows. */
const givenSessions = async (app: INestApplication, count: number): Promise<{ userId: string; ids: string[] }> => {
  const now = Date.now();
  const email = `${randomBytes(6).toString('hex')}@example.com`;
  const user = await app
    .get(UserRepository, { strict: false })
    .insert({ email, passwordHash: null, emailConfirmedAt: null, createdAt: new Date(now), profile: {} });
  const ids = Array.from({ length: count }, () => randomBytes(16).toString('base64url'));
  for (const id of ids) {
    await app.get(SessionRepository, { strict: false }).insert({
      id,
      userId: String(user.id),
      delivery: 'bearer',
      remembered: false,
      credentialsVersion: user.credentialsVersion,
      secretHash: null,
      seed: randomBytes(32).toString('base64url'),
      generation: 1,
      rotatedAt: now,
      keyId: 'key',
      amr: ['pwd'],
      authTime: now,
      createdAt: now,
      lastSeenAt: now,
      idleExpiresAt: now + DAY,
      absoluteExpiresAt: now + DAY,
      ip: null,
      userAgent: null,
      revokedAt: null,
    });
  }
  return { userId: String(user.id), ids };
};

/** How long after `end` had resolved the other node still answered "live", for each session; it is asked every few milliseconds. */
async function lags(states: SessionStates, ids: string[], end: () => Promise<unknown>): Promise<number[]> {
  for (const id of ids) expect((await states.load(id)).status).toBe('live');
  let endedAt = Infinity;
  const watch = async (id: string): Promise<number> => {
    for (let lastLive = -Infinity; ; await pause(3)) {
      const live = states.peek(id, Date.now()) !== undefined || (await states.load(id)).status === 'live';
      if (!live) return Math.max(0, lastLive - endedAt);
      lastLive = performance.now();
      expect(lastLive - endedAt).toBeLessThan(3_000);
    }
  };
  const watching = Promise.all(ids.map(watch));
  await pause(Math.random() * 500);
  await end();
  endedAt = performance.now();
  return watching;
}

const report = (name: string, all: number[]): void => {
  if (!process.env['LATCHKEY_MEASURE']) return;
  const sorted = [...all].sort((a, b) => a - b);
  console.log(`${name}: median ${sorted[sorted.length >> 1]!.toFixed(0)} ms, max ${sorted.at(-1)!.toFixed(0)} ms`);
};

describeEachDatabase('revocation between two nodes', (kind) => {
  const measure = async (cache: () => DynamicModule | undefined): Promise<number[]> => {
    const database = await createDatabase(kind);
    const here = await startNode(database, cache());
    const there = await startNode(database, cache());
    try {
      const sessions = here.get(SessionsService, { strict: false });
      const states = there.get(SessionStates, { strict: false });
      const watched = Array.from({ length: USERS }, async () => {
        const { userId, ids } = await givenSessions(here, 3);
        const one = await lags(states, ids.slice(0, 1), () => sessions.revoke(userId, ids[0]!));
        return [...one, ...(await lags(states, ids.slice(1), () => sessions.endAll(userId, 'sign_out')))];
      });
      return (await Promise.all(watched)).flat();
    } finally {
      await Promise.all([here.close(), there.close()]);
      await database.drop();
    }
  };

  it('acts within a second by the log alone', async () => {
    const all = await measure(() => undefined);
    report(`${kind}, no shared cache`, all);
    expect(Math.max(...all)).toBeLessThanOrEqual(1_000);
  });

  if (!has('redis')) return notRun('with Redis', ['Redis']);

  it('acts at once through Redis', async () => {
    const { url, prefix } = createRedis();
    const all = await measure(() => RedisCache.forRoot({ url, prefix }));
    report(`${kind}, Redis`, all);
    expect(Math.max(...all)).toBeLessThanOrEqual(1_000);
    expect(all.sort((a, b) => a - b)[all.length >> 1]).toBeLessThan(100);
  });

  if (kind !== 'postgres') return;

  it('acts within a second beside a frozen Redis', async () => {
    const redis = await RedisServer.started();
    try {
      redis.freeze();
      const all = await measure(() => RedisCache.forRoot({ url: redis.url }));
      report(`${kind}, frozen Redis`, all);
      expect(Math.max(...all)).toBeLessThanOrEqual(1_000);
    } finally {
      redis.thaw();
      await redis.remove();
    }
  });
});
