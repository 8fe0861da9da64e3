import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserRepository } from 'nestjs-latchkey';
import { RolesModule } from 'nestjs-latchkey/roles';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../libs/auth/src/cli/run.js';
import { type AuthApp, startAuthApp } from '../auth-app.js';
import { createDatabase, describeEachDatabase, type SqlTestDatabase } from '../support/databases.js';
import { FOREIGN_HASHES, FOREIGN_PASSWORD } from '../support/foreign-hashes.js';
import { readPages } from './pages.js';

const { text } = readPages().find(({ path }) => path === 'docs/guides/import-users.md')!;

const blocks = (language: string, of: string): string[] =>
  [...of.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block]) => block!);

const section = (title: string): string => text.split(`## ${title}\n`)[1]!.split('\n## ')[0]!;

/** The arguments of the commands of a block, without the application that a test does not have. */
const commandsOf = (block: string): string[][] =>
  block
    .trim()
    .split('\n')
    .map((line) =>
      line
        .replace(/^npx nestjs-latchkey /, '')
        .replace(' --app dist/app.module.js', '')
        .split(' '),
    );

/** Tables as the systems make them, with one user who has the known password, and what else the page speaks of. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  'From Devise': [
    'CREATE TABLE users (id serial, email varchar, encrypted_password varchar, confirmed_at timestamp, created_at timestamp)',
    `INSERT INTO users VALUES (1, 'owner@example.com', '${FOREIGN_HASHES['Devise, bcrypt $2a$']}', '2021-01-01', '2020-01-01')`,
    `INSERT INTO users VALUES (2, 'other@example.com', '', NULL, '2020-01-01')`,
  ],
  'From Django': [
    'CREATE TABLE auth_user (id serial, email varchar, password varchar, first_name varchar, last_name varchar, is_active boolean, is_superuser boolean, date_joined timestamptz)',
    `INSERT INTO auth_user VALUES (1, 'owner@example.com', '${FOREIGN_HASHES['Django, PBKDF2']}', 'Ada', 'L', true, true, '2020-01-01')`,
    `INSERT INTO auth_user VALUES (2, 'other@example.com', '!unusable', '', '', false, false, '2020-01-01')`,
  ],
  'From Pow': [
    'CREATE TABLE users (id serial, email varchar, password_hash varchar, email_confirmed_at timestamp, inserted_at timestamp)',
    `INSERT INTO users VALUES (1, 'owner@example.com', '${FOREIGN_HASHES['Pow, PBKDF2']}', '2021-01-01', '2020-01-01')`,
    `INSERT INTO users VALUES (2, 'other@example.com', NULL, NULL, '2020-01-01')`,
  ],
  'From FastAuth': [
    'CREATE TABLE users (id serial, email varchar, hashed_password varchar, is_verified boolean, created_at timestamptz)',
    `INSERT INTO users VALUES (1, 'owner@example.com', '${FOREIGN_HASHES['FastAuth, Argon2id']}', true, '2020-01-01')`,
    `INSERT INTO users VALUES (2, 'other@example.com', NULL, false, '2020-01-01')`,
  ],
  'From better-auth': [
    'CREATE TABLE "user" (id varchar, name varchar, email varchar, "emailVerified" boolean, "createdAt" timestamp)',
    'CREATE TABLE account ("userId" varchar, "providerId" varchar, password varchar)',
    `INSERT INTO "user" VALUES ('a', 'Ada', 'owner@example.com', true, '2020-01-01'), ('b', 'Bob', 'other@example.com', false, '2020-01-01')`,
    `INSERT INTO account VALUES ('a', 'credential', '${FOREIGN_HASHES['better-auth, scrypt']}'), ('b', 'github', NULL)`,
  ],
};

const cell = (value: unknown): string => {
  const written = value === null ? '' : value instanceof Date ? value.toISOString() : String(value as string | boolean);
  return `"${written.replaceAll('"', '""')}"`;
};

describe('import-users.md', () => {
  it('has a test for each system that it names', () => {
    const titles = [...text.matchAll(/^## (From .*)$/gm)].map(([, title]) => title);
    expect(titles).toEqual(Object.keys(TABLES));
  });
});

describeEachDatabase(
  'import-users.md',
  (kind) => {
    let directory: string;
    let store: SqlTestDatabase;
    let app: AuthApp;
    const importing = async (args: readonly string[]): Promise<{ code: number; out: string; err: string }> => {
      const lines = { out: [] as string[], err: [] as string[] };
      const code = await run(args, {
        out: (line) => void lines.out.push(line),
        err: (line) => void lines.err.push(line),
        env: { DATABASE_URL: store.url },
        cwd: directory,
      });
      return { code, out: lines.out.join('\n'), err: lines.err.join('\n') };
    };
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'latchkey-import-'));
      store = await createDatabase(kind);
      app = await startAuthApp({ store, rooms: [RolesModule.forRoot({ roles: { admin: ['all'], member: [] } })] });
    }, 60_000);
    afterAll(async () => {
      await app.close();
      await store.drop();
      rmSync(directory, { recursive: true, force: true });
    });

    it('imports its first files with its first commands', async () => {
      const beginning = text.split('\n## ')[0]!;
      writeFileSync(join(directory, 'users.csv'), blocks('csv', beginning)[0]!);
      writeFileSync(join(directory, 'users.jsonl'), blocks('text', beginning)[0]!);
      const outcomes = [];
      for (const command of blocks('sh', beginning).flatMap(commandsOf)) outcomes.push(await importing(command));

      expect(outcomes.map(({ code, out }) => [code, out])).toEqual([
        [0, '2 accounts would be imported; 0 addresses have an account already.'],
        [0, '2 accounts were imported; 0 addresses have an account already.'],
        [0, '1 account was imported; 0 addresses have an account already.'],
      ]);
      expect((await app.get(UserRepository).findByEmailWithPassword('ada@example.com'))?.roles).toEqual(['admin', 'member']);
    });

    it.each(Object.entries(TABLES))('imports what its export makes: %s', async (title, tables) => {
      const source = await createDatabase('postgres');
      const database = await new DataSource(source.typeOrmOptions).initialize();
      try {
        for (const statement of tables) await database.query(statement);
        const rows = (await database.query(blocks('sql', section(title))[0]!)) as Record<string, unknown>[];
        const lines = [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))].map((values) => values.map(cell).join(','));
        writeFileSync(join(directory, 'users.csv'), lines.join('\n'));
      } finally {
        await database.destroy();
        await source.drop();
      }
      const [command] = commandsOf(blocks('sh', section(title))[0]!);
      const outcome = await importing(command!);
      const users = app.get(UserRepository);
      const [owner, other] = [
        await users.findByEmailWithPassword('owner@example.com'),
        await users.findByEmailWithPassword('other@example.com'),
      ];

      expect(outcome).toMatchObject({ code: 0, err: '', out: expect.stringContaining('2 accounts were imported') });
      expect(owner?.user.createdAt.toISOString()).toMatch(/^20(19|20)-/);
      expect([title, owner?.user.emailConfirmedAt === null]).toEqual([title, title === 'From Django']);
      expect([other?.passwordHash, other?.user.disabledAt === null]).toEqual([null, title !== 'From Django']);
      await app.signIn('owner@example.com', FOREIGN_PASSWORD).expect(200);

      for (const { user } of [owner!, other!]) await users.delete(String(user.id));
    });
  },
  ['postgres'],
);
