import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsumerProject, pack, publishedEntries, readmeSnippet, type Outcome } from '../support/consumer-project.js';
import { createDatabase, type SqlTestDatabase } from '../support/databases.js';
import { startProcess, type ServerProcess } from '../support/processes.js';
import { describeWith } from '../support/services.js';

const SECRET = 'Zk3v9qTn7Yw2rXe5uHb8cLm4aPs6dGf1JtQo0iRyVxWz';

let packed: string;
let tarball: string;

beforeAll(async () => {
  packed = mkdtempSync(join(tmpdir(), 'latchkey-pack-'));
  tarball = await pack(packed);
});
afterAll(() => rmSync(packed, { recursive: true, force: true }));

/** A user who runs into one of these reaches for --legacy-peer-deps. */
const PEER_TROUBLE = /\bERESOLVE\b|[Pp]eer dep|overriding peer|--legacy-peer-deps/;

function expectSuccess({ code, output }: Outcome): void {
  expect(output).not.toMatch(PEER_TROUBLE);
  expect(code, output).toBe(0);
}

/** Every subpath, imported and required by plain Node.js from the installed package. */
async function expectEveryEntryLoads(project: ConsumerProject, entries = publishedEntries()): Promise<void> {
  project.write(
    'load.mjs',
    `import { createRequire } from 'node:module';
     import 'reflect-metadata';
     const require = createRequire(import.meta.url);
     for (const entry of ${JSON.stringify(entries)}) {
       const [imported, required] = [Object.keys(await import(entry)), Object.keys(require(entry))];
       const names = (keys) => keys.filter((key) => key !== 'default' && key !== 'module.exports' && key !== '__esModule').sort().join();
       if (!names(imported) || names(imported) !== names(required)) throw new Error(entry + ': ' + names(imported) + ' / ' + names(required));
     }
     console.log('loaded');`,
  );
  const outcome = await project.run(process.execPath, ['load.mjs']);
  expectSuccess(outcome);
  expect(outcome.output).toContain('loaded');
}

async function post(url: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** What the README promises of its snippet: sign up, then call a protected route. */
async function expectAuthenticationWorks(url: string): Promise<void> {
  expect((await fetch(`${url}/private`)).status).toBe(401);
  const email = 'ada@example.com';

  const signedUp = await post(`${url}/auth/signup`, { email, password: 'a long enough password' });
  expect(signedUp, JSON.stringify(signedUp.body)).toMatchObject({ status: 201, body: { user: { email }, tokenType: 'Bearer' } });

  const signedIn = await post(`${url}/auth/signin`, { email, password: 'a long enough password' });
  expect(signedIn.status).toBe(200);
  const answer = await fetch(`${url}/private`, { headers: { authorization: `Bearer ${String(signedIn.body.accessToken)}` } });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ email });

  const wrong = await post(`${url}/auth/signin`, { email, password: 'not this password' });
  expect(wrong).toMatchObject({ status: 401, body: { errorCode: 'auth.invalid_credentials' } });
}

describeWith(['postgres'], 'the README, pasted into a project of its own', () => {
  describe.each([
    { title: 'Nest 12, ES modules, TypeORM 1', fixture: 'nest12-esm' },
    { title: 'Nest 11, CommonJS, TypeORM 0.3', fixture: 'nest11-cjs' },
  ])('$title', ({ fixture }) => {
    let project: ConsumerProject;
    let database: SqlTestDatabase;
    let server: ServerProcess | undefined;

    beforeAll(async () => {
      project = new ConsumerProject(fixture);
      database = await createDatabase('postgres');
    });
    afterAll(async () => {
      await server?.stop();
      await database.drop();
      project.remove();
    });

    it('installs without a peer conflict', async () => {
      expectSuccess(await project.install(tarball));
      expectSuccess(await project.run('npm', ['ls', 'nestjs-latchkey', '@nestjs/common', 'typeorm', 'rxjs']));
    });

    it('loads every published entry, imported and required', async () => {
      await expectEveryEntryLoads(project);
    });

    it('compiles the snippet', async () => {
      for (const [file, code] of Object.entries(readmeSnippet('quick-start'))) project.write(file, code);

      expectSuccess(await project.run('npx', ['--no-install', 'tsc', '-p', 'tsconfig.json']));
    });

    it('boots, signs up, signs in and guards a route', async () => {
      const main = project.path(fixture === 'nest11-cjs' ? 'dist/src/main.js' : 'dist/main.js');
      const env = { DATABASE_URL: database.url, AUTH_SECRET: SECRET, NODE_ENV: 'development' };
      server = await startProcess(main, { cwd: project.directory, env });

      await expectAuthenticationWorks(server.url);
    });

    if (fixture === 'nest11-cjs') {
      it('type-checks with nodenext resolution, too', async () => {
        expectSuccess(await project.run('npx', ['--no-install', 'tsc', '-p', 'tsconfig.nodenext.json']));
      });

      it("passes the host's own Jest suite, which uses nestjs-latchkey/testing", async () => {
        const outcome = await project.run('npx', ['--no-install', 'jest', '--runInBand']);

        expectSuccess(outcome);
        expect(outcome.output).toMatch(/Tests: +\d+ passed/);
        expect(outcome.output).not.toMatch(/did not exit|open handle/i);
      });
    }
  });
});

describe('a Nest 12 project without any optional package', () => {
  let project: ConsumerProject;
  let server: ServerProcess | undefined;

  beforeAll(() => {
    project = new ConsumerProject('nest12-lean');
  });
  afterAll(async () => {
    await server?.stop();
    project.remove();
  });

  const start = (env: Record<string, string> = {}) =>
    startProcess(project.path('main.mjs'), {
      cwd: project.directory,
      env: { AUTH_SECRET: SECRET, NODE_ENV: 'development', ...env },
    });

  it('installs, boots and signs in on a storage of its own', async () => {
    expectSuccess(await project.install(tarball));
    expect(existsSync(project.path('node_modules/typeorm'))).toBe(false);
    const rooms = ['roles', 'health', 'metrics'].map((room) => `nestjs-latchkey/${room}`);
    await expectEveryEntryLoads(project, ['nestjs-latchkey', 'nestjs-latchkey/testing', ...rooms]);

    server = await start();
    await expectAuthenticationWorks(server.url);
  });

  it.each([
    ['prometheus', 'npm install prom-client'],
    ['opentelemetry', 'npm install @opentelemetry/api'],
  ])('says which package metrics for %s need', async (system, remedy) => {
    await expect(start({ METRICS: system })).rejects.toThrow(remedy);
  });

  it('says which packages the default storage needs', async () => {
    await expect(start({ STORAGE: 'default' })).rejects.toThrow('npm install @nestjs/typeorm typeorm');
  });
});
