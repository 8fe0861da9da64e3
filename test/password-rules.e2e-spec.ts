import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AuditLog, hibp, zxcvbn } from 'nestjs-latchkey';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, PASSWORD, startAuthApp } from './auth-app.js';

const LEAKED = 'a leaked but lovely sentence';

describe('the rules for passwords', () => {
  let app: AuthApp;

  const given = async (options: AuthAppOptions = {}) => (app = await startAuthApp(options));
  afterEach(() => app.close());

  it('hold at sign-up, and the answer names field and rule', async () => {
    await given();
    const { body } = await app.signUp('ada@example.com', 'sunshine84!').expect(400);

    expect(body.errorCode).toBe('auth.password_blocked');
    expect(body.details).toEqual([{ field: 'password', code: 'password_blocked', rule: 'word', message: expect.any(String) }]);
  });

  it('hold at a change of password, with what is known of the person', async () => {
    await given();
    const { accessToken } = await app.givenUser('jdoe.smithers@example.com');
    const { body } = await app
      .http()
      .post('/auth/password/change')
      .set('Authorization', `Bearer ${accessToken}`)
      .send({ currentPassword: PASSWORD, newPassword: 'Smithers-1999' })
      .expect(400);

    expect(body.errorCode).toBe('auth.password_blocked');
    expect(body.details).toContainEqual(expect.objectContaining({ field: 'newPassword', rule: 'context' }));
  });

  it('know configured words, and the local part of the address', async () => {
    await given({ passwords: { words: ['zephyrbase'] } });

    await app.signUp('ada@example.com', 'Zephyrbase 2026').expect(400);
    await app.signUp('grandmother@example.com', 'grandmother').expect(400);
  });

  it('can ask for strength on top', async () => {
    await given({ passwords: { strength: zxcvbn({ minScore: 3 }) } });
    const { body } = await app.signUp('ada@example.com', 'walkdogs').expect(400);

    expect(body.details).toEqual([expect.objectContaining({ rule: 'weak' })]);
    await app.signUp('ada@example.com').expect(201);
  });
});

describe('a look-up of leaked passwords', () => {
  let app: AuthApp;
  let server: Server;
  let asked: { url: string; headers: IncomingHttpHeaders }[];
  let answer: (response: ServerResponse) => void;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push({ url: request.url!, headers: request.headers });
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/range/`;
    app = await startAuthApp({ passwords: { breachCheck: hibp({ url }) } });
  });

  afterEach(async () => {
    await app.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const digest = createHash('sha1').update(LEAKED).digest('hex').toUpperCase();
  const failures = async () =>
    (await app.get(AuditLog).find({ event: 'password.breachCheckFailed', limit: 10 })).map(({ data }) => data);

  it('refuses what has leaked, and tells the service five characters of a hash', async () => {
    answer = (response) => response.end(`${'0'.repeat(35)}:3\r\n${digest.slice(5)}:17\r\n`);
    const { body } = await app.signUp('ada@example.com', LEAKED).expect(400);

    expect(body.details).toEqual([expect.objectContaining({ code: 'password_blocked', rule: 'breached' })]);
    expect(asked).toEqual([{ url: `/range/${digest.slice(0, 5)}`, headers: expect.objectContaining({ 'add-padding': 'true' }) }]);
  });

  it('takes padding for what it is', async () => {
    answer = (response) => response.end(`${digest.slice(5)}:0\r\n`);

    await app.signUp('ada@example.com', LEAKED).expect(201);
  });

  it('is not asked about passwords that the rules refuse', async () => {
    answer = (response) => response.end();
    await app.signUp('ada@example.com', 'password1').expect(400);

    expect(asked).toEqual([]);
  });

  it('lets the password pass when it fails, and says so', async () => {
    answer = (response) => response.writeHead(500).end();
    await app.signUp('ada@example.com', LEAKED).expect(201);

    expect(await failures()).toEqual([{ reason: 'failed' }]);
  });

  it('lets the password pass when it does not answer, within 1.5 s', async () => {
    answer = () => undefined;
    const startedAt = performance.now();
    await app.signUp('ada@example.com', LEAKED).expect(201);

    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(await failures()).toEqual([{ reason: 'timeout' }]);
  });
});
