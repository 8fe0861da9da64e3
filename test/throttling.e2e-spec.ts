import { Controller, Get, Post, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService } from '@nestjs/core';
import {
  AuthThrottle,
  type AuthEvent,
  AuthEvents,
  CacheStore,
  CacheUnavailableError,
  OneTimeTokenRepository,
  Public,
} from 'nestjs-latchkey';
import { EmailChangeModule } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { InvitationModule } from 'nestjs-latchkey/invitation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AUTH_THROTTLE } from '../libs/auth/src/core/access/auth-throttle.decorator.js';
import { AccessMetadata } from '../libs/auth/src/core/access/route-access.js';
import { type AuthApp, type AuthAppOptions, startAuthApp } from './auth-app.js';

@Public()
@Controller('rated')
class RatedController {
  @AuthThrottle({ limit: 2, window: '1m' })
  @Post('two')
  two() {
    return {};
  }

  @AuthThrottle({ limit: 2, window: '1m' })
  @Get('other')
  other() {
    return {};
  }

  @Get('free')
  free() {
    return {};
  }
}

@Public()
@AuthThrottle({ limit: 1, window: '1m' })
@Controller('class-rated')
class ClassRatedController {
  @Get('inherits')
  inherits() {
    return {};
  }

  @AuthThrottle({ limit: 3, window: '1m' })
  @Get('own')
  own() {
    return {};
  }
}

class BrokenCache {
  readonly scope = 'shared';
  async increment() {
    throw new CacheUnavailableError('increment');
  }
  async get() {
    throw new CacheUnavailableError('get');
  }
  async set() {}
  async delete() {}
  async publish() {}
  async subscribe() {
    return async () => undefined;
  }
}

describe('throttling', () => {
  let app: AuthApp;
  afterEach(() => app.close());

  const start = async (options: AuthAppOptions = {}) => {
    app = await startAuthApp({ throttle: {}, trustedProxies: ['127.0.0.0/8', '::1'], ...options });
  };
  /** Of a client behind our own proxy. */
  const from = (ip: string, email = 'nobody@example.com') =>
    app.http().post('/auth/signin').set('X-Forwarded-For', ip).send({ email, password: 'a guess' });
  const times = async (count: number, act: (index: number) => PromiseLike<{ status: number }>) => {
    const statuses: number[] = [];
    for (let index = 0; index < count; index++) statuses.push((await act(index)).status);
    return statuses;
  };
  const refused = (statuses: number[]) => statuses.indexOf(429);

  it('admits 30 sign-ins a minute from one source', async () => {
    await start({ lockout: false });
    await app.givenUser('ada@example.com');
    const right = () => app.signIn('ada@example.com');

    expect(await times(31, right)).toEqual([...Array.from({ length: 30 }, () => 200), 429]);
    await from('192.0.2.7').expect(401);
  });

  it('answers in the shape of every refusal, with the headers of a limit', async () => {
    await start({ throttle: { signIn: { limit: 1, window: '90s' } } });
    const events: AuthEvent[] = [];
    app.get(AuthEvents).subscribe('throttle.limited', (event: AuthEvent) => void events.push(event));
    await from('192.0.2.1').expect(401);
    const { status, body, headers } = await from('192.0.2.1');

    expect(status).toBe(429);
    expect(body).toEqual({
      statusCode: 429,
      error: 'Too Many Requests',
      message: expect.any(String),
      errorCode: 'auth.too_many_attempts',
    });
    expect(Number(headers['retry-after'])).toBeGreaterThan(85);
    expect(headers).toMatchObject({ 'ratelimit-limit': '1', 'ratelimit-remaining': '0', 'cache-control': 'no-store' });
    expect(headers['ratelimit-reset']).toBe(headers['retry-after']);
    expect(events.map(({ ip, data }) => ({ ip, data }))).toEqual([
      { ip: '192.0.2.1', data: { limit: 'signIn', retryAfterMs: Number(headers['retry-after']) * 1000 } },
    ]);
  });

  it('counts a /64 as one source, and IPv4 however it is written', async () => {
    await start({ lockout: false, throttle: { signIn: { limit: 3, window: '1m' } } });

    expect(refused(await times(50, (index) => from(`2001:db8:0:7::${(index + 1).toString(16)}`)))).toBe(3);
    await from('2001:db8:0:8::1').expect(401);
    expect(await times(4, (index) => from(index % 2 ? '::ffff:192.0.2.9' : '192.0.2.9'))).toEqual([401, 401, 401, 429]);
  });

  it('believes no header of a stranger', async () => {
    await start({ trustedProxies: [], throttle: { signIn: { limit: 3, window: '1m' } } });

    expect(await times(4, (index) => from(`192.0.2.${index}`))).toEqual([401, 401, 401, 429]);
  });

  it('counts 20 sign-ups an hour, those of taken addresses too', async () => {
    await start();
    await app.givenUser('ada@example.com');

    expect(await times(20, () => app.signUp('ada@example.com'))).toEqual([...Array.from({ length: 19 }, () => 409), 429]);
  });

  it('admits 60 mailed tokens a minute from one source on each route that takes them, and never looks at the next', async () => {
    await start({ rooms: [PasswordResetModule.forRoot(), EmailConfirmationModule.forRoot(), InvitationModule.forRoot()] });
    const token = `${'a'.repeat(22)}.${'b'.repeat(43)}`;
    const password = 'a wholly different sentence';
    const looked = vi.spyOn(app.get(OneTimeTokenRepository), 'find');
    for (const [path, body] of Object.entries({
      'password/reset': { token, password },
      'email/confirm': { token },
      'invitations/accept': { token, password },
      unlock: { token },
    })) {
      const statuses = await times(61, () => app.http().post(`/auth/${path}`).send(body));
      expect([path, statuses]).toEqual([path, [...Array.from({ length: 60 }, () => 400), 429]]);
    }
    const before = looked.mock.calls.length;
    await app.http().post('/auth/unlock').send({ token }).expect(429);
    expect(looked.mock.calls.length).toBe(before);
    await app.http().post('/auth/unlock').set('X-Forwarded-For', '192.0.2.7').send({ token }).expect(400);
  });

  it('has a rate for every route that writes and needs no session, but for those that end or renew one', async () => {
    await start({
      rooms: [
        EmailConfirmationModule.forRoot(),
        EmailChangeModule.forRoot(),
        PasswordResetModule.forRoot(),
        MagicLinkModule.forRoot(),
        InvitationModule.forRoot(),
      ],
    });
    const rates = Object.fromEntries(
      app
        .get(DiscoveryService)
        .getControllers()
        .flatMap(({ metatype }) => {
          const { prototype } = metatype as Type<Record<string, object>>;
          return Object.getOwnPropertyNames(prototype).map((name) => prototype[name]!);
        })
        .filter((handler) => Reflect.getMetadata(AccessMetadata.public, handler) === true)
        .filter((handler) => Reflect.getMetadata(METHOD_METADATA, handler) !== RequestMethod.GET)
        .map((handler) => [Reflect.getMetadata(PATH_METADATA, handler), Reflect.getMetadata(AUTH_THROTTLE, handler) ?? 'none']),
    );

    expect(rates).toEqual({
      signup: 'signUp',
      signin: 'signIn',
      refresh: 'none',
      signout: 'none',
      'email/confirm': 'token',
      'email/resend': 'mail',
      'password/forgot': 'mail',
      'password/reset': 'token',
      'magic-link': 'mail',
      'magic-link/verify': 'signIn',
      accept: 'token',
      unlock: 'token',
    });
  });

  it('counts by handler, whatever the URL looks like', async () => {
    await start({ controllers: [RatedController], throttle: {} });
    const post = (path: string) => app.http().post(path).send({});

    expect(await times(2, () => post('/rated/two'))).toEqual([201, 201]);
    for (const path of ['/rated/two', '/rated/two/', '/rated/two?x=1', '/Rated/two']) {
      expect([404, 429]).toContain((await post(path)).status);
    }
    await app.http().get('/rated/other').expect(200);
    await app.http().head('/rated/other').expect(200);
    await app.http().head('/rated/other').expect(429);
    expect(await times(5, () => app.http().get('/rated/free'))).toEqual([200, 200, 200, 200, 200]);
  });

  it('lets a handler have another rate than its class', async () => {
    await start({ controllers: [ClassRatedController] });

    expect(await times(4, () => app.http().get('/class-rated/own'))).toEqual([200, 200, 200, 429]);
    expect(await times(2, () => app.http().get('/class-rated/inherits'))).toEqual([200, 429]);
  });

  it('counts in this process while the cache is away', async () => {
    await start({
      throttle: { signIn: { limit: 3, window: '1m' } },
      overrides: [{ provide: CacheStore, useClass: BrokenCache }],
    });

    expect(await times(4, () => from('192.0.2.1'))).toEqual([401, 401, 401, 429]);
  });

  it('is off when the host says so', async () => {
    await start({ throttle: false, lockout: false, controllers: [RatedController] });

    expect(await times(40, () => from('192.0.2.1'))).toEqual(Array.from({ length: 40 }, () => 401));
    expect(await times(4, () => app.http().get('/rated/other'))).toEqual([200, 200, 200, 200]);
  });

  it('stops the boot for a rate that is none', async () => {
    await start();
    @Controller('wrong')
    class WrongController {
      @AuthThrottle({ limit: 0, window: 'soon' as never })
      @Get()
      get() {}
    }
    await expect(startAuthApp({ controllers: [WrongController], logger: false })).rejects.toThrow(
      /WrongController\.get: @AuthThrottle/,
    );
    await expect(startAuthApp({ throttle: { signin: { limit: 1 } } as never, logger: false })).rejects.toThrow(
      /Did you mean throttle\.signIn/,
    );
  });
});
