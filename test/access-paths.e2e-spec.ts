import { All, Controller, Get, Post } from '@nestjs/common';
import { Public, RequireRecentAuth } from 'nestjs-latchkey';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthApp, startAuthApp } from './auth-app.js';
import { rawRequest } from './support/raw-request.js';

const reached: string[] = [];

@Controller('vault')
class VaultController {
  @Get()
  root() {
    reached.push('root');
    return {};
  }

  @Get('gold')
  gold() {
    reached.push('gold');
    return {};
  }

  @Post('gold')
  add() {
    reached.push('add');
    return {};
  }

  @Get('bars/:id')
  bar() {
    reached.push('bar');
    return {};
  }

  @RequireRecentAuth()
  @All('anything')
  anything() {
    reached.push('anything');
    return {};
  }
}

@Controller('shop')
class ShopController {
  @Public()
  @Get()
  window() {
    return {};
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'get'];
const HEADERS = [
  {},
  { 'X-HTTP-Method-Override': 'GET' },
  { 'X-Original-URL': '/shop' },
  { 'X-Rewrite-URL': '/shop' },
  { 'X-Forwarded-For': '127.0.0.1' },
  { 'X-Forwarded-Prefix': '/shop' },
  { Authorization: 'Bearer' },
  { Authorization: 'Bearer undefined' },
  { Authorization: 'Bearer null' },
  { Cookie: 'latchkey=' },
  { Cookie: 'latchkey=undefined; __Host-latchkey=1' },
];

/** Spellings of a path that a router may or may not take for it. */
const variantsOf = (path: string): string[] => [
  path,
  `${path}/`,
  `${path}//`,
  `/${path}`,
  `//${path.slice(1)}`,
  `/.${path}`,
  `${path}/.`,
  `/shop/..${path}`,
  `/shop/%2e%2e${path}`,
  `${path}%2f`,
  `${path}%20`,
  `${path}%00`,
  `${path};x=1`,
  `${path}?public=1`,
  `${path}#shop`,
  `${path}.json`,
  `${path}/shop`,
  path.toUpperCase(),
  path.replace('v', 'V'),
  path.replace('a', '%61'),
  path.replace('/', '/%2e/'),
  `/shop\\..${path}`,
  path.replaceAll('/', '//'),
  path.replaceAll('/', '/./'),
  `http://localhost:3000${path}`,
  `http://evil.example/shop/..${path}`,
];

describe('a closed route', () => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp({ controllers: [VaultController, ShopController] });
  });
  afterAll(() => app.close());

  it.each(['/vault', '/vault/gold', '/vault/bars/1', '/vault/anything'])(
    'is reached by no spelling of its path: %s',
    async (path) => {
      const answers = await Promise.all(
        variantsOf(path).flatMap((variant) =>
          METHODS.map(async (method) => ({ variant, method, ...(await rawRequest(app.url, variant, { method })) })),
        ),
      );

      expect(reached).toEqual([]);
      for (const { variant, method, status } of answers) {
        expect([400, 401, 404, 405, 414, 501], `${method} ${variant} → ${status}`).toContain(status);
      }
      expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThan(10);
    },
  );

  it('is opened by no header', async () => {
    for (const headers of HEADERS) {
      for (const path of ['/vault', '/vault/gold', '/auth/me', '/auth/sessions']) {
        const { status } = await rawRequest(app.url, path, { headers: headers as Record<string, string> });
        expect([path, headers, status]).toEqual([path, headers, 401]);
      }
    }
    expect(reached).toEqual([]);
  });

  it('is each of our own but for those that open a session, end it or keep it going', async () => {
    const routes: [string, string][] = [
      ['GET', 'me'],
      ['PATCH', 'me'],
      ['DELETE', 'me'],
      ['POST', 'password/change'],
      ['GET', 'sessions'],
      ['DELETE', 'sessions'],
      ['DELETE', `sessions/${'A'.repeat(22)}`],
      ['POST', 'step-up'],
    ];
    for (const [method, path] of routes) {
      for (const variant of [`/auth/${path}`, `/auth/${path}/`, `/AUTH/${path}`, `//auth/${path}`]) {
        const { status, headers } = await rawRequest(app.url, variant, { method });
        if (variant === `/auth/${path}`)
          expect([method, path, status, headers['cache-control']]).toEqual([method, path, 401, 'no-store']);
        else expect([401, 404]).toContain(status);
      }
    }
  });

  it('answers HEAD as it answers GET, without a body', async () => {
    const session = await app.givenUser('ada@example.com');
    const headers = { Authorization: `Bearer ${session.accessToken}` };

    expect(await rawRequest(app.url, '/auth/me', { method: 'HEAD', headers })).toMatchObject({ status: 200, text: '' });
    expect(await rawRequest(app.url, '/auth/me', { method: 'HEAD' })).toMatchObject({ status: 401, text: '' });
    expect(reached).toEqual([]);
    await rawRequest(app.url, '/vault/gold', { headers });
    expect(reached).toEqual(['gold']);
  });
});
