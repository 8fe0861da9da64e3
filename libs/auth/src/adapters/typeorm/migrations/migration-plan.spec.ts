import libsql from 'libsql';
import { DataSource, type MigrationInterface, type QueryRunner, Table, TableColumn } from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { MigrationPlan } from './migration-plan.js';

class MakeShops1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(new Table({ name: 'shop', columns: [{ name: 'id', type: 'integer', isPrimary: true }] }), true);
    await runner.query('INSERT INTO shop (id) VALUES (?), (?)', [1, null]);
    await runner.query("INSERT INTO note (text) VALUES ('why?' || ?);", ["it's"]);
  }
  async down(): Promise<void> {}
}

class NameShops1790000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasTable('shop'))
      await runner.addColumn('shop', new TableColumn({ name: 'name', type: 'text', isNullable: true }));
  }
  async down(): Promise<void> {}
}

class CountShops1790000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SELECT count(*) FROM shop');
  }
  async down(): Promise<void> {}
}

class KeepBytes1790000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO shop (name) VALUES (?)', [Buffer.from('x')]);
  }
  async down(): Promise<void> {}
}

describe('migrations written down as SQL', () => {
  let dataSource: DataSource;
  afterEach(() => dataSource.destroy());

  const plan = async (...migrations: (new () => MigrationInterface)[]) => {
    dataSource = new DataSource({ type: 'better-sqlite3', driver: libsql, database: ':memory:', migrations });
    await dataSource.initialize();
    return new MigrationPlan(dataSource);
  };

  it('change nothing, whether they use the table API or statements of their own, and see the tables of those before', async () => {
    const written = await (await plan(NameShops1790000000001, MakeShops1790000000000)).sql();
    const [made, named] = written.map(({ statements }) => statements);

    expect(written.map(({ name }) => name)).toEqual(['MakeShops1790000000000', 'NameShops1790000000001']);
    expect(made!.slice(1)).toEqual([
      'CREATE TABLE "shop" ("id" integer PRIMARY KEY NOT NULL)',
      'INSERT INTO shop (id) VALUES (1), (NULL)',
      "INSERT INTO note (text) VALUES ('why?' || 'it''s')",
      `INSERT INTO "migrations" ("timestamp", "name") VALUES (1790000000000, 'MakeShops1790000000000')`,
    ]);
    expect(made![0]).toMatch(/^CREATE TABLE "migrations" /);
    expect(named!.join('\n')).toMatch(/"name" text/);
    expect(await dataSource.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")).toEqual([]);
  });

  it.each([
    [
      'reads what is not there yet',
      CountShops1790000000002,
      /CountShops1790000000002 cannot be written down: .*no such table: shop/,
    ],
    ['has bytes for a parameter', KeepBytes1790000000003, /KeepBytes1790000000003 cannot be written down: it has a parameter/],
  ])('are refused as a whole when one %s', async (_, migration, sentence) => {
    await expect((await plan(MakeShops1790000000000, migration)).sql()).rejects.toThrow(sentence);
  });

  it('tells whether the tables of the library are among them', async () => {
    expect((await plan(MakeShops1790000000000)).hasOurs).toBe(false);
  });
});

describe('the migrations of a database', () => {
  it.each([0, null])('are not run beside another process that does not end (the lock answers %s)', async (taken) => {
    const queries: string[] = [];
    const runner = {
      query: async (sql: string) => {
        queries.push(sql);
        return [{ taken }];
      },
      release: async () => undefined,
    };
    const dataSource = { options: { type: 'mariadb' }, migrations: [], createQueryRunner: () => runner };

    await expect(new MigrationPlan(dataSource as unknown as DataSource).run()).rejects.toThrow(/^Another process/);
    expect(queries).toEqual([expect.stringContaining('GET_LOCK')]);
  });
});
