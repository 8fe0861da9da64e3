import { AuditLog, UserRepository } from 'nestjs-latchkey';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthApp, LANE, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { rawRequest } from './support/raw-request.js';

const BODY = JSON.stringify({ email: 'form@example.com', password: PASSWORD });
const FORM = `email=form%40example.com&password=${encodeURIComponent(PASSWORD)}`;

describe('a request that is not JSON', () => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp();
  });
  afterAll(() => app.close());

  it.each([
    ['application/x-www-form-urlencoded', FORM],
    ['application/x-www-form-urlencoded; charset=utf-8', FORM],
    ['text/plain', BODY],
    ['text/plain; application/json', BODY],
    ['text/json', BODY],
    ['application/jsonp', BODY],
    ['application/merge-patch+json', BODY],
    ['application/xml', '<email>form@example.com</email>'],
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nform@example.com\r\n--x--\r\n'],
    ['application/octet-stream', BODY],
    ['nonsense', BODY],
  ])('is 415 and does nothing: %s', async (type, body) => {
    for (const path of ['signup', 'signin', 'refresh', 'signout']) {
      const answer = await rawRequest(app.url, `/auth/${path}`, { method: 'POST', headers: { 'Content-Type': type }, body });

      expect([path, answer.status]).toEqual([path, 415]);
      // What Fastify has no parser for it refuses before any handler is asked, in words of its own.
      const ours = LANE.http === 'express' || /^(text\/plain|application\/x-www-form-urlencoded)/.test(type);
      expect(JSON.parse(answer.text)).toMatchObject({
        statusCode: 415,
        ...(ours ? { error: 'Unsupported Media Type', errorCode: 'auth.unsupported_media_type' } : {}),
      });
    }
    expect(await app.get(UserRepository).findByEmail('form@example.com')).toBeNull();
  });

  it('is 415 also when it does not say what it is', async () => {
    const answer = await rawRequest(app.url, '/auth/signup', { method: 'POST', body: BODY });

    expect(answer.status).toBe(415);
  });

  it.each(['application/json', 'Application/JSON', 'application/json; charset=utf-8', 'application/json;charset=UTF-8'])(
    'unless it is: %s',
    async (type) => {
      const body = JSON.stringify({ email: `${Math.random().toString(36).slice(2)}@example.com`, password: PASSWORD });

      expect((await rawRequest(app.url, '/auth/signup', { method: 'POST', headers: { 'Content-Type': type }, body })).status).toBe(
        201,
      );
    },
  );

  it('may have no body where none is needed', async () => {
    const { accessToken } = await app.givenUser('bodyless@example.com');
    const headers = { Authorization: `Bearer ${accessToken}` };

    expect((await rawRequest(app.url, '/auth/signout', { method: 'POST' })).status).toBe(204);
    expect((await rawRequest(app.url, '/auth/signout', { method: 'POST', headers: { 'Content-Length': '0' } })).status).toBe(204);
    expect((await rawRequest(app.url, '/auth/sessions', { method: 'DELETE', headers })).status).toBe(204);
    expect((await rawRequest(app.url, '/auth/signin', { method: 'POST' })).status).toBe(400);
    expect((await rawRequest(app.url, '/auth/me', { method: 'DELETE', headers })).status).toBe(204);
  });
});

describe('a strange request', () => {
  let app: AuthApp;
  let ada: Session;
  beforeAll(async () => {
    app = await startAuthApp();
    ada = await app.givenUser('ada@example.com');
  });
  afterAll(() => app.close());

  it.each([
    ['ten kilobytes', 'A'.repeat(10_000)],
    ['ten kilobytes of dots', '.'.repeat(10_000)],
    ['three empty parts', '..'],
    ['one part', 'abc'],
    ['five parts, as encrypted ones have', 'a.b.c.d.e'],
    ['text that is not ASCII', 'ÿÿÿ.ÿÿÿ.ÿÿÿ'],
    ['undefined', 'undefined'],
    ['two tokens', 'a.b.c, d.e.f'],
  ])('is 401 and never 500 with an access token of %s', async (_, token) => {
    for (const path of ['/auth/me', '/auth/sessions']) {
      const headers = { Authorization: `Bearer ${token}` };
      const answer = await rawRequest(app.url, path, { headers });

      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.text)).toMatchObject({ errorCode: 'auth.token_invalid' });
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    }
  });

  it('is 401 with every token that is one character off', async () => {
    const { accessToken } = ada;
    for (let index = 0; index < accessToken.length; index += 7) {
      const flipped = accessToken[index] === 'A' ? 'B' : 'A';
      const forged = accessToken.slice(0, index) + flipped + accessToken.slice(index + 1);
      await app.me(forged).expect(401);
    }
    await app.me(accessToken).expect(200);
  });

  it('leaves user agent, addresses and request ids as short lines in the audit log, whatever they say', async () => {
    const { status } = await rawRequest(app.url, '/auth/signin', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': `ÿ\tagent ${'x'.repeat(2_000)}`,
        'X-Forwarded-For': '6.6.6.6, ::1, nonsense',
        'X-Real-IP': '6.6.6.6',
        'X-Request-Id': 'r'.repeat(2_000),
      },
      body: JSON.stringify({ email: 'ada@example.com', password: PASSWORD }),
    });
    expect(status).toBe(200);

    const [row] = await app.get(AuditLog).find({ event: 'session.created', limit: 1 });
    expect(row!.ip).toBe('127.0.0.1');
    expect(row!.userAgent).toMatch(/^\P{Cc}* agent x+$/u);
    expect(row!.userAgent!.length).toBeLessThanOrEqual(512);
    expect(row!.requestId!.length).toBeLessThanOrEqual(512);
  });

  it('of SQL, templates and paths in every field is answered like any other', async () => {
    const payloads = [
      "' OR '1'='1",
      "'; DROP TABLE auth_user;--",
      '{{7*7}}',
      '${7*7}',
      '../../etc/passwd',
      '%00',
      '\u202Ereversed',
      '<img src=x>',
    ];
    for (const payload of payloads) {
      await app.signIn(payload, payload).expect(401);
      await app.signIn(`${payload}@example.com`, payload).expect(401);
      await app.refresh(payload).expect(401);
      expect((await app.signUp(`${payload}@example.com`)).status).toSatisfy((status) => status === 400 || status === 201);
    }
    await app.me(ada.accessToken).expect(200);
  });
});
