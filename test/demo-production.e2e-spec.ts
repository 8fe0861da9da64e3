import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RedisServer } from './cache/redis-server.js';
import { createDatabase, type SqlTestDatabase } from './support/databases.js';
import { startDemo } from './support/demo-process.js';
import { describeWith } from './support/services.js';

const SECRET = 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only';
const PASSWORD = 'correct horse battery staple';

describeWith(['postgres'], 'the demo in production', () => {
  let database: SqlTestDatabase;
  let redis: RedisServer;
  let documented: Record<string, string>;

  beforeAll(async () => {
    database = await createDatabase('postgres');
    redis = await RedisServer.started('--save', '3600 1');
    documented = {
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      AUTH_SECRET: SECRET,
      BASE_URL: 'https://demo.example.com',
      SMTP_URL: 'smtp://127.0.0.1:2525',
    };
  });
  afterAll(async () => {
    await redis?.kill();
    await database?.drop();
  });

  /** What it says instead of starting. @param changes `undefined` takes a variable away */
  function refusalOf(changes: Record<string, string | undefined>): string[] {
    const cwd = mkdtempSync(join(tmpdir(), 'latchkey-demo-'));
    const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('dist/apps/demo/main.js')], {
      cwd,
      env: { PATH: process.env['PATH'], ...documented, ...changes },
      encoding: 'utf8',
      timeout: 20_000,
    });
    rmSync(cwd, { recursive: true, force: true });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).not.toMatch(/^ +at /m);
    const [head, ...lines] = stderr.trimEnd().split('\n');
    expect(head).toBe(`Latchkey is not configured safely (${lines.length}):`);
    return lines.map((line) => line.trim());
  }

  it('starts with what its README documents, and nothing is to be mended', async () => {
    const demo = await startDemo(documented);
    try {
      const answer = await fetch(`${demo.url}/auth/signup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'ada@example.com', password: PASSWORD }),
      });

      expect(answer.status).toBe(201);
      expect(demo.output()).not.toContain('To be mended');
      expect(demo.output()).not.toContain('Knowingly accepted');
    } finally {
      await demo.stop();
    }
  });

  it.each<[name: string, changes: Record<string, string | undefined>, ...lines: RegExp[]]>([
    ['a shared cache or one process', { REDIS_URL: undefined }, /^- cache: is in the memory of this process/],
    ['a mail server', { SMTP_URL: undefined }, /^- mail: is ConsoleMail/],
    ['https', { BASE_URL: 'http://demo.example.com' }, /^- baseUrl: is not https in production/],
    ['a strong secret', { AUTH_SECRET: 'change-me-to-a-long-random-secret-string' }, /^- secret: is a placeholder/],
    ['a sound hash', { HASH_COST: '4' }, /^- hasher: bcrypt with cost 4 is weak/],
    ['limits', { THROTTLE: 'off' }, /^- lockout: is off/, /^- mailLimits: is off/, /^- throttle: is off/],
    ['short access tokens', { ACCESS_TTL: '2h' }, /^- tokens\.accessTtl: is over an hour/],
    [
      'several of them, in one message',
      { SMTP_URL: undefined, REDIS_URL: undefined, BASE_URL: 'http://demo.example.com' },
      /^- baseUrl: /,
      /^- cache: /,
      /^- mail: /,
    ],
  ])('does not start without %s', (_, changes, ...lines) => {
    expect(refusalOf(changes)).toEqual(lines.map((line) => expect.stringMatching(line)));
  });

  it('runs without Redis as one declared process, and is warned of SQLite', async () => {
    const demo = await startDemo({
      ...documented,
      DATABASE_URL: 'sqlite:accounts.sqlite',
      REDIS_URL: '',
      SINGLE_INSTANCE: 'on',
    });
    try {
      expect(demo.output()).toMatch(/To be mended \(1\):\s+- storage: is SQLite/);
    } finally {
      await demo.stop();
    }
  });
});
