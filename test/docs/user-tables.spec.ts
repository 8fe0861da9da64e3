import { Controller, Get, type INestApplication, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { hash } from 'bcrypt';
import { AuthModule, type AuthModuleExtras, type AuthModuleOptions, bcrypt, CurrentUser, UserPresenter } from 'nestjs-latchkey';
import { authSideMigrations, type LatchkeyAccount, LatchkeyUser, TypeOrmStorage } from 'nestjs-latchkey/typeorm';
import request from 'supertest';
import { Column, DataSource, Entity, type MigrationInterface } from 'typeorm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PASSWORD, SECRET } from '../auth-app.js';
import { createDatabase, describeEachDatabase, type SqlDatabaseKind, type SqlTestDatabase } from '../support/databases.js';
import { extracted } from './extract.js';

const adopt = extracted('docs/guides/adopt-existing-users.md');
const own = extracted('docs/guides/own-user-entity.md');

type Migration = Type<MigrationInterface>;
type User = Type<LatchkeyAccount>;

@Controller()
class WhoController {
  @Get('who')
  who(@CurrentUser() user: LatchkeyAccount) {
    return user;
  }
}

/** The module of the guide on the given database. */
async function boot(
  database: SqlTestDatabase,
  userEntity: User,
  migrations: Migration[],
  auth: Partial<AuthModuleOptions> & AuthModuleExtras = {},
): Promise<INestApplication> {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        ...database.typeOrmOptions,
        autoLoadEntities: true,
        migrations: [...migrations, ...authSideMigrations],
        migrationsRun: true,
        retryAttempts: 0,
      }),
      AuthModule.forRoot({
        secret: SECRET,
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        storage: TypeOrmStorage.forRoot({ userEntity }),
        hasher: bcrypt({ cost: 5 }),
        passport: false,
        ...auth,
      }),
    ],
    controllers: [WhoController],
  })
  class HostModule {}
  const app = await NestFactory.create(HostModule, { logger: false, abortOnError: false });
  await app.init();
  return app;
}

/** The table of the guide, as an older application has filled it. */
const LEGACY: Record<SqlDatabaseKind, string> = {
  sqlite: 'id integer PRIMARY KEY AUTOINCREMENT, created_at datetime NOT NULL',
  postgres: 'id serial PRIMARY KEY, created_at timestamp NOT NULL',
  mariadb: 'id int PRIMARY KEY AUTO_INCREMENT, created_at datetime(6) NOT NULL',
};

async function givenLegacyUsers(database: SqlTestDatabase, addresses: readonly string[]): Promise<void> {
  const source = await new DataSource(database.typeOrmOptions).initialize();
  try {
    await source.query(
      `CREATE TABLE users (${LEGACY[database.kind]}, email_address varchar(255) NOT NULL, password varchar(60) NOT NULL, full_name varchar(100))`,
    );
    for (const address of addresses) {
      const values = [address, await hash(PASSWORD, 4), 'Somebody', '2020-02-29 12:00:00'].map((value) => `'${value}'`);
      await source.query(`INSERT INTO users (email_address, password, full_name, created_at) VALUES (${values.join(', ')})`);
    }
  } finally {
    await source.destroy();
  }
}

describeEachDatabase('an existing users table', (kind) => {
  let database: SqlTestDatabase;
  let app: INestApplication | undefined;
  let entity: User;
  let migration: Migration;

  beforeEach(async () => {
    database = await createDatabase(kind);
    entity = (await adopt<{ User: User }>('src/user.entity.ts')).User;
    migration = (await adopt<{ AdoptUsers1796000000000: Migration }>('src/migrations/1796000000000-adopt-users.ts'))
      .AdoptUsers1796000000000;
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
    await database.drop();
  });

  const http = () => request(app!.getHttpServer());
  const post = (path: string, body: object) => http().post(path).send(body);
  const hashOf = async (id: number): Promise<string> =>
    ((await app!.get(DataSource).query(`SELECT password FROM users WHERE id = ${id}`)) as { password: string }[])[0]!.password;

  it('is adopted: users sign in as they always did, ids stay integers', async () => {
    await givenLegacyUsers(database, ['Ada@Example.COM', 'josé@example.com', 'jose@example.com']);
    app = await boot(database, entity, [migration]);

    const { body: ada } = await post('/auth/signin', { email: ' Ada@Example.com', password: PASSWORD }).expect(200);
    expect(ada.user).toMatchObject({ id: 1, email: 'ada@example.com', name: 'Somebody', emailConfirmed: false });
    const { body: who } = await http().get('/who').set('authorization', `Bearer ${ada.accessToken}`).expect(200);
    expect(who).toMatchObject({ id: 1, email: 'ada@example.com' });
    expect(JSON.stringify(who)).not.toContain('$2b$');

    const { body: jose } = await post('/auth/signin', { email: 'jose@example.com', password: PASSWORD }).expect(200);
    expect(jose.user).toMatchObject({ id: 3 });
    expect(await hashOf(1)).toMatch(/^\$lk\$.*\$2b\$05\$/);
    expect(await hashOf(2)).toMatch(/^\$2b\$04\$/);
    await post('/auth/signin', { email: 'ada@example.com', password: PASSWORD }).expect(200);

    const { body: eve } = await post('/auth/signup', { email: 'eve@example.com', password: PASSWORD }).expect(201);
    expect(eve.user).toMatchObject({ id: 4 });
    await post('/auth/signup', { email: 'ADA@example.com', password: PASSWORD }).expect(409);
    const change = { currentPassword: PASSWORD, newPassword: `${PASSWORD} 2` };
    await http().post('/auth/password/change').set('authorization', `Bearer ${eve.accessToken}`).send(change).expect(200);
    await http().get('/auth/me').set('authorization', `Bearer ${eve.accessToken}`).expect(401);
  });

  it('is left alone while two rows are one address', async () => {
    await givenLegacyUsers(database, ['ada@example.com', 'bob@example.com', 'ADA@example.com']);

    await expect(boot(database, entity, [migration])).rejects.toThrow('Users with one address: 1 and 3');

    const source = await new DataSource(database.typeOrmOptions).initialize();
    const rows = (await source.query('SELECT * FROM users ORDER BY id')) as object[];
    await source.destroy();
    expect(rows).toHaveLength(3);
    expect(Object.keys(rows[2]!).toSorted()).toEqual(['created_at', 'email_address', 'full_name', 'id', 'password']);
    expect(rows[2]).toMatchObject({ email_address: 'ADA@example.com' });
  });

  it('is as before when the migration is taken back', async () => {
    await givenLegacyUsers(database, ['Ada@example.com']);
    const source = await new DataSource({ ...database.typeOrmOptions, migrations: [migration] }).initialize();
    try {
      await source.runMigrations();
      await source.undoLastMigration();

      const rows = (await source.query('SELECT * FROM users')) as object[];
      expect(Object.keys(rows[0]!).toSorted()).toEqual(['created_at', 'email_address', 'full_name', 'id', 'password']);
    } finally {
      await source.destroy();
    }
  });
});

describeEachDatabase(
  'an inherited column that TypeORM would not rename',
  (kind) => {
    it('stops the boot, with the decorator that does', async () => {
      @Entity('users')
      class Renamed extends LatchkeyUser {
        @Column({ name: 'email_address', type: 'varchar', length: 320 })
        declare email: string;
      }
      const database = await createDatabase(kind);
      try {
        await expect(boot(database, Renamed, [])).rejects.toThrow("Use @OverrideColumn({ name: 'email_address' })");
      } finally {
        await database.drop();
      }
    });
  },
  ['sqlite'],
);

describeEachDatabase(
  'a user entity of the host',
  (kind) => {
    let database: SqlTestDatabase;
    let app: INestApplication | undefined;

    beforeEach(async () => {
      database = await createDatabase(kind);
    });
    afterEach(async () => {
      await app?.close();
      await database.drop();
    });

    it('has its own columns, at sign-up, in JSON and behind @CurrentUser()', async () => {
      const { User } = await own<{ User: User }>('src/user.entity.ts');
      const { Profile } = await own<{ Profile: Type }>('src/profile.ts');
      const { ShopUserPresenter } = await own<{ ShopUserPresenter: Type<UserPresenter> }>('src/user.presenter.ts');
      const { CreateUsers1796000000000 } = await own<{ CreateUsers1796000000000: Migration }>(
        'src/migrations/1796000000000-create-users.ts',
      );
      const overrides = [{ provide: UserPresenter, useClass: ShopUserPresenter }];
      app = await boot(database, User, [CreateUsers1796000000000], { profile: Profile, overrides });
      const http = () => request(app!.getHttpServer());

      const account = { email: 'ada@example.com', password: PASSWORD, company: 'Engines' };
      const { body } = await http().post('/auth/signup').send(account).expect(201);
      expect(body.user).toMatchObject({ email: 'ada@example.com', plan: 'free', company: 'Engines', roles: [] });
      const { body: refused } = await http()
        .post('/auth/signup')
        .send({ ...account, plan: 'gold' })
        .expect(400);
      expect(refused.details).toMatchObject([{ field: 'plan', code: 'unknown_field' }]);

      const as = { authorization: `Bearer ${body.accessToken}` };
      await http().patch('/auth/me').set(as).send({ company: 'Looms' }).expect(200);
      const { body: who } = await http().get('/who').set(as).expect(200);
      expect(who).toMatchObject({ plan: 'free', company: 'Looms' });
      expect(who).not.toHaveProperty('passwordHash');
    });
  },
  ['postgres'],
);
