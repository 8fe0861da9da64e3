import type { IncomingHttpHeaders } from 'node:http';
import fastifyHelmet from '@fastify/helmet';
import { Controller, Get, Header, Headers, HttpCode, type INestApplication, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import helmet from 'helmet';
import { AuthHelmet, Public } from 'nestjs-latchkey';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { chromium } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, startAuthApp } from './auth-app.js';
import { findChromium } from './support/chromium.js';
import { notRun } from './support/services.js';

@Public()
@Controller()
class HostController {
  @Get('hello')
  hello() {
    return { hello: 'world' };
  }

  @Get('form')
  @Header('Content-Type', 'text/html')
  form() {
    return '<form method="post" action="/origin"><button>Send</button></form>';
  }

  @Post('origin')
  @HttpCode(200)
  origin(@Headers('origin') origin: string) {
    return { origin };
  }
}

type Http = 'express' | 'fastify';
const ADAPTERS: Http[] = ['express', 'fastify'];

/** As a host switches it on in its `main.ts`. */
const withHelmet: Record<Http, (app: INestApplication) => void> = {
  express: (app) => void app.use(helmet(app.get(AuthHelmet))),
  fastify: (app) => void (app as NestFastifyApplication).register(fastifyHelmet, app.get(AuthHelmet)),
};

describe.each(ADAPTERS)('the headers of answers on %s', (http) => {
  let app: AuthApp;
  afterEach(() => app?.close());

  const start = async (baseUrl: string, isGuarded: boolean): Promise<void> => {
    app = await startAuthApp({
      http,
      baseUrl,
      throttle: { signIn: { limit: 3, window: '1m' } },
      rooms: [PasswordResetModule.forRoot(), MagicLinkModule.forRoot()],
      controllers: [HostController],
      ...(isGuarded ? { prepare: withHelmet[http] } : {}),
    });
  };
  const headersOf = async (path: string): Promise<IncomingHttpHeaders> =>
    (await app.http().get(path).expect(200)).headers as IncomingHttpHeaders;

  it('are those of a page that nobody keeps, frames or sniffs, and that tells nobody its address', async () => {
    await start('https://app.example.com', false);

    for (const path of ['/auth/password/reset', '/auth/magic-link/verify']) {
      const headers = await headersOf(path);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
    }
  });

  it('keep whatever is answered below the prefix out of caches and from being sniffed, refusals included', async () => {
    await start('https://app.example.com', false);
    const ada = await app.givenUser('ada@example.com');
    const answers = {
      'what was asked for': await app.me(ada.accessToken),
      'no session': await app.http().get('/auth/me'),
      'a bad token': await app.me('x'),
      'a wrong password': await app.signIn('ada@example.com', 'not the password'),
      'a body that is wrong': await app.http().post('/auth/signin').send({ email: 7 }),
      'a body that is no JSON': await app.http().post('/auth/signin').type('form').send('email=a'),
      'too many requests': await app.signIn('ada@example.com'),
    };

    expect(Object.values(answers).map(({ status }) => status)).toEqual([200, 401, 401, 401, 400, 415, 429]);
    for (const [what, { headers }] of Object.entries(answers)) {
      expect([what, headers['cache-control'], headers['x-content-type-options']]).toEqual([what, 'no-store', 'nosniff']);
    }
  });

  it('are, with AuthHelmet, those of an application on https', async () => {
    await start('https://app.example.com', true);

    const headers = await headersOf('/hello');
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'x-frame-options': 'DENY',
    });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).toContain('upgrade-insecure-requests');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it('do not lock a developer out of everything else on localhost', async () => {
    await start('http://localhost:3000', true);

    const headers = await headersOf('/hello');
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  it('leave our own pages the stricter ones, each once', async () => {
    await start('https://app.example.com', true);

    const response = await app.http().get('/auth/password/reset').expect(200);
    expect(response.headers['referrer-policy']).toBe('no-referrer');
    expect(response.headers['content-security-policy']).toMatch(/^default-src 'none'; /);
    expect(response.headers['content-security-policy']).not.toContain("default-src 'self'");
    expect(response.headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
  });
});

const executablePath = findChromium();
if (executablePath === null) notRun('the origin that a browser sends with a form', ['Chromium']);
else {
  describe('the origin that a browser sends with a form', () => {
    /** What the rule of origins gets to see. */
    const originOf = async (prepare: (app: INestApplication) => void): Promise<string> => {
      const app = await startAuthApp({ http: 'express', controllers: [HostController], prepare });
      // Chromium's sandbox needs privileges that containers do not give; the only page it opens is ours.
      const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
      try {
        const page = await browser.newPage();
        await page.goto(`${app.url}/form`);
        const [response] = await Promise.all([page.waitForResponse(/origin/), page.getByRole('button').click()]);
        const { origin } = (await response.json()) as { origin: string };
        return origin === app.url ? 'its own' : origin;
      } finally {
        await browser.close();
        await app.close();
      }
    };

    it('is its own with AuthHelmet', async () => {
      expect(await originOf(withHelmet.express)).toBe('its own');
    });

    it('is null with what helmet does by itself', async () => {
      expect(await originOf((app) => void app.use(helmet()))).toBe('null');
    });
  });
}
