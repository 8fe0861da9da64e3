import { Controller, Get, type LoggerService, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import {
  bcrypt,
  Clock,
  MailTransport,
  MemoryCache,
  OutboxDispatcher,
  Public,
  StorageInspector,
  StoreUnavailableException,
} from 'nestjs-latchkey';
import { AuthHealth, HealthModule, type HealthModuleOptions, LatchkeyHealthIndicator } from 'nestjs-latchkey/health';
import { SmtpMail } from 'nestjs-latchkey/mail';
import { PasswordResetModule, PasswordResetService } from 'nestjs-latchkey/password-reset';
import { RedisCache } from 'nestjs-latchkey/redis';
import { SettableClock } from 'nestjs-latchkey/testing';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, startAuthApp } from './auth-app.js';
import { RedisServer } from './cache/redis-server.js';
import { SmtpSink } from './mail/smtp-sink.js';
import { describeEachDatabase } from './support/databases.js';
import { has, notRun } from './support/services.js';

/** The deadline, and what a busy machine takes beside it. */
const SETTLED_BY = 1_500;

@Controller()
class HealthController {
  constructor(
    private readonly terminus: HealthCheckService,
    private readonly auth: LatchkeyHealthIndicator,
  ) {}

  @Public()
  @HealthCheck()
  @Get('health')
  check() {
    return this.terminus.check([() => this.auth.isHealthy('auth')]);
  }
}

@Module({ imports: [TerminusModule.forRoot({ logger: false })], controllers: [HealthController] })
class ProbesModule {}

const RESET_PAGE = PasswordResetModule.forRoot();

let app: AuthApp;
let clock: SettableClock;
beforeEach(() => void (clock = new SettableClock()));
afterEach(() => app?.close());

async function start(
  health: HealthModuleOptions = {},
  { overrides = [], rooms = [], ...more }: AuthAppOptions = {},
): Promise<void> {
  app = await startAuthApp({
    ...more,
    overrides: [{ provide: Clock, useValue: clock }, ...overrides],
    rooms: [HealthModule.forRoot(health), ProbesModule, ...rooms],
  });
}

/** After what was known is not believed any more. */
async function probe() {
  clock.advance('1s');
  const begun = performance.now();
  const { status, body, text } = await app.http().get('/health');
  return { code: status, body, status: body.status, parts: body.details?.auth?.parts, text, took: performance.now() - begun };
}

describeEachDatabase('the health of an application', (kind) => {
  it('is good, and its answer holds nothing but which parts are up', async () => {
    await start({ keysMadeAt: new Date(clock.now()) }, { database: kind });

    const { body } = await app.http().get('/health').expect(200);

    const parts = { database: 'up', migrations: 'up', pool: 'up', cache: 'up', mail: 'up', outbox: 'up', keys: 'up' };
    expect(body).toEqual({
      status: 'ok',
      info: { auth: { status: 'up', parts } },
      error: {},
      details: { auth: { status: 'up', parts } },
    });
  });

  it('is bad when the database is gone, without a word about where it was', async () => {
    await start({}, { database: kind });
    expect((await probe()).code).toBe(200);
    const source = app.get(DataSource);
    await source.destroy();

    const { code, body, took } = await probe();

    const parts = { database: 'down', migrations: 'up', pool: 'up', cache: 'up', mail: 'up', outbox: 'down' };
    expect(code).toBe(503);
    expect(body).toEqual({
      status: 'error',
      info: {},
      error: { auth: { status: 'down', parts } },
      details: { auth: { status: 'down', parts } },
    });
    expect(took).toBeLessThan(SETTLED_BY);
    await source.initialize();
  });
});

describeEachDatabase('the health of an application whose tables are not what they should be', (kind) => {
  it('is bad within a minute, and the log says what is missing', async () => {
    const log = recordingLogger();
    await start({}, { database: kind, logger: log });
    expect((await probe()).parts.migrations).toBe('up');
    await app.get(DataSource).query('ALTER TABLE auth_invitation RENAME TO auth_invitation_of_old');

    clock.advance('1m');
    const { code, parts, text } = await probe();

    expect([code, parts.migrations, parts.database]).toEqual([503, 'down', 'up']);
    expect(text).not.toContain('auth_invitation');
    expect(log.lines.filter((line) => line.startsWith('Down: migrations (There is no table auth_invitation'))).toHaveLength(1);
  });

  it('is bad while a migration is pending', async () => {
    await start({}, { database: kind, logger: false });
    const source = app.get(DataSource);
    const [{ name }] = await source.query('SELECT name FROM migrations ORDER BY id DESC LIMIT 1');
    await source.query(`DELETE FROM migrations WHERE name = '${name}'`);

    expect(await probe()).toMatchObject({ code: 503, parts: { migrations: 'down', database: 'up' } });
  });
});

describe('the health of an application', () => {
  it('is good again within a second when the database is, whatever could not be asked meanwhile', async () => {
    await start({}, { database: 'sqlite', logger: false });
    const inspector = app.get(StorageInspector);
    const { facts } = inspector;
    inspector.facts = async () => {
      throw new StoreUnavailableException();
    };
    expect(await probe()).toMatchObject({ code: 503, parts: { migrations: 'down' } });

    inspector.facts = facts;
    expect(await probe()).toMatchObject({ code: 200, parts: { migrations: 'up' } });
  });

  it('is told without Terminus, and outside of HTTP', async () => {
    await start();

    expect(await app.get(AuthHealth).check()).toEqual({
      status: 'up',
      parts: { database: 'up', cache: 'up', mail: 'up', outbox: 'up' },
    });
  });

  it('says nothing of mail that the application does not send', async () => {
    await start(
      {},
      {
        environment: 'production',
        baseUrl: 'https://app.example.com',
        cache: MemoryCache.forRoot({ singleInstance: true }),
        hasher: bcrypt(),
        throttle: {},
        recordMail: false,
      },
    );

    expect((await probe()).parts).toEqual({ database: 'up', cache: 'up' });
  });

  it('is bad without whatever the host calls critical', async () => {
    await start({ critical: ['keys'], keysMadeAt: '2020-01-01' });

    expect(await probe()).toMatchObject({ code: 503, status: 'error', parts: { keys: 'down', database: 'up' } });
  });

  it('is degraded while keys are due for rotation', async () => {
    await start({ keysMadeAt: new Date(clock.now()), keyAge: '90d' });
    expect((await probe()).status).toBe('ok');

    clock.advance('91d');
    expect(await probe()).toMatchObject({ code: 200, status: 'degraded', parts: { keys: 'down' } });
  });

  it('is degraded while mail waits in the outbox', async () => {
    const refusing = { send: async () => Promise.reject(new Error('no')), verify: async () => undefined };
    await start(
      { outboxAge: '1h' },
      { rooms: [RESET_PAGE], overrides: [{ provide: MailTransport, useValue: refusing }], logger: false },
    );
    await app.givenUser('ada@example.com');
    await app.get(PasswordResetService).request('ada@example.com');
    await app.get(OutboxDispatcher).drain();
    expect((await probe()).parts.outbox).toBe('up');

    clock.advance('1h');
    expect(await probe()).toMatchObject({ code: 200, status: 'degraded', parts: { outbox: 'down', mail: 'up' } });
  });

  it('is asked of the mail server at most once a minute, and never waits for it longer than the deadline', async () => {
    let asked = 0;
    const hanging = { send: async () => undefined, verify: () => (asked++, new Promise<void>(() => undefined)) };
    await start({ deadline: '200ms' }, { overrides: [{ provide: MailTransport, useValue: hanging }], logger: false });

    for (let round = 0; round < 3; round += 1) {
      const { parts, took, status } = await probe();
      expect([status, parts.mail]).toEqual(['degraded', 'down']);
      expect(took).toBeLessThan(SETTLED_BY);
    }
    expect(asked).toBe(1);
  });

  it('is degraded while the mail server is away, and the log says why, once', async () => {
    const sink = await new SmtpSink().start();
    const log = recordingLogger();
    const mail = SmtpMail.forRoot({ url: `smtp://127.0.0.1:${sink.port}`, from: 'noreply@example.com' });
    await start({ mailEvery: '1m' }, { mail, recordMail: false, logger: log });
    expect((await probe()).parts.mail).toBe('up');
    const { port } = sink;
    await sink.stop();

    clock.advance('1m');
    const away = await probe();
    clock.advance('1m');
    await probe();
    expect(away).toMatchObject({ code: 200, status: 'degraded', parts: { mail: 'down', database: 'up' } });
    expect(away.text).not.toContain(String(port));
    expect(log.lines.filter((line) => line.startsWith('Down: mail'))).toHaveLength(1);

    const back = await new SmtpSink(port).start();
    clock.advance('1m');
    expect((await probe()).status).toBe('ok');
    expect(log.lines.at(-1)).toBe('Up again: mail');
    await back.stop();
  });
});

if (await RedisServer.isInstalled()) {
  describe('the health of an application whose Redis goes', () => {
    it('is degraded, not bad, and good again with Redis', async () => {
      const redis = await RedisServer.started();
      try {
        await start({}, { cache: RedisCache.forRoot({ url: redis.url }), logger: false });
        expect((await probe()).status).toBe('ok');

        await redis.kill();
        expect(await probe()).toMatchObject({ code: 200, status: 'degraded', parts: { cache: 'down', database: 'up' } });
        await app.givenUser('ada@example.com');

        await redis.start();
        await expect.poll(async () => (await probe()).status, { timeout: 10_000, interval: 100 }).toBe('ok');
      } finally {
        await redis.remove();
      }
    });
  });
} else notRun('the health of an application whose Redis goes', ['redis-server on the PATH']);

if (has('postgres')) {
  describe('the health of an application on a pool', () => {
    it('is degraded while everything is taken and somebody waits, and a flood of probes takes one connection', async () => {
      await start({ critical: [] }, { database: 'postgres', typeOrm: { poolSize: 3 }, logger: false });
      const source = app.get(DataSource);
      expect((await probe()).status).toBe('ok');
      const runners = [0, 1, 2].map(() => source.createQueryRunner());
      await Promise.all(runners.map((runner) => runner.connect()));
      const waiting = source.query('SELECT 1');

      clock.advance('1s');
      const answers = await Promise.all(Array.from({ length: 100 }, () => app.get(AuthHealth).check()));
      const pool = (source.driver as unknown as { master: { waitingCount: number } }).master;

      expect(new Set(answers.map(({ status, parts }) => `${status} ${parts.pool}`))).toEqual(new Set(['degraded down']));
      // The one of this test, that of the health, the reader of the revocation log and the dispatcher.
      expect(pool.waitingCount).toBeLessThanOrEqual(5);
      await Promise.all(runners.map((runner) => runner.release()));
      await waiting;
      await expect.poll(async () => (await probe()).status, { timeout: 10_000, interval: 100 }).toBe('ok');
    });

    it('is told within the deadline while the database hangs', async () => {
      await start({}, { database: 'postgres', logger: false });
      const source = app.get(DataSource);
      const blocker = source.createQueryRunner();
      await blocker.connect();
      await blocker.startTransaction();
      await blocker.query('LOCK TABLE auth_revocation IN ACCESS EXCLUSIVE MODE');

      const { code, parts, took } = await probe();

      expect([code, parts.database]).toEqual([503, 'down']);
      expect(took).toBeLessThan(SETTLED_BY);
      await blocker.rollbackTransaction();
      await blocker.release();
      await expect.poll(async () => (await probe()).code, { timeout: 10_000, interval: 100 }).toBe(200);
    });
  });
} else notRun('the health of an application on a pool', ['postgres']);

function recordingLogger(): LoggerService & { lines: string[] } {
  const lines: string[] = [];
  const note = (message: unknown) => void lines.push(String(message));
  return { lines, log: note, warn: note, error: note };
}
