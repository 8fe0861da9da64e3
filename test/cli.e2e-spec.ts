import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Controller, Get } from '@nestjs/common';
import { AccountsService, AuditLog, Roles } from 'nestjs-latchkey';
import { RolesModule, RolesService } from 'nestjs-latchkey/roles';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { latchkey as start } from './support/command-line.js';
import { createDatabase, describeEachDatabase, type SqlDatabaseKind, type SqlTestDatabase } from './support/databases.js';

const FIXTURES = resolve('test/fixtures/command-line');

/** The command with an environment of its own. */
const latchkey = (args: readonly string[], env: Record<string, string> = {}, cwd?: string, script?: string) =>
  start(args, { env, ...(cwd && { cwd }), ...(script && { script }) });

describe('the command line', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'latchkey-cli-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('prints a secret on one clean line, another one each time', async () => {
    const [first, second] = await Promise.all([latchkey(['generate-secret']), latchkey(['generate-secret'])]);

    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(/^[\w-]{43}\n$/);
    expect(second.out).not.toBe(first.out);
  });

  it('says in a sentence what to do about a server that is not there, and exits with 1', async () => {
    const { code, out, err } = await latchkey(['users', 'list'], { DATABASE_URL: 'postgres://me:s3cret@127.0.0.1:1/x' });

    expect(err).toMatch(/^The database of DATABASE_URL cannot be used: .*ECONNREFUSED.* Check DATABASE_URL\.\n$/);
    expect(err).not.toContain('s3cret');
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });

  it.each([
    ['app.module.ts', 'export {}', /is TypeScript: build the application/],
    ['main.mjs', 'export const started = true', /main\.mjs exports no module: name the file that exports AppModule/],
    ['broken.mjs', "throw new Error('no such planet')", /broken\.mjs cannot be loaded: no such planet\.\n$/],
    [
      'stops.mjs',
      'export class AppModule { constructor() { throw new Error("not today"); } }',
      /stops\.mjs does not start: not today\.\n$/,
    ],
  ])('says what is wrong with --app %s', async (name, text, sentence) => {
    writeFileSync(join(directory, name), text);
    const { code, err } = await latchkey(['users', 'list', '--app', name], {}, directory);

    expect(err).toMatch(sentence);
    expect(code).toBe(1);
  });
});

describe('the command line on a CommonJS application', () => {
  const app = ['--app', join(FIXTURES, 'app.module.cjs')];

  it('works with its providers, and ends although the application leaves a timer behind', async () => {
    expect(await latchkey(['users', 'grant', 'ada@example.com', 'admin', ...app])).toEqual({
      code: 0,
      out: 'ada@example.com now has the role admin.\n',
      err: '',
    });
  });

  it('says so when the application has no roles', async () => {
    const { code, err } = await latchkey(['users', 'grant', 'ada@example.com', 'admin', ...app], { WITHOUT_ROLES: 'yes' });

    expect(err).toMatch(/^The application has no roles: import RolesModule\.forRoot/);
    expect(code).toBe(1);
  });
});

describe('the command line on an application with its own user table', () => {
  let directory: string;
  let env: Record<string, string>;
  const app = ['--app', join(FIXTURES, 'app.module.mjs')];
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'latchkey-cli-'));
    env = {
      NODE_ENV: 'development',
      APP_DATABASE: join(directory, 'app.sqlite'),
      APP_SECRET: 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only',
    };
    const emails = ['ada@example.com', 'bob@example.com'];
    const seeded = await latchkey(emails, { ...env, APP_SYNCHRONIZE: 'yes' }, directory, join(FIXTURES, 'seed.mjs'));
    expect(seeded).toEqual({ code: 0, out: '', err: '' });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('grants by address and by integer id', async () => {
    expect((await latchkey(['users', 'grant', 'ADA@example.com', 'admin', ...app], env)).out).toContain('now has');
    expect((await latchkey(['users', 'grant', '1', 'admin', ...app], env)).out).toContain('already had');
    const { out } = await latchkey(['users', 'list', '--json', ...app], env);

    expect(JSON.parse(out)).toEqual({
      users: [
        { id: 1, email: 'ada@example.com', roles: ['admin', 'member'], createdAt: expect.any(String) },
        { id: 2, email: 'bob@example.com', roles: ['member'], createdAt: expect.any(String) },
      ],
      next: null,
    });
  });

  it('is told to use --app when only the database is named', async () => {
    const { code, err } = await latchkey(['users', 'list'], { DATABASE_URL: env['APP_DATABASE']! });

    expect(err).toMatch(
      /^The database of DATABASE_URL cannot be used: storage: There is no table auth_user\. .* needs --app .*\n$/,
    );
    expect(code).toBe(1);
  });

  it('passes on what is wrong with the configuration', async () => {
    const { code, err } = await latchkey(['users', 'list', ...app], { ...env, APP_SECRET: 'short' });

    expect(err).toMatch(/app\.module\.mjs does not start: secret: has 5 bytes; .*generate-secret\.\n$/);
    expect(code).toBe(1);
  });
});

@Roles('admin')
@Controller('desk')
class DeskController {
  @Get()
  read() {
    return 'admins';
  }
}

const STRANGER = 'postgres://127.0.0.1:1/another';

describeEachDatabase('the command line on a database', (kind: SqlDatabaseKind) => {
  let store: SqlTestDatabase;
  let app: AuthApp;
  let ada: Session;
  let env: Record<string, string>;
  beforeAll(async () => {
    store = await createDatabase(kind);
    const rooms = [RolesModule.forRoot({ roles: { admin: [], member: [] }, defaultRole: 'member' })];
    app = await startAuthApp({ store, rooms, controllers: [DeskController] });
    ada = await app.givenUser('ada@example.com');
    env = { DATABASE_URL: store.url };
  });
  afterAll(async () => {
    await app?.close();
    await store?.drop();
  });

  it('grants and revokes a role, which acts on live sessions of the running application within a second', async () => {
    const answer = async () => (await app.http().get('/desk').set('Authorization', `Bearer ${ada.accessToken}`)).status;
    const msUntil = async (status: number) => {
      const start = performance.now();
      while ((await answer()) !== status && performance.now() - start < 5_000);
      return performance.now() - start;
    };
    expect(await answer()).toBe(403);

    const granted = await latchkey(['users', 'grant', ' Ada@Example.com', 'admin'], env);
    expect(granted).toEqual({ code: 0, out: 'ada@example.com now has the role admin.\n', err: '' });
    expect(await msUntil(200)).toBeLessThan(1_100);

    const revoked = await latchkey(['users', 'revoke', String(ada.user.id), 'admin'], env);
    expect(revoked).toEqual({ code: 0, out: 'ada@example.com no longer has the role admin.\n', err: '' });
    expect(await msUntil(403)).toBeLessThan(1_100);

    const audited = await app.get(AuditLog).find({ userId: String(ada.user.id), limit: 2 });
    expect(audited.map(({ event, data }) => [event, data])).toEqual([
      ['role.revoked', { role: 'admin' }],
      ['role.granted', { role: 'admin' }],
    ]);
  });

  it('says when there was nothing to do', async () => {
    expect((await latchkey(['users', 'grant', 'ada@example.com', 'member'], env)).out).toBe(
      'ada@example.com already had the role member.\n',
    );
    expect((await latchkey(['users', 'revoke', 'ada@example.com', 'admin'], env)).out).toBe(
      'ada@example.com did not have the role admin.\n',
    );
  });

  it('knows no other account and no other role', async () => {
    const account = await latchkey(['users', 'grant', 'eve@example.com', 'admin'], env);
    const role = await latchkey(['users', 'grant', 'ada@example.com', 'admn'], env);

    expect(account).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^There is no account "eve@example.com": .*list/),
    });
    expect(role).toMatchObject({
      code: 1,
      out: '',
      err: 'There is no role "admn": did you mean "admin"? There are admin, member.\n',
    });
    expect((await app.get(RolesService).rolesOf(String(ada.user.id))).roles).toEqual(['member']);
  });

  it('lists accounts page by page, for people and for programs', async () => {
    for (const name of ['bob', 'eve']) await app.get(AccountsService).create({ email: `${name}@example.com`, password: PASSWORD });
    const pages: { id: string; email: string; roles: string[]; createdAt: string }[][] = [];
    for (let next: string | null | undefined; next !== null;) {
      const after = next === undefined ? [] : ['--after', next];
      const { code, out } = await latchkey(['users', 'list', '--limit', '2', '--json', ...after], env);
      expect(code).toBe(0);
      const page = JSON.parse(out) as { users: (typeof pages)[number]; next: string | null };
      pages.push(page.users);
      next = page.next;
    }
    expect(pages.map((page) => page.length)).toEqual([2, 1]);
    const users = pages.flat();
    expect(users.map(({ email }) => email).toSorted()).toEqual(['ada@example.com', 'bob@example.com', 'eve@example.com']);
    expect(users.find(({ email }) => email === 'ada@example.com')).toEqual({
      id: ada.user.id,
      email: 'ada@example.com',
      roles: ['member'],
      createdAt: ada.user.createdAt,
    });

    const { out, err } = await latchkey(['users', 'list', '--limit', '2'], env);
    const [head, first] = out.split('\n');
    expect(head).toMatch(/^ID +EMAIL +ROLES +CREATED$/);
    expect(first!.split(/ {2,}/)).toEqual([users[0]!.id, users[0]!.email, 'member', users[0]!.createdAt]);
    expect(err).toBe(`There are more: --after ${users[1]!.id}\n`);
  });

  it('leaves the session of the running application alone, whatever secret it is run with', async () => {
    const { code } = await latchkey(['users', 'list'], { ...env, AUTH_SECRET: 'another secret than the one of 9f8e7d6c5b4a3210' });

    expect(code).toBe(0);
    await app.me(ada.accessToken).expect(200);
  });
});

describe("the command line on the demo's file", () => {
  it('finds it below the working directory', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-cli-'));
    mkdirSync(join(directory, '.data'));
    const file = join(directory, '.data/latchkey.sqlite');
    const sqlite = await createDatabase('sqlite');
    const store: SqlTestDatabase = { ...sqlite, typeOrmOptions: { ...sqlite.typeOrmOptions, database: file } as never };
    const app = await startAuthApp({ store });
    try {
      await app.givenUser('ada@example.com');
      expect((await latchkey(['users', 'list'], {}, directory)).out).toContain('ada@example.com');
      expect((await latchkey(['users', 'list'], { DATABASE_URL: STRANGER }, directory)).out).not.toContain('ada');
    } finally {
      await app.close();
      await sqlite.drop();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
