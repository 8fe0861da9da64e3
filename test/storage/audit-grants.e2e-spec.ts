import { Clock, Housekeeping } from 'nestjs-latchkey';
import { AuditModule, AuditService } from 'nestjs-latchkey/audit';
import { RolesModule } from 'nestjs-latchkey/roles';
import { SettableClock } from 'nestjs-latchkey/testing';
import { auditGrants, authEntities, authMigrations } from 'nestjs-latchkey/typeorm';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthApp, startAuthApp } from '../auth-app.js';
import { createDatabase, describeEachDatabase, type SqlDatabaseKind, type SqlTestDatabase } from '../support/databases.js';
import { administer } from '../support/service-probes.js';

type ServerKind = Exclude<SqlDatabaseKind, 'sqlite'>;

/** What each database says to who may not. */
const DENIED = { postgres: /permission denied/, mariadb: /command denied/ } as const;

const open = (store: SqlTestDatabase): Promise<DataSource> =>
  new DataSource({ ...store.typeOrmOptions, entities: [...authEntities], migrations: [...authMigrations] } as never).initialize();

const statementsOf = (script: string): string[] => script.split(';\n').filter((statement) => statement !== '');

describeEachDatabase(
  'the application under a role that may only add to the audit log',
  (kind) => {
    const clock = new SettableClock();
    let store: SqlTestDatabase;
    let owner: DataSource;
    let app: AuthApp;
    const roles: string[] = [];

    /** A role of its own, as an administrator makes it before the script runs. @returns the database as the role sees it */
    const givenRole = async (name: string): Promise<SqlTestDatabase> => {
      const role = `${name}_${String(owner.driver.database).replaceAll(/\W/g, '_').slice(-20)}`;
      roles.push(role);
      const url = new URL(store.url);
      url.username = role;
      url.password = 'only-for-this-test';
      const create =
        kind === 'postgres'
          ? `CREATE ROLE "${role}" LOGIN PASSWORD 'only-for-this-test'`
          : `CREATE USER '${role}'@'%' IDENTIFIED BY 'only-for-this-test'`;
      await owner.query(create);
      // As many hosts have it from their first day.
      if (kind === 'mariadb') {
        const name = String(owner.driver.database);
        // As somebody types it, and as the official container images do.
        for (const database of [name, name.replaceAll('_', '\\_')]) {
          await owner.query(`GRANT ALL PRIVILEGES ON \`${database}\`.* TO '${role}'@'%'`);
        }
      }
      return { ...store, url: url.href, typeOrmOptions: { type: kind as ServerKind, url: url.href } };
    };
    const grant = async (role: string, retention = false): Promise<void> => {
      for (const statement of statementsOf(auditGrants(owner, { role, retention }))) await owner.query(statement);
    };
    const start = (as: SqlTestDatabase, rooms: Parameters<typeof startAuthApp>[0]): Promise<AuthApp> =>
      startAuthApp({ store: as, overrides: [{ provide: Clock, useValue: clock }], ...rooms });
    const asApp = (sql: string): Promise<unknown> => app.get(DataSource).query(sql);

    beforeAll(async () => {
      store = await createDatabase(kind);
      owner = await open(store);
      await owner.runMigrations();
      const as = await givenRole('shop');
      // Twice, since it is run again after every migration.
      await grant(roles[0]!);
      await grant(roles[0]!);
      app = await start(as, {
        rooms: [
          RolesModule.forRoot({ roles: { admin: ['audit.read'] }, defaultRole: 'admin' }),
          AuditModule.forRoot({ retention: false, log: false }),
        ],
      });
    }, 60_000);
    afterAll(async () => {
      await app?.close();
      await owner?.destroy();
      await store?.drop();
      const drop = kind === 'postgres' ? (role: string) => `DROP ROLE "${role}"` : (role: string) => `DROP USER '${role}'@'%'`;
      const admin = new URL(store.url);
      admin.pathname = kind === 'postgres' ? '/postgres' : '/mysql';
      await administer(kind as ServerKind, admin.href, roles.map(drop));
    });

    it('ask for no right that a hosted database keeps to itself', () => {
      expect(auditGrants(owner, { role: 'app' })).not.toMatch(/FLUSH|SUPER/);
    });

    it('works: people sign up, sign in, refresh, change and leave, and administrators read the log', async () => {
      const ada = await app.givenUser('ada@example.com');
      await app.signIn('ada@example.com').expect(200);
      await app.signIn('ada@example.com', 'a wrong guess').expect(401);
      const { body } = await app.refresh(ada.refreshToken).expect(200);
      const as = { authorization: `Bearer ${(body as { accessToken: string }).accessToken}` };
      await app.http().patch('/auth/me').set(as).send({ name: 'Ada' }).expect(200);
      const { body: page } = await app.http().get('/auth/audit').set(as).expect(200);
      const entries = (page as { entries: { event: string }[] }).entries.map(({ event }) => event);

      expect(entries).toContain('signIn.failed');
      await app.http().delete('/auth/me').set(as).expect(204);
    });

    it.each([
      ['change a row', "UPDATE auth_audit SET event = 'x'"],
      ['remove a row', 'DELETE FROM auth_audit'],
      ['empty the table', kind === 'mariadb' ? 'TRUNCATE TABLE auth_audit' : 'TRUNCATE auth_audit'],
      ['drop the table', 'DROP TABLE auth_audit'],
      ['change the table', 'ALTER TABLE auth_audit ADD COLUMN x varchar(1)'],
      [
        'give itself the right back',
        kind === 'mariadb' ? 'GRANT DELETE ON auth_audit TO CURRENT_USER()' : 'ALTER TABLE auth_audit OWNER TO CURRENT_USER',
      ],
    ])('cannot %s', async (_, sql) => {
      const before = await app.get(AuditService).find();
      await expect(asApp(sql)).rejects.toThrow(/denied|must be owner/);

      expect(before.entries.length).toBeGreaterThan(0);
      expect(await app.get(AuditService).find()).toEqual(before);
    });

    it('cannot run retention either, and says so instead of pretending', async () => {
      clock.advance('30d');

      await expect(app.get(AuditService).removeOlderThan('1d')).rejects.toThrow(DENIED[kind as ServerKind]);
    });

    it('leaves retention to another role, under which the same application removes what is old', async () => {
      const rows = async (): Promise<number> => (await app.get(AuditService).find({ limit: 500 })).entries.length;
      await app.givenUser('bob@example.com');
      const young = (await app.get(AuditService).find({ from: clock.now() })).entries.length;
      expect(await rows()).toBeGreaterThan(young);

      const keeper = await givenRole('keeper');
      await grant(roles[1]!, true);
      const job = await start(keeper, { rooms: [AuditModule.forRoot({ retention: '20d', log: false })] });
      await job.get(Housekeeping).run();
      expect(await rows()).toBe(young);
      await expect(job.get(DataSource).query("UPDATE auth_audit SET event = 'x'")).rejects.toThrow(DENIED[kind as ServerKind]);
      await job.close();
    });
  },
  ['postgres', 'mariadb'],
);

describeEachDatabase(
  'the script on a database without roles',
  () => {
    it('is refused with the reason', async () => {
      const store = await createDatabase('sqlite');
      const source = await open(store);

      expect(() => auditGrants(source, { role: 'shop' })).toThrow(/SQLite has no roles/);
      await source.destroy();
      await store.drop();
    });
  },
  ['sqlite'],
);

describeEachDatabase(
  'the script for tables in a schema of their own',
  () => {
    it('names it with every table, that of the migrations too', async () => {
      const store = await createDatabase('postgres');
      const source = await open({ ...store, typeOrmOptions: { ...store.typeOrmOptions, schema: 'shop' } as never });

      const tables = statementsOf(auditGrants(source, { role: 'app' })).flatMap((line) => / ON ("[^ ]+)/.exec(line)?.[1] ?? []);
      expect(tables).toContain('"shop"."migrations"');
      expect(tables.filter((table) => !table.startsWith('"shop".'))).toEqual([]);
      await source.destroy();
      await store.drop();
    });
  },
  ['postgres'],
);

describe('the names in the script', () => {
  it.each([
    ['postgres', 'o"clock; DROP TABLE x', '"o""clock; DROP TABLE x"'],
    ['mariadb', "o'clock@10.0.%", "'o\\'clock'@'10.0.%'"],
    ['mariadb', 'shop', "'shop'@'%'"],
  ] as const)('are quoted on %s: %s', (type, role, quoted) => {
    const escape = (part: string) => (type === 'postgres' ? `"${part}"` : `\`${part}\``);
    const metadata = { tablePath: 'auth_audit', tableType: 'regular' };
    const source = {
      options: { type },
      driver: { escape, database: 'shop', schema: undefined },
      entityMetadatas: [metadata],
      migrations: [],
      getMetadata: () => metadata,
    };
    const script = auditGrants(source as never, { role });

    expect(script).toContain(`TO ${quoted};`);
    expect(() => auditGrants(source as never, { role: 'a\nb' })).toThrow(TypeError);
    expect(() => auditGrants(source as never, { role: '' })).toThrow(TypeError);
  });
});
