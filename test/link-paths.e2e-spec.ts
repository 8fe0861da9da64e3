import { AccountsService } from 'nestjs-latchkey';
import { type INestApplication, RequestMethod, VersioningType } from '@nestjs/common';
import { PasswordResetModule, PasswordResetService } from 'nestjs-latchkey/password-reset';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, startAuthApp } from './auth-app.js';
import { mailTo } from './support/mailbox.js';

const BASE_URL = 'http://localhost:3000/shop';
const PAGE = 'auth/password/reset';

type Prepare = (app: INestApplication) => unknown;

const HOSTS: Record<string, [Prepare, path: string]> = {
  'no prefix': [() => undefined, `/${PAGE}`],
  'a global prefix': [(app) => app.setGlobalPrefix('api'), `/api/${PAGE}`],
  'a global prefix with slashes': [(app) => app.setGlobalPrefix('/api/v2/'), `/api/v2/${PAGE}`],
  'a global prefix but not for this page': [
    (app) => app.setGlobalPrefix('api', { exclude: [{ path: PAGE, method: RequestMethod.ALL }] }),
    `/${PAGE}`,
  ],
  'a global prefix but not for other methods': [
    (app) => app.setGlobalPrefix('api', { exclude: [{ path: PAGE, method: RequestMethod.DELETE }, 'health'] }),
    `/api/${PAGE}`,
  ],
  'versions in its URLs': [
    (app) => app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI, defaultVersion: ['2', '1'] }),
    `/api/v2/${PAGE}`,
  ],
  'versions in its URLs with a prefix of their own': [
    (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '7', prefix: 'release-' }),
    `/release-7/${PAGE}`,
  ],
  'versions, and none for us': [(app) => app.enableVersioning({ type: VersioningType.URI }), `/${PAGE}`],
};

describe.each(['express', 'fastify'] as const)('a mailed link on %s', (http) => {
  let app: AuthApp;
  afterEach(() => app.close());

  it.each(Object.entries(HOSTS))('leads to its page where the host has %s', async (_, [prepare, path]) => {
    app = await startAuthApp({
      http,
      baseUrl: BASE_URL,
      prepare: (nest) => void prepare(nest),
      rooms: [PasswordResetModule.forRoot()],
    });
    await app.get(AccountsService).create({ email: 'ada@example.com', password: PASSWORD });
    await app.get(PasswordResetService).request('ada@example.com');
    const [, link, token] = /(http:\/\/\S+)#(\S+)/.exec((await mailTo(app, 'ada@example.com')).at(-1)!.text)!;

    expect(link).toBe(`${BASE_URL}${path}`);
    const page = await app.http().get(path).expect(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    await app.http().post(path).send({ token, password: 'a wholly different sentence' }).expect(204);
  });
});
