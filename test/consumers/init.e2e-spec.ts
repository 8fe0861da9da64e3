import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConsumerProject, type Outcome, pack } from '../support/consumer-project.js';
import { createDatabase, type SqlTestDatabase } from '../support/databases.js';
import { type ServerProcess, startProcess } from '../support/processes.js';
import { describeWith } from '../support/services.js';

const PASSWORD = 'a long enough password';
/** What is in npm's cache need not come over the network again. */
const NPM = { npm_config_prefer_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };

let packed: string;
let tarball: string;
beforeAll(async () => {
  packed = mkdtempSync(join(tmpdir(), 'latchkey-pack-'));
  tarball = await pack(packed);
});
afterAll(() => rmSync(packed, { recursive: true, force: true }));

/** A user who runs into one of these reaches for --legacy-peer-deps. */
const PEER_TROUBLE = /\bERESOLVE\b|overriding peer|--legacy-peer-deps/;

function expectSuccess({ code, output }: Outcome): void {
  expect(output).not.toMatch(PEER_TROUBLE);
  expect(code, output).toBe(0);
}

/** What the repository would get, and `.env`: every file and what is in it. */
function treeOf({ directory }: ConsumerProject): Record<string, string> {
  const files = (folder: string): string[] =>
    readdirSync(join(directory, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) return [path];
      return /^(node_modules|dist|\.data)$/.test(entry.name) ? [] : files(path);
    });
  return Object.fromEntries(files('').map((path) => [path, readFileSync(join(directory, path), 'latin1')]));
}

async function post(url: string, body: object): Promise<{ status: number; body: { accessToken?: string } }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as object };
}

/** The route that `nest new` made is closed to strangers and open to who has signed up or in. */
async function expectAccounts(url: string): Promise<void> {
  expect((await fetch(url)).status).toBe(401);
  const credentials = { email: 'ada@example.com', password: PASSWORD };
  const signedUp = await post(`${url}/auth/signup`, credentials);
  expect(signedUp, JSON.stringify(signedUp.body)).toMatchObject({ status: 201, body: { tokenType: 'Bearer' } });
  const signedIn = await post(`${url}/auth/signin`, credentials);

  for (const { accessToken } of [signedUp.body, signedIn.body]) {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('Hello World!');
  }
  expect((await fetch(url, { headers: { authorization: 'Bearer no.such.token' } })).status).toBe(401);
}

describe.each([
  { title: 'Nest 12, ES modules', cli: '@nestjs/cli@12', database: 'postgres', kind: 'postgres' },
  { title: 'Nest 11, CommonJS', cli: '@nestjs/cli@11', database: 'mysql', kind: 'mariadb' },
] as const)('init in a project that nest new has just made: $title', ({ cli, database, kind }) => {
  const project = new ConsumerProject();
  let server: ServerProcess | undefined;
  let pristine: Record<string, string>;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });
  afterAll(() => project.remove());

  /** Builds and starts it, with nothing in the environment but a port and what is given. */
  async function start(env: Record<string, string> = {}): Promise<ServerProcess> {
    expectSuccess(await project.run('npm', ['run', 'build']));
    server = await startProcess(project.path('dist/main.js'), { cwd: project.directory, env });
    return server;
  }

  it('installs what is missing', async () => {
    expectSuccess(await project.run('npx', ['--yes', cli, 'new', 'host', '--directory', '.', '--skip-git', '-p', 'npm'], NPM));
    pristine = treeOf(project);

    const outcome = await project.run('npx', ['--yes', '-p', tarball, 'nestjs-latchkey', 'init'], NPM);

    expectSuccess(outcome);
    expect(outcome.output).toMatch(/^Changed src\/app\.module\.ts$/m);
    expectSuccess(await project.run('npm', ['ls', 'nestjs-latchkey', '@nestjs/config', '@nestjs/typeorm', 'typeorm', 'libsql']));
    expect(treeOf(project)['src/main.ts']).toBe(pristine['src/main.ts']);
  });

  it('has accounts after a build and a start, without an edit', async () => {
    const { url } = await start();

    await expectAccounts(url);
    expect(readdirSync(project.path('.data'))).toContain('host.sqlite');
  });

  it('passes the unit tests and the formatter of the project', async () => {
    expectSuccess(await project.run('npm', ['test', '--', ...(cli.endsWith('11') ? ['--ci'] : ['--run'])]));
    expectSuccess(await project.run('npx', ['--no-install', 'prettier', '--check', 'src/**/*.ts']));
  });

  it('changes nothing when it runs again', async () => {
    const tree = treeOf(project);
    const { mtimeMs } = statSync(project.path('node_modules'));

    const { code, output } = await project.run('npx', ['--no-install', 'nestjs-latchkey', 'init']);

    expect(output).toContain('There is nothing to do: this project is set up.');
    expect(code).toBe(0);
    expect(treeOf(project)).toEqual(tree);
    expect(statSync(project.path('node_modules')).mtimeMs).toBe(mtimeMs);
  });

  describeWith([kind], `and with --database ${database}`, () => {
    let accounts: SqlTestDatabase;
    beforeAll(async () => {
      accounts = await createDatabase(kind);
    });
    afterAll(() => accounts.drop());

    it('keeps the accounts there', async () => {
      project.write('src/app.module.ts', pristine['src/app.module.ts']!);
      rmSync(project.path('.env'));

      expectSuccess(await project.run('npx', ['--no-install', 'nestjs-latchkey', 'init', '--database', database], NPM));
      const { url } = await start({ DATABASE_URL: accounts.url });

      await expectAccounts(url);
    });
  });
});
