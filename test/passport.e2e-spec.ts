import { Controller, Get, Post, Req, UseGuards } from '@nestjs/common';
import { AuthGuard as PassportGuard } from '@nestjs/passport';
import { AuthConfigurationError, CurrentUser, Public } from 'nestjs-latchkey';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, PASSWORD, startAuthApp } from './auth-app.js';
import { cookieOf } from './support/cookies.js';

interface PassportRequest {
  user: { email: string };
  authInfo: { issued: { credentials: { accessToken: string } } };
}

@Public()
@Controller('legacy')
class LegacyController {
  @UseGuards(PassportGuard('latchkey-jwt'))
  @Get()
  get(@Req() { user }: PassportRequest, @CurrentUser() current: { email: string }) {
    return { email: user.email, current: current.email };
  }

  @UseGuards(PassportGuard('latchkey-jwt'))
  @Post()
  post(@Req() { user }: PassportRequest) {
    return { email: user.email };
  }

  @UseGuards(PassportGuard('latchkey-local'))
  @Post('login')
  login(@Req() { user, authInfo }: PassportRequest) {
    return { email: user.email, token: authInfo.issued.credentials.accessToken };
  }
}

describe('a host with @nestjs/passport', () => {
  const apps: AuthApp[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });
  const start = async (options: AuthAppOptions = {}): Promise<AuthApp> => {
    const app = await startAuthApp({ controllers: [LegacyController], passport: {}, logger: false, ...options });
    apps.push(app);
    return app;
  };

  it('guards its routes with our strategy, by the same rules', async () => {
    const app = await start();
    const { accessToken } = await app.givenUser('ada@example.com');
    const get = (token: string) => app.http().get('/legacy').set('Authorization', `Bearer ${token}`);

    expect((await get(accessToken).expect(200)).body).toEqual({ email: 'ada@example.com', current: 'ada@example.com' });
    expect((await app.http().get('/legacy').expect(401)).body.errorCode).toBe('auth.not_authenticated');
    expect((await get('nonsense').expect(401)).body.errorCode).toBe('auth.token_invalid');
    await app.http().post('/auth/signout').set('Authorization', `Bearer ${accessToken}`).expect(204);
    expect((await get(accessToken).expect(401)).body.errorCode).toBe('auth.session_revoked');
  });

  it('takes our cookie too, under the origin rule', async () => {
    const app = await start();
    await app.givenUser('ada@example.com');
    const cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }));

    await app.http().get('/legacy').set('Cookie', cookie).expect(200);
    await app.http().post('/legacy').set({ Cookie: cookie, Origin: 'http://localhost:3000' }).expect(201);
    const foreign = await app.http().post('/legacy').set({ Cookie: cookie, Origin: 'https://evil.example' }).expect(403);
    expect(foreign.body.errorCode).toBe('auth.origin_rejected');
  });

  it('signs in with our strategy, under the same limits', async () => {
    const app = await start();
    await app.givenUser('ada@example.com');
    const login = (body: object) => app.http().post('/legacy/login').send(body);

    const { body } = await login({ email: 'ADA@example.com', password: PASSWORD }).expect(201);
    expect(body.email).toBe('ada@example.com');
    await app.me(body.token).expect(200);
    for (let failure = 0; failure < 5; failure++) await login({ email: 'ada@example.com', password: 'a guess' }).expect(401);
    expect((await login({ email: 'ada@example.com', password: PASSWORD }).expect(429)).body.errorCode).toBe(
      'auth.too_many_attempts',
    );
    await app.signIn('ada@example.com').expect(429);
  });

  it.each([
    {},
    { email: ['ada@example.com'], password: PASSWORD },
    { email: 'ada@example.com\0', password: PASSWORD },
    { email: 'ada@example.com', password: '\ud800' },
    { email: 'ada@example.com', password: { length: 20 } },
    { email: 'ada@example.com', password: PASSWORD, isAdmin: true },
    [],
  ])('refuses nonsense at its own sign-in: %j', async (body) => {
    const app = await start();
    const answer = await app.http().post('/legacy/login').send(body).expect(400);

    expect(answer.body.errorCode).toBe('auth.validation_failed');
  });

  it('can not have two applications under one prefix: the second says so and does not start', async () => {
    const app = await start();
    const { accessToken } = await app.givenUser('ada@example.com');
    const error: unknown = await start().catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(AuthConfigurationError);
    expect((error as Error).message).toMatch(/passport\.prefix: "latchkey" is taken .* process-global.* prefix: 'second'/);
    // The first is as it was.
    await app.http().get('/legacy').set('Authorization', `Bearer ${accessToken}`).expect(200);
  });

  it('can have two under two prefixes, or one without', async () => {
    await start();
    await start({ passport: { prefix: 'second' } });
    const third = await start({ passport: false });

    await third.givenUser('ada@example.com');
    expect(apps).toHaveLength(3);
  });

  it('finds the prefix free once the application is closed, or did not start', async () => {
    const first = await start();
    await apps.splice(0)[0]!.close();
    const again = await start();
    expect(again).not.toBe(first);
    await apps.splice(0)[0]!.close();

    class BrokenController {
      onModuleInit() {
        throw new Error('the host has a bad day');
      }
    }
    Controller('broken')(BrokenController);
    await expect(start({ controllers: [BrokenController] })).rejects.toThrow('a bad day');
    await start();
  });
});
