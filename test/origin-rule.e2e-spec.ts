import { Body, Controller, Delete, Get, Patch, Post, Put } from '@nestjs/common';
import { OptionalAuth, Public } from 'nestjs-latchkey';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, startAuthApp } from './auth-app.js';
import { cookieOf, setCookiesOf } from './support/cookies.js';

const OWN = 'http://localhost:3000';
const PARTNER = 'https://partner.example.com';

@Controller('notes')
class NotesController {
  @Get()
  list() {
    return { notes: [] };
  }

  @Post()
  add(@Body() body: object) {
    return body;
  }

  @Put()
  replace() {
    return {};
  }

  @Patch()
  change() {
    return {};
  }

  @Delete()
  remove() {
    return {};
  }

  @OptionalAuth()
  @Post('optional')
  optional() {
    return {};
  }

  @Public()
  @Post('public')
  open() {
    return {};
  }
}

describe('a request that a cookie authenticates', () => {
  let app: AuthApp;
  let cookie: string;
  let accessToken: string;
  beforeAll(async () => {
    app = await startAuthApp({ controllers: [NotesController], trustedOrigins: [OWN, PARTNER] });
    const session = await app.givenUser('ada@example.com');
    accessToken = session.accessToken;
    cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }));
  });
  afterAll(() => app.close());

  const HEADERS: [string, Record<string, string>, boolean][] = [
    ['our own Origin', { Origin: OWN }, true],
    ['a trusted Origin', { Origin: PARTNER }, true],
    ['a trusted Origin of another site', { Origin: PARTNER, 'Sec-Fetch-Site': 'cross-site' }, true],
    ['a foreign Origin', { Origin: 'https://evil.example' }, false],
    ['a foreign Origin that says it is the same', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' }, false],
    ['an Origin that begins like ours', { Origin: 'http://localhost:3000.evil.example' }, false],
    ['an Origin that ends like the partner’s', { Origin: 'https://evil-partner.example.com' }, false],
    ['a sub-domain of the partner', { Origin: 'https://x.partner.example.com' }, false],
    ['another port', { Origin: 'http://localhost:3001' }, false],
    ['another scheme', { Origin: 'https://localhost:3000' }, false],
    ['Origin null', { Origin: 'null' }, false],
    ['an empty Origin', { Origin: '' }, false],
    ['two Origins', { Origin: `${OWN}, https://evil.example` }, false],
    ['a trusted Origin with a path', { Origin: `${OWN}/` }, false],
    ['no Origin, the browser says same-origin', { 'Sec-Fetch-Site': 'same-origin' }, true],
    ['no Origin, the browser says same-site', { 'Sec-Fetch-Site': 'same-site' }, false],
    ['no Origin, the browser says cross-site', { 'Sec-Fetch-Site': 'cross-site' }, false],
    ['no Origin, the user typed it', { 'Sec-Fetch-Site': 'none' }, false],
    ['neither', {}, false],
    ['a Referer only', { Referer: `${OWN}/page` }, false],
  ];

  it.each(HEADERS)('may write, or not: %s', async (_, headers, allowed) => {
    for (const method of ['post', 'put', 'patch', 'delete'] as const) {
      const { status, body } = await app
        .http()
        [method]('/notes')
        .set({ Cookie: cookie, ...headers });
      if (allowed) expect([method, status]).toEqual([method, method === 'post' ? 201 : 200]);
      else expect([method, status, body.errorCode]).toEqual([method, 403, 'auth.origin_rejected']);
    }
    const own = await app
      .http()
      .patch('/auth/me')
      .set({ Cookie: cookie, ...headers })
      .send({});
    expect(own.status).toBe(allowed ? 200 : 403);
  });

  it.each(HEADERS)('may read: %s', async (_, headers) => {
    await app
      .http()
      .get('/notes')
      .set({ Cookie: cookie, ...headers })
      .expect(200);
    await app
      .http()
      .head('/notes')
      .set({ Cookie: cookie, ...headers })
      .expect(200);
  });

  it('is judged on optional routes too, and not on public ones', async () => {
    const foreign = { Cookie: cookie, Origin: 'https://evil.example' };

    await app.http().post('/notes/optional').set(foreign).expect(403);
    await app.http().post('/notes/optional').set({ Cookie: cookie, Origin: OWN }).expect(201);
    await app.http().post('/notes/public').set(foreign).expect(201);
    await app.http().post('/notes/optional').set('Origin', 'https://evil.example').expect(201);
  });

  it('is judged by its method, whatever it asks to be taken for', async () => {
    const override = {
      Cookie: cookie,
      'X-HTTP-Method-Override': 'GET',
      'X-Method-Override': 'GET',
      Origin: 'https://evil.example',
    };

    await app.http().post('/notes').set(override).expect(403);
    await app.http().post('/notes?_method=GET').set(override).expect(403);
  });

  it('needs no Origin when a bearer token goes with it', async () => {
    const headers = { Cookie: cookie, Authorization: `Bearer ${accessToken}`, Origin: 'https://evil.example' };

    await app.http().post('/notes').set(headers).expect(201);
    // Junk does not turn the rule off, since it is not passed over in favour of the cookie.
    await app
      .http()
      .post('/notes')
      .set({ ...headers, Authorization: 'Bearer junk' })
      .expect(401);
    await app
      .http()
      .post('/notes')
      .set({ ...headers, Authorization: 'Basic junk' })
      .expect(403);
  });

  it('keeps its session when it is rejected', async () => {
    await app.http().delete('/auth/sessions').set({ Cookie: cookie, Origin: 'https://evil.example' }).expect(403);
    await app.http().delete('/auth/me').set({ Cookie: cookie, Origin: 'null' }).expect(403);

    await app.http().get('/auth/me').set('Cookie', cookie).expect(200);
    await app.me(accessToken).expect(200);
  });
});

describe('a request that would set the cookie', () => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp({ trustedOrigins: [OWN, PARTNER] });
    await app.givenUser('ada@example.com');
  });
  afterAll(() => app.close());

  it.each([
    ['no Origin', {}, 200],
    ['our own', { Origin: OWN }, 200],
    ['a trusted one', { Origin: PARTNER }, 200],
    ['a foreign one', { Origin: 'https://evil.example' }, 403],
    ['null', { Origin: 'null' }, 403],
  ])('is judged by its Origin: %s', async (_, headers, status) => {
    const answer = await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }).set(headers);

    expect(answer.status).toBe(status);
    expect(setCookiesOf(answer)).toHaveLength(status === 200 ? 1 : 0);
    if (status === 403) expect(answer.body.errorCode).toBe('auth.origin_rejected');
  });

  it('makes no account when it is refused', async () => {
    const refused = app.signUp('eve@example.com', PASSWORD, { delivery: 'cookie' }).set('Origin', 'https://evil.example');
    await refused.expect(403);

    await app.signIn('eve@example.com').expect(401);
  });

  it('is nobody’s concern when it asks for tokens', async () => {
    await app.signIn('ada@example.com').set('Origin', 'https://evil.example').expect(200);
  });
});
