import { Controller, Get } from '@nestjs/common';
import { CurrentUser, Public } from 'nestjs-latchkey';
import { RedisCache } from 'nestjs-latchkey/redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RedisServer } from './cache/redis-server.js';
import { type AuthApp, type Session, startAuthApp } from './auth-app.js';
import { describeEachDatabase } from './support/databases.js';
import { StatementCounter } from './support/statement-counter.js';

@Controller()
class Routes {
  @Get('private')
  guarded() {
    return {};
  }

  @Public()
  @Get('open')
  open() {
    return {};
  }

  @Get('whoami')
  whoAmI(@CurrentUser() user: { email: string }) {
    return { email: user.email };
  }
}

describeEachDatabase('statements per operation', (kind) => {
  const counter = new StatementCounter();
  let redis: RedisServer;
  let app: AuthApp;
  let ada: Session;
  /** Of a server that only this suite speaks to; the question itself is not counted. */
  const redisCommands = async (): Promise<number> => {
    const [, processed] = /total_commands_processed:(\d+)/.exec(await redis.command('INFO', 'stats'))!;
    return Number(processed);
  };
  const get = (path: string, token = ada.accessToken) => app.http().get(path).set('Authorization', `Bearer ${token}`);

  beforeAll(async () => {
    redis = await RedisServer.started();
    app = await startAuthApp({
      database: kind,
      controllers: [Routes],
      typeOrm: { logger: counter },
      cache: RedisCache.forRoot({ url: redis.url }),
    });
    ada = await app.givenUser('ada@example.com');
  });
  afterAll(async () => {
    await app.close();
    await redis.remove();
  });

  it('a protected route costs one statement for a session that is not known here, and then nothing', async () => {
    counter.take();
    await get('/private').expect(200);
    expect(counter.take()).toHaveLength(1);

    const overhead = await redisCommands().then(async (before) => (await redisCommands()) - before);
    const before = await redisCommands();
    for (let request = 0; request < 20; request++) await get('/private').expect(200);
    expect(counter.take()).toEqual([]);
    expect((await redisCommands()) - before - overhead).toBe(0);
  });

  it('a public route costs nothing, whatever is presented', async () => {
    await get('/open').expect(200);
    await get('/open', 'garbage').expect(200);
    expect(counter.take()).toEqual([]);
  });

  it('the user is read only where a handler asks', async () => {
    await get('/whoami').expect(200, { email: 'ada@example.com' });
    expect(counter.take()).toHaveLength(1);
  });

  it('a sign-in costs at most five statements, the first one too', async () => {
    for (let time = 0; time < 3; time++) {
      const { body } = await app.signIn('ada@example.com').expect(200);
      const statements = counter.take();
      expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(5);
      expect(body.user.email).toBe('ada@example.com');
    }
  });

  it('a failed sign-in costs the same for an address that has no account', async () => {
    await app.signIn('ada@example.com', 'wrong').expect(401);
    const known = counter.take();
    await app.signIn('nobody@example.com', 'wrong').expect(401);
    expect(counter.take()).toEqual(known);
  });

  it('a refresh costs at most two statements', async () => {
    counter.take();
    const { body } = await app.refresh(ada.refreshToken).expect(200);
    expect(counter.take()).toHaveLength(2);
    await app.refresh(ada.refreshToken).expect(200);
    expect(counter.take()).toHaveLength(1);
    expect(body.refreshToken).not.toBe(ada.refreshToken);
  });
});
