import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule, LeaseRepository, OneTimeTokensService } from 'nestjs-latchkey';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, SECRET, startAuthApp } from './auth-app.js';
import { latchkey } from './support/command-line.js';
import { createDatabase, describeEachDatabase, type SqlTestDatabase } from './support/databases.js';

const FIXTURES = resolve('test/fixtures/command-line');

interface Listed {
  name: string;
  isRun: boolean;
}

describeEachDatabase('migrations on the command line', (kind) => {
  let store: SqlTestDatabase;
  let env: Record<string, string>;
  beforeEach(async () => {
    store = await createDatabase(kind);
    env = { DATABASE_URL: store.url };
    // A file that does not exist is rather a mistyped path than a new database.
    if (kind === 'sqlite') writeFileSync(store.url.replace('sqlite:', ''), '');
  });
  afterEach(() => store.drop());

  const migrations = (...args: string[]) => latchkey(['migrations', ...args], { env });
  const listed = async () => JSON.parse((await migrations('list', '--json')).out) as Listed[];
  const onDatabase = async <T>(work: (dataSource: DataSource) => Promise<T>): Promise<T> => {
    const dataSource = await new DataSource(store.typeOrmOptions).initialize();
    try {
      return await work(dataSource);
    } finally {
      await dataSource.destroy();
    }
  };
  const tables = () =>
    onDatabase(async (dataSource) => {
      const runner = dataSource.createQueryRunner();
      const names: string[] = [];
      for (const name of ['auth_user', 'auth_session', 'migrations']) if (await runner.hasTable(name)) names.push(name);
      await runner.release();
      return names;
    });
  const expectAppToStart = async () => {
    const module = {
      module: class HostModule {},
      imports: [
        TypeOrmModule.forRoot({ ...store.typeOrmOptions, autoLoadEntities: true, retryAttempts: 0 }),
        AuthModule.forRoot({ secret: SECRET, baseUrl: 'http://localhost:3000', environment: 'test', passport: false }),
      ],
    };
    const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    await app.close();
  };

  it('are listed and printed without a change to the database', async () => {
    const pending = await listed();
    const { code, out } = await migrations('sql');

    expect(pending.length).toBeGreaterThan(3);
    expect(pending.filter(({ isRun }) => isRun)).toEqual([]);
    expect(code).toBe(0);
    for (const { name } of pending) expect(out).toContain(`-- ${name}\n`);
    expect(out).toMatch(/CREATE TABLE ["`]auth_session["`]/);
    expect(await tables()).toEqual([]);
  });

  it('are printed as SQL that a client of the database runs, after which nothing is pending and the application starts', async () => {
    const { out } = await migrations('sql');
    await onDatabase(async (dataSource) => {
      for (const statement of out.split(/;\n/)) if (statement.trim() !== '') await dataSource.query(statement);
    });

    expect((await listed()).filter(({ isRun }) => !isRun)).toEqual([]);
    expect(await migrations('sql')).toEqual({ code: 0, out: '', err: 'Nothing is pending.\n' });
    expect(await migrations('run')).toEqual({ code: 0, out: 'Nothing is pending.\n', err: '' });
    await expectAppToStart();
  });

  it('are run once, in their order, and then the application starts', async () => {
    const names = (await listed()).map(({ name }) => name);

    expect(await migrations('run')).toEqual({ code: 0, out: names.map((name) => `${name} has been run.\n`).join(''), err: '' });
    expect(await migrations('run')).toMatchObject({ code: 0, out: 'Nothing is pending.\n' });
    expect((await listed()).every(({ isRun }) => isRun)).toBe(true);
    expect((await migrations('list')).out).toMatch(/^MIGRATION +STATE\nCreateAuthSideTables\d+ +run\n/);
    await expectAppToStart();
  });

  if (kind !== 'sqlite') {
    it('that two processes run at the same time are run once', async () => {
      const names = (await listed()).map(({ name }) => name);
      const outcomes = await Promise.all([migrations('run'), migrations('run')]);

      expect(outcomes.map(({ code, err }) => ({ code, err }))).toEqual([
        { code: 0, err: '' },
        { code: 0, err: '' },
      ]);
      const lines = outcomes.flatMap(({ out }) => out.trim().split('\n'));
      expect(lines.toSorted()).toEqual([...names.map((name) => `${name} has been run.`), 'Nothing is pending.'].toSorted());
    });
  }

  it('say in a sentence what a database refuses', async () => {
    await onDatabase((dataSource) => dataSource.query('CREATE TABLE auth_one_time_token (group_key int)'));
    const { code, out, err } = await migrations('run');

    expect(err).toMatch(/^[^\n]*group_key[^\n]*\.\n$/i);
    expect(err).not.toContain('    at ');
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });
});

describe('migrations of an application', () => {
  let store: SqlTestDatabase;
  beforeEach(async () => {
    store = await createDatabase('sqlite');
  });
  afterEach(() => store.drop());

  it('are run although it does not start without them', async () => {
    const app = ['--app', join(FIXTURES, 'app.module.mjs')];
    const env = { NODE_ENV: 'development', APP_DATABASE: store.url.replace('sqlite:', ''), APP_SECRET: SECRET };
    expect((await latchkey(['users', 'list', ...app], { env })).err).toMatch(/does not start: storage: There is no table /);

    const { code, out, err } = await latchkey(['migrations', 'run', ...app], { env });

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^CreateAuthSideTables\d+ has been run\.\n/);
    expect(out).not.toContain('CreateAuthUser');
    expect((await latchkey(['users', 'list', ...app], { env })).err).not.toContain('auth_session');
  });

  it('are missed where there is no data source', async () => {
    const { code, err } = await latchkey(['migrations', 'list', '--app', join(FIXTURES, 'app.module.cjs')]);

    expect(err).toMatch(/app\.module\.cjs has no data source of TypeORM/);
    expect(code).toBe(1);
  });
});

describeEachDatabase('cleanup on the command line', (kind) => {
  let store: SqlTestDatabase;
  let app: AuthApp;
  beforeEach(async () => {
    store = await createDatabase(kind);
    app = await startAuthApp({ store });
  });
  afterEach(async () => {
    await app.close();
    await store.drop();
  });

  it('removes what has expired, tells how much it was, and leaves the rest', async () => {
    const { accessToken, user } = await app.givenUser('ada@example.com');
    await app.givenUser('bob@example.com');
    await app.get(OneTimeTokensService).issue({ purpose: 'test', subject: 'young', ttl: 3_600_000 });
    await app.get(OneTimeTokensService).issue({ purpose: 'test', subject: 'old', ttl: 3_600_000 });
    const sources = app.nest.get(DataSource);
    await sources.query("UPDATE auth_one_time_token SET expires_at = 1 WHERE subject = 'old'");
    await sources.query(`UPDATE auth_session SET idle_expires_at = 1, absolute_expires_at = 1 WHERE user_id <> '${user.id}'`);

    const { code, out, err } = await latchkey(['cleanup', '--json'], { env: { DATABASE_URL: store.url } });

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ sessions: 1, 'one-time tokens': 1 });
    await app.me(accessToken).expect(200);
    const again = await latchkey(['cleanup'], { env: { DATABASE_URL: store.url } });
    expect(again.out).toMatch(/^EXPIRED +REMOVED\n/);
    expect(again.out).toMatch(/^sessions +0$/m);
  });

  it('leaves it to another process that is at it', async () => {
    await app.get(LeaseRepository).take('housekeeping', 'another', 60_000);

    const { code, out } = await latchkey(['cleanup'], { env: { DATABASE_URL: store.url } });

    expect({ code, out }).toEqual({ code: 0, out: 'Another process is cleaning up just now.\n' });
  });
});
