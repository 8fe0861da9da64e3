import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo } from './support/demo-process.js';
import { freePort } from './support/free-port.js';
import type { ServerProcess } from './support/processes.js';

const PASSWORD = 'correct horse battery staple';
/** Hashes are tested elsewhere. */
const QUICK = { HASH_COST: '4' };

/** Runs the command as an installed package would, in the folder with the demo's `.data/`. */
function latchkey(cwd: string, ...args: string[]) {
  const main = resolve('libs/auth/dist/esm/cli/main.js');
  return spawnSync(process.execPath, [main, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
    timeout: 20_000,
  });
}

/** What the demo says when it does not start: a message for people, and 1. */
function failureOf(env: Record<string, string>): string {
  const cwd = mkdtempSync(join(tmpdir(), 'latchkey-demo-'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('dist/apps/demo/main.js')], {
    cwd,
    env: { PATH: process.env['PATH'], NODE_ENV: 'development', ...QUICK, ...env },
    encoding: 'utf8',
    timeout: 20_000,
  });
  rmSync(cwd, { recursive: true, force: true });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).not.toMatch(/^ +at /m);
  return stderr;
}

/** One client of a running demo. */
class Client {
  constructor(private readonly url: string) {}

  async send(method: string, path: string, options: { token?: string; body?: unknown; headers?: Record<string, string> } = {}) {
    const { token, body, headers } = options;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('Content-Type')?.startsWith('application/json') === true;
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  get(path: string, token?: string) {
    return this.send('GET', path, token === undefined ? {} : { token });
  }

  post(path: string, body: unknown, token?: string) {
    return this.send('POST', path, { body, ...(token === undefined ? {} : { token }) });
  }
}

describe.each(['express', 'fastify'])('the demo on %s', (adapter) => {
  let demo: ServerProcess;
  let client: Client;

  beforeAll(async () => {
    demo = await startDemo({ ADAPTER: adapter, ...QUICK });
    client = new Client(demo.url);
  });
  afterAll(() => demo?.stop());

  it('takes a user from sign-up to sign-out', async () => {
    const ada = { email: 'ada@example.com', password: PASSWORD };
    const signedUp = await client.post('/auth/signup', { ...ada, name: 'Ada' });
    expect(signedUp.status).toBe(201);
    expect(signedUp.body.user).toMatchObject({ email: 'ada@example.com', name: 'Ada', roles: ['member'] });

    const signedIn = await client.post('/auth/signin', ada);
    expect(signedIn.status).toBe(200);
    const { accessToken, refreshToken } = signedIn.body;
    const mine = await client.get('/private', accessToken);
    expect(mine.body).toEqual({ id: signedUp.body.user.id, email: 'ada@example.com' });
    expect((await client.post('/private', { list: [1, 'two'] }, accessToken)).body).toEqual({ list: [1, 'two'] });

    const refreshed = await client.post('/auth/refresh', { refreshToken });
    expect(refreshed.status).toBe(200);
    expect((await client.get('/private', refreshed.body.accessToken)).status).toBe(200);

    expect((await client.post('/auth/signout', {}, refreshed.body.accessToken)).status).toBe(204);
    expect(await client.get('/private', refreshed.body.accessToken)).toMatchObject({
      status: 401,
      body: { errorCode: 'auth.session_revoked' },
    });
    expect((await client.post('/auth/refresh', { refreshToken: refreshed.body.refreshToken })).status).toBe(401);
    // Only this session has ended.
    expect((await client.get('/private', signedUp.body.accessToken)).status).toBe(200);
  });

  it('mails a link that sets a new password, and tells of it', async () => {
    const ada = { email: 'forgetful@example.com', password: PASSWORD };
    await client.post('/auth/signup', ada);
    expect((await client.post('/auth/password/forgot', { email: ada.email })).status).toBe(202);
    const mails = async () => (await client.get('/dev/mail')).body as { to: string; subject: string; text: string }[];
    const reset = async () => (await mails()).find(({ to, subject }) => to === ada.email && subject === 'Reset your password');
    await expect.poll(reset).toBeDefined();

    const [, page, token] = /(http\S+)#(\S+)/.exec((await reset())!.text)!;
    expect((await client.get(new URL(page!).pathname)).status).toBe(200);
    const password = 'a brand new password of mine';
    expect((await client.post('/auth/password/reset', { token, password })).status).toBe(204);
    expect((await client.post('/auth/signin', { email: ada.email, password })).status).toBe(200);
    await expect.poll(async () => (await mails())[0]!.subject).toBe('Your password was changed');
  });

  it('opens what is public and nothing else', async () => {
    expect((await client.get('/open')).body).toEqual({ open: true });
    expect((await client.get('/private')).status).toBe(401);
    expect((await client.get('/admin')).status).toBe(401);
    expect((await client.get('/health')).body).toMatchObject({ status: 'ok', details: { auth: { parts: { database: 'up' } } } });
    expect((await client.get('/dev/mail')).status).toBe(200);
  });

  it('keeps members out of what is for administrators', async () => {
    const { body } = await client.post('/auth/signup', { email: 'member@example.com', password: PASSWORD });
    expect(await client.get('/admin', body.accessToken)).toMatchObject({ status: 403, body: { errorCode: 'auth.forbidden' } });
  });

  it('holds a session by cookie, and takes writes from its own origin only', async () => {
    const body = { email: 'cookie@example.com', password: PASSWORD, delivery: 'cookie' };
    const { headers, body: answer } = await client.post('/auth/signup', body);
    expect(answer.accessToken).toBeUndefined();
    const cookie = headers.get('Set-Cookie')!.split(';')[0]!;
    expect((await client.send('GET', '/private', { headers: { cookie } })).body.email).toBe('cookie@example.com');

    const write = (origin: string) => client.send('POST', '/private', { body: {}, headers: { cookie, origin } });
    expect((await write('https://evil.example')).body.errorCode).toBe('auth.origin_rejected');
    expect((await write(demo.url)).status).toBe(201);
  });

  it('serves a page that loads nothing from elsewhere', async () => {
    const page = await client.get('/');
    expect(page.headers.get('Content-Type')).toContain('text/html');
    expect(page.headers.get('Content-Security-Policy')).toContain("default-src 'none'; script-src 'self'");
    expect(page.text).not.toContain('{{');
    const files = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
    expect(files).toEqual(['/page/page.css', '/page/page.js']);
    const scripts = ['client', 'dom', 'faults', 'invitations', 'mailbox'].map((name) => `/page/${name}.js`);
    for (const path of [...files, ...scripts]) {
      const answer = await client.get(path);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.get('Content-Type')).toMatch(path.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
    }
    for (const path of ['/page/page.html', '/page/..%2Fmain.js', '/page/constructor'])
      expect((await client.get(path)).status).toBe(404);
  });

  it('has metrics in the text format of Prometheus', async () => {
    const { headers, text } = await client.get('/metrics');
    expect(headers.get('Content-Type')).toContain('version=0.0.4');
    expect(text).toMatch(/^# HELP auth_hash_waiting .+\n# TYPE auth_hash_waiting gauge\nauth_hash_waiting 0$/m);
    for (const line of text.trim().split('\n')) expect(line).toMatch(/^$|^(# (HELP|TYPE) )?[a-z_0-9]+(\{[^}]+\})? \S/);
    expect(text).toMatch(/^process_resident_memory_bytes [1-9]/m);
    expect(text).toMatch(/^auth_sign_ups_total [1-9]/m);
  });

  it('says where it is and what to try', () => {
    expect(demo.output()).toContain(`Latchkey demo: ${demo.url}`);
    expect(demo.output()).toContain(`curl ${demo.url}/private -H "Authorization: Bearer`);
  });
});

describe('the command line beside the running demo', () => {
  it('makes an administrator, whose open session feels it', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'latchkey-demo-'));
    const demo = await startDemo(QUICK, { cwd });
    try {
      const client = new Client(demo.url);
      const { body } = await client.post('/auth/signup', { email: 'ada@example.com', password: PASSWORD });
      expect((await client.get('/admin', body.accessToken)).status).toBe(403);

      const { status, stderr } = latchkey(cwd, 'users', 'grant', 'ada@example.com', 'admin');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      // What the contract promises every process, with some room for a busy machine.
      await expect
        .poll(async () => (await client.get('/admin', body.accessToken)).body, { timeout: 3_000 })
        .toEqual({ admin: true });
    } finally {
      await demo.stop();
      rmSync(cwd, { recursive: true, force: true });
    }
  });
});

describe('the demo, stopped and started again', () => {
  it('keeps accounts and sessions, and ends when it is told to', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'latchkey-demo-'));
    const env = { PORT: `${await freePort()}`, ...QUICK };
    const running: ServerProcess[] = [];
    const start = async () => {
      running.push(await startDemo(env, { cwd }));
      return new Client(running.at(-1)!.url);
    };
    try {
      const before = await start();
      const { body } = await before.post('/auth/signup', { email: 'ada@example.com', password: PASSWORD });
      await running[0]!.stop();
      expect(running[0]!.child.signalCode).toBe('SIGTERM');
      expect(statSync(join(cwd, '.data/auth-secret')).mode & 0o777).toBe(0o600);

      const after = await start();
      expect((await after.get('/private', body.accessToken)).status).toBe(200);
      expect((await after.post('/auth/refresh', { refreshToken: body.refreshToken })).status).toBe(200);
      expect((await after.post('/auth/signin', { email: 'ada@example.com', password: PASSWORD })).status).toBe(200);
    } finally {
      for (const demo of running) await demo.stop();
      rmSync(cwd, { recursive: true, force: true });
    }
  });

  it('has neither captured mails nor a secret of its own outside development', async () => {
    const production = { NODE_ENV: 'production', BASE_URL: 'https://demo.example.com' };
    expect(failureOf(production)).toContain('AUTH_SECRET is not set');

    const test = await startDemo({ NODE_ENV: 'test', AUTH_SECRET: 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only', ...QUICK });
    try {
      expect((await new Client(test.url).get('/dev/mail')).status).toBe(404);
    } finally {
      await test.stop();
    }
  });
});

describe('the demo with a mail server', () => {
  it('sends through it', async () => {
    const received: string[] = [];
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, { envelope }, done) => {
        stream.resume().on('end', () => {
          received.push(...envelope.rcptTo.map(({ address }) => address));
          done();
        });
      },
    });
    // The demo is stopped while it holds a connection.
    smtp.on('error', () => undefined);
    const port = await freePort();
    await new Promise<void>((listening) => smtp.listen(port, '127.0.0.1', listening));
    const demo = await startDemo({ SMTP_URL: `smtp://127.0.0.1:${port}`, ...QUICK });
    try {
      const client = new Client(demo.url);
      await client.post('/auth/signup', { email: 'ada@example.com', password: PASSWORD });
      expect((await client.post('/auth/magic-link', { email: 'ada@example.com' })).status).toBe(202);
      await expect.poll(() => received, { timeout: 10_000 }).toContain('ada@example.com');
      expect((await client.get('/dev/mail')).body).toEqual([]);
    } finally {
      await demo.stop();
      await new Promise<void>((closed) => smtp.close(() => closed()));
    }
  });
});

describe('the demo with settings that cannot be used', () => {
  it('names every one of them', () => {
    const output = failureOf({ ADAPTER: 'koa', DELIVERY: 'bearer,jwt', HASH_COST: '3', ACCESS_TTL: 'soon', THROTTLE: 'maybe' });
    expect(output).toContain('ADAPTER="koa" cannot be used: it must be express or fastify.');
    expect(output).toContain('DELIVERY="bearer,jwt" cannot be used: it must be bearer, cookie or bearer,cookie.');
    expect(output).toContain('HASH_COST="3" cannot be used: it must be a whole number from 4 to 16.');
    expect(output).toContain(
      'ACCESS_TTL="soon" cannot be used: it must be a duration such as 15m, or a number of seconds above 0.',
    );
    expect(output).toContain('THROTTLE="maybe" cannot be used: it must be on or off.');
  });

  it('says which database does not answer, without its password', async () => {
    const output = failureOf({ DATABASE_URL: `postgres://ada:s3cret@127.0.0.1:${await freePort()}/latchkey` });
    expect(output).toMatch(/The database cannot be used \(PostgreSQL at 127\.0\.0\.1:\d+\/latchkey\): .*ECONNREFUSED/);
    expect(output).not.toContain('s3cret');
  });

  it("passes on the library's own objections", () => {
    expect(failureOf({ AUTH_SECRET: 'short' })).toContain('secret: has 5 bytes; at least 32 are needed.');
    expect(failureOf({ ACCESS_TTL: '2h' })).toContain('tokens.accessTtl: is over an hour.');
  });

  it('says that a port is taken', async () => {
    const demo = await startDemo(QUICK);
    try {
      expect(failureOf({ PORT: `${demo.port}` })).toContain(`Port ${demo.port} is in use`);
    } finally {
      await demo.stop();
    }
  });

  it('makes no account before its address is confirmed with CONFIRMATION=required', async () => {
    const demo = await startDemo({ CONFIRMATION: 'required', ...QUICK });
    try {
      const client = new Client(demo.url);
      const ada = { email: 'ada@example.com', password: PASSWORD };
      expect(await client.post('/auth/signup', ada)).toMatchObject({ status: 202, body: { status: 'confirmation_sent' } });
      expect(await client.post('/auth/signin', ada)).toMatchObject({
        status: 403,
        body: { errorCode: 'auth.email_unconfirmed' },
      });
      const mails = async () => (await client.get('/dev/mail')).body as { text: string }[];
      await expect.poll(async () => (await mails()).length).toBe(2);
      const [, page, token] = /(http\S+)#(\S+)/.exec((await mails())[0]!.text)!;
      expect((await client.get(new URL(page!).pathname)).status).toBe(200);
      expect((await client.post('/auth/email/confirm', { token })).status).toBe(204);
      expect(await client.post('/auth/signin', ada)).toMatchObject({ status: 200, body: { user: { emailConfirmed: true } } });
    } finally {
      await demo.stop();
    }
  });
});
