import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { PasswordHasher, UserRepository } from 'nestjs-latchkey';
import { RolesModule } from 'nestjs-latchkey/roles';
import libsql from 'libsql';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../libs/auth/src/cli/run.js';
import type { Terminal } from '../libs/auth/src/cli/terminal.js';
import { type AuthApp, startAuthApp } from './auth-app.js';
import { latchkey as built } from './support/command-line.js';
import { createDatabase, describeEachDatabase, type SqlTestDatabase } from './support/databases.js';
import { FOREIGN_HASHES, FOREIGN_PASSWORD } from './support/foreign-hashes.js';

const BCRYPT = FOREIGN_HASHES['bcrypt $2b$'];

interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** The command as the program runs it, without a process of its own. */
async function latchkey(cwd: string, args: readonly string[], more: Partial<Terminal> = {}): Promise<Outcome> {
  const lines = { out: [] as string[], err: [] as string[] };
  const terminal: Terminal = {
    out: (line) => void lines.out.push(line),
    err: (line) => void lines.err.push(line),
    env: {},
    cwd,
    ...more,
  };
  const code = await run(args, terminal);
  return { code, out: lines.out.join('\n'), err: lines.err.join('\n') };
}

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-import-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a file that makes no sense', () => {
  it.each<[string, string[], RegExp]>([
    ['is not there', ['import', 'users.csv'], /^There is no file users\.csv\.$/],
    ['is a directory', ['import', '.', '--format', 'csv'], /^\. is a directory: name a file\.$/],
    ['does not say what it is', ['import', 'users.txt'], /^The name of users\.txt does not say what it is: add --format csv/],
    ['has a delimiter of two characters', ['import', 'users.csv', '--delimiter', ';;'], /Use one character/],
    ['is mapped without a column', ['import', 'users.csv', '--map', '=email'], /Use column=field/],
  ])('is one sentence when it %s', async (_, args, sentence) => {
    const { code, out, err } = await latchkey(directory, args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(sentence);
  });
});

describe('an application with its own user table, as it is built', () => {
  const fixtures = resolve('test/fixtures/command-line');

  it('gets accounts with ids and defaults of its own, and with its own columns', async () => {
    const app = ['--app', join(fixtures, 'app.module.mjs')];
    const env = {
      NODE_ENV: 'development',
      APP_DATABASE: join(directory, 'app.sqlite'),
      APP_SECRET: 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only',
    };
    const seeded = await built(['first@example.com'], {
      env: { ...env, APP_SYNCHRONIZE: 'yes' },
      cwd: directory,
      script: join(fixtures, 'seed.mjs'),
    });
    expect(seeded).toMatchObject({ code: 0, err: '' });
    writeFileSync(
      join(directory, 'people.jsonl'),
      '{"email":"a@example.com","plan":"gold","roles":"admin"}\n{"email":"b@example.com"}\n',
    );

    const imported = await built(['import', 'people.jsonl', '--role', 'member', ...app], { env, cwd: directory });
    expect(imported).toEqual({ code: 0, out: '2 accounts were imported; 0 addresses have an account already.\n', err: '' });
    const { out } = await built(['users', 'list', '--json', ...app], { env });
    expect(JSON.parse(out)).toMatchObject({
      users: [
        { id: 1, email: 'first@example.com', roles: ['member'] },
        { id: 2, email: 'a@example.com', roles: ['admin', 'member'] },
        { id: 3, email: 'b@example.com', roles: ['member'] },
      ],
    });
    const database = await new DataSource({ type: 'better-sqlite3', driver: libsql, database: env.APP_DATABASE }).initialize();
    const plans = await database.query('SELECT plan FROM person ORDER BY id');
    await database.destroy();
    expect(plans).toEqual([{ plan: 'free' }, { plan: 'gold' }, { plan: 'free' }]);
  });
});

describeEachDatabase('accounts of another system', (kind) => {
  let store: SqlTestDatabase;
  let app: AuthApp;
  const file = (name: string, lines: readonly string[]): string => {
    writeFileSync(join(directory, name), `${lines.join('\n')}\n`);
    return name;
  };
  const importing = (...args: string[]): Promise<Outcome> =>
    latchkey(directory, ['import', ...args], { env: { DATABASE_URL: store.url } });
  const found = (email: string) => app.get(UserRepository).findByEmailWithPassword(email);

  beforeAll(async () => {
    store = await createDatabase(kind);
    app = await startAuthApp({ store, rooms: [RolesModule.forRoot({ roles: { admin: ['all'], member: [] } })] });
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await store.drop();
  });

  it('sign in with the password they had, and get a hash of today', async () => {
    const owners = Object.entries(FOREIGN_HASHES).map(([system, hash], index) => ({
      system,
      hash,
      email: `owner-${index}@example.com`,
    }));
    const path = file('systems.csv', ['email,password_hash', ...owners.map(({ email, hash }) => `${email},"${hash}"`)]);

    expect(await importing(path)).toEqual({
      code: 0,
      out: `${owners.length} accounts were imported; 0 addresses have an account already.`,
      err: '',
    });
    for (const { system, hash, email } of owners) {
      expect([system, (await found(email))?.passwordHash]).toEqual([system, hash]);
      await app.signIn(email, `${FOREIGN_PASSWORD}!`).expect(401);
      const { body } = await app.signIn(email, FOREIGN_PASSWORD).expect(200);
      await app.me(body.accessToken).expect(200);
      const upgraded = (await found(email))!.passwordHash!;
      expect([system, upgraded === hash, app.get(PasswordHasher).needsRehash(upgraded)]).toEqual([system, false, false]);
      await app.signIn(email, FOREIGN_PASSWORD).expect(200);
    }

    const upgraded = (await found('owner-0@example.com'))!.passwordHash;
    const again = await importing(path);
    expect(again).toMatchObject({ code: 0, out: `0 accounts were imported; ${owners.length} addresses have an account already.` });
    expect((await found('owner-0@example.com'))!.passwordHash).toBe(upgraded);
  });

  it('come with their roles, names, confirmations and dates, from JSON lines as from CSV', async () => {
    const created = '2021-03-04T05:06:07.890Z';
    const jsonl = file('people.jsonl', [
      JSON.stringify({
        email: ' Ada@Example.COM ',
        passwordHash: BCRYPT,
        name: 'Ada Lovelace',
        emailConfirmed: true,
        roles: ['admin', 'member'],
        createdAt: created,
      }),
      JSON.stringify({ email: 'grace@example.com', passwordHash: null, disabled: true, shoeSize: 38 }),
    ]);
    const csv = file('people.csv', [
      'id;login;encrypted_password;name;confirmed_at;roles;created_at',
      `7;Émile@example.com;${BCRYPT};"Zola; Émile";2022-01-02 03:04:05.678+01;admin|member;1600000000`,
      '8;jean@example.com;;;;;',
    ]);

    expect((await importing(jsonl, '--map', 'shoeSize=')).out).toMatch(/^2 accounts were imported/);
    const maps = ['login=email', 'encrypted_password=passwordHash', 'confirmed_at=emailConfirmed', 'id='].flatMap((map) => [
      '--map',
      map,
    ]);
    expect(await importing(csv, '--delimiter', ';', ...maps, '--role', 'member')).toMatchObject({ code: 0, err: '' });

    const ada = (await found('ada@example.com'))!;
    expect(ada.user).toMatchObject({ name: 'Ada Lovelace', createdAt: new Date(created), emailConfirmedAt: new Date(created) });
    expect(ada.roles).toEqual(['admin', 'member']);
    const grace = (await found('grace@example.com'))!;
    expect([grace.passwordHash, grace.user.emailConfirmedAt, grace.user.disabledAt]).toEqual([null, null, expect.any(Date)]);
    const zola = (await found('émile@example.com'))!;
    expect(zola.user).toMatchObject({
      name: 'Zola; Émile',
      createdAt: new Date(1_600_000_000_000),
      emailConfirmedAt: new Date('2022-01-02T02:04:05.678Z'),
    });
    expect(zola.roles).toEqual(['admin', 'member']);
    const jean = (await found('jean@example.com'))!;
    expect([jean.user.name, jean.passwordHash, jean.roles]).toEqual([null, null, ['member']]);

    const { body } = await app.signIn('ADA@example.com', FOREIGN_PASSWORD).expect(200);
    expect((await app.me(body.accessToken).expect(200)).body.user).toMatchObject({
      emailConfirmed: true,
      roles: ['admin', 'member'],
    });
    await app.signIn('grace@example.com', FOREIGN_PASSWORD).expect(401);
  });

  it('are reported by their lines when they cannot be imported, without their hashes, and the others are there', async () => {
    const hash = BCRYPT.replace('$2b$', '$9z$');
    const path = file('broken.csv', [
      'email,passwordHash,emailConfirmed,roles,createdAt',
      `good-1@example.com,${BCRYPT},,,`,
      `no address,${BCRYPT},,,`,
      `,${BCRYPT},,,`,
      `a@example.com,${hash},,,`,
      `b@example.com,${BCRYPT},perhaps,,`,
      `c@example.com,${BCRYPT},,king,`,
      `d@example.com,${BCRYPT},,,yesterday`,
      `e@example.com,${BCRYPT}`,
      `f@example.com,"${BCRYPT}"x,,,`,
      `good-1@EXAMPLE.com,${BCRYPT},,,`,
      `good-2@example.com,${BCRYPT},,,`,
    ]);
    const { code, out, err } = await importing(path, '--report', 'left.jsonl');

    expect(code).toBe(1);
    expect(out).toBe('2 accounts were imported; 1 address has an account already.');
    expect(err.split('\n')).toEqual([
      'Line 3 has an e-mail address that is none.',
      'Line 4 has no e-mail address.',
      'Line 5 has a password hash of a form that is not known.',
      'Line 6 has an emailConfirmed that is neither true, false nor a time.',
      'Line 7 has the role "king", which there is not.',
      'Line 8 has a createdAt that is no time.',
      'Line 9 has 2 columns, the header 5.',
      'Line 10 has a quote in the wrong place.',
      '8 of 11 lines cannot be imported: mend them and run the command again, it leaves what exists as it is.',
    ]);
    const report = readFileSync(join(directory, 'left.jsonl'), 'utf8');
    expect(report.trim().split('\n')).toHaveLength(9);
    expect(report).toContain('{"line":11,"outcome":"existing","reason":"has the address of line 2"}');
    expect(report + err + out).not.toContain(hash.slice(8));
    expect(await found('good-2@example.com')).not.toBeNull();
  });

  it('are counted as one JSON object for programs', async () => {
    const { code, out, err } = await importing(file('few.jsonl', ['{"email":"json@example.com"}', '{']), '--json');

    expect(JSON.parse(out)).toEqual({
      lines: 2,
      imported: 1,
      existing: 0,
      bad: 1,
      dryRun: false,
      problems: [{ line: 2, reason: 'is not JSON' }],
    });
    expect([code, err.split('\n')]).toEqual([1, [expect.stringContaining('1 of 2 lines')]]);
  });

  it('are only looked at in a dry run', async () => {
    const path = file('dry.csv', ['email', 'dry@example.com', 'ada@example.com', 'dry@example.com']);
    expect(await importing(path, '--dry-run')).toEqual({
      code: 0,
      out: '1 account would be imported; 2 addresses have an account already.',
      err: '',
    });
    expect(await found('dry@example.com')).toBeNull();
  });

  it('cost each other nothing when one of many cannot be stored', async () => {
    const tooLong = 'x'.repeat(300);
    const lines = Array.from(
      { length: 600 },
      (_, index) => `many-${index}@example.com,${index === 123 ? tooLong : 'somebody'},member`,
    );
    const { code, out, err } = await importing(file('many.csv', ['email,name,roles', ...lines]));

    if (kind === 'sqlite') {
      // SQLite does not limit the length of texts.
      expect({ code, err }).toEqual({ code: 0, err: '' });
    } else {
      expect(out).toMatch(/^599 accounts/);
      expect(err).toContain('Line 125 has a value that the user table does not take.');
      expect(await found('many-123@example.com')).toBeNull();
    }
    expect((await found('many-124@example.com'))?.roles).toEqual(['member']);
    expect((await found('many-599@example.com'))?.roles).toEqual(['member']);
  });

  it('are there once when two import them at the same time', async () => {
    const lines = Array.from({ length: 1200 }, (_, index) => `twice-${index}@example.com`);
    const path = file('twice.csv', ['email', ...lines]);
    const both = await Promise.all([importing(path, '--json'), importing(path, '--json')]);
    const counts = both.map(({ out }) => JSON.parse(out) as { imported: number; existing: number });

    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(counts[0]!.imported + counts[1]!.imported).toBe(1200);
    for (const { imported, existing } of counts) expect(imported + existing).toBe(1200);
  });

  it('may be piped in, and somebody may watch', async () => {
    const shown: string[] = [];
    const input = Readable.from([Buffer.from('email,name\n'), Buffer.from('piped@example.com,"Pi'), Buffer.from('ped"\n')]);
    const { code } = await latchkey(directory, ['import', '-', '--format', 'csv'], {
      env: { DATABASE_URL: store.url },
      input,
      progress: (text) => void shown.push(text),
    });

    expect(code).toBe(0);
    expect((await found('piped@example.com'))?.user.name).toBe('Piped');
    expect(shown).toEqual([expect.stringMatching(/^1 lines, \d+ a second$/), '']);
  });

  it.each<[string, string[], string[], RegExp]>([
    [
      'a column that is no field',
      ['email,nmae', 'x@example.com,X'],
      [],
      /^Column "nmae" is no field of an account\. Did you mean name\?/,
    ],
    [
      'a role that there is not',
      ['email', 'x@example.com'],
      ['--role', 'amdin'],
      /^There is no role "amdin"\. Did you mean admin\?/,
    ],
    ['an empty file', [], [], /^The file is empty/],
  ])('stay away, all of them, with %s', async (_, lines, args, sentence) => {
    const { code, out, err } = await importing(file('wrong.csv', lines), ...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(sentence);
    expect(await found('x@example.com')).toBeNull();
  });
});

describeEachDatabase(
  'an import that is killed',
  (kind) => {
    const USERS = 20_000;
    let store: SqlTestDatabase;
    let app: AuthApp;
    beforeAll(async () => {
      store = await createDatabase(kind);
      app = await startAuthApp({ store, rooms: [RolesModule.forRoot({ roles: { member: [] } })] });
    }, 60_000);
    afterAll(async () => {
      await app.close();
      await store.drop();
    });

    it('has made accounts with their roles or none, and is finished by the same command', async () => {
      const count = async (table: string): Promise<number> =>
        Number((await app.get(DataSource).query(`SELECT COUNT(*) AS n FROM ${table}`))[0].n);
      const lines = Array.from({ length: USERS }, (_, index) => `killed-${index}@example.com,member`);
      writeFileSync(join(directory, 'users.csv'), ['email,roles', ...lines].join('\n'));

      const command = resolve('libs/auth/dist/esm/cli/main.js');
      const child = spawn(process.execPath, [command, 'import', 'users.csv'], {
        cwd: directory,
        env: { PATH: process.env['PATH'], DATABASE_URL: store.url },
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      while ((await count('auth_user')) === 0 && child.exitCode === null) await pause(20);
      child.kill('SIGKILL');
      await ended;
      const made = await count('auth_user');

      expect(child.signalCode).toBe('SIGKILL');
      expect(made).toBeGreaterThan(0);
      expect(made).toBeLessThan(USERS);
      expect(await count('auth_user_role')).toBe(made);

      const again = await latchkey(directory, ['import', 'users.csv', '--json'], { env: { DATABASE_URL: store.url } });
      const { imported, existing } = JSON.parse(again.out) as { imported: number; existing: number };
      // A transaction that the dead process had sent may have committed after the count.
      expect(imported + existing).toBe(USERS);
      expect(existing).toBeGreaterThanOrEqual(made);
      expect([await count('auth_user'), await count('auth_user_role')]).toEqual([USERS, USERS]);
    }, 120_000);
  },
  ['postgres', 'mariadb'],
);
