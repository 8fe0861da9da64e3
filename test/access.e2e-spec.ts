import { type CanActivate, Controller, type ExecutionContext, Get, Injectable, Post, UseGuards } from '@nestjs/common';
import {
  AuthGuard,
  Clock,
  CurrentSession,
  CurrentUser,
  OptionalAuth,
  Public,
  RequireRecentAuth,
  SessionRepository,
  UserRepository,
} from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AuthApp, type AuthAppOptions, type Session, startAuthApp } from './auth-app.js';

interface Known {
  email: string;
}

/** Another library's habit: to leave something of its own in `request.auth`. */
@Injectable()
class ForeignAuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    context.switchToHttp().getRequest().auth = { userId: '1', session: { id: 'forged' }, user: () => ({ email: 'forged' }) };
    return true;
  }
}

@Controller('things')
class ThingsController {
  @Get()
  list(@CurrentUser() user: Known) {
    return { email: user.email };
  }

  @Public()
  @Get('public')
  open() {
    return { open: true };
  }

  @OptionalAuth()
  @Get('optional')
  optional(@CurrentUser() user: Known | null, @CurrentSession() session: { id: string } | null) {
    return { email: user?.email ?? null, session: session?.id ?? null };
  }

  @RequireRecentAuth()
  @Post('recent')
  recent() {
    return {};
  }

  @UseGuards(ForeignAuthGuard)
  @OptionalAuth()
  @Get('foreign')
  foreign(@CurrentUser() user: Known | null, @CurrentSession() session: { id: string } | null) {
    return { email: user?.email ?? null, session: session?.id ?? null };
  }
}

@Public()
@Controller('mostly-open')
class MostlyOpenController {
  @Get()
  open() {
    return { open: true };
  }

  @RequireRecentAuth()
  @Get('recent')
  recent() {
    return {};
  }

  @OptionalAuth()
  @Get('optional')
  optional(@CurrentSession() session: object | null) {
    return { known: session !== null };
  }

  @Get('confused')
  confused(@CurrentUser() user: Known) {
    return user;
  }
}

@RequireRecentAuth('5m')
@Controller('mostly-recent')
class MostlyRecentController {
  @Get()
  strict() {
    return {};
  }

  @RequireRecentAuth('1h')
  @Get('lenient')
  lenient() {
    return {};
  }

  @Public()
  @Get('open')
  open() {
    return {};
  }
}

const CONTROLLERS = [ThingsController, MostlyOpenController, MostlyRecentController];

describe('a route of the host', () => {
  let app: AuthApp;
  let clock: SettableClock;
  let ada: Session;
  const start = async (options: AuthAppOptions = {}): Promise<void> => {
    clock = new SettableClock();
    app = await startAuthApp({ controllers: CONTROLLERS, overrides: [{ provide: Clock, useValue: clock }], ...options });
    ada = await app.givenUser('ada@example.com');
  };
  beforeEach(() => start());
  afterEach(() => app.close());

  const get = (path: string, token?: string) => {
    const request = app.http().get(path);
    return token === undefined ? request : request.set('Authorization', `Bearer ${token}`);
  };

  it('is closed unless it says otherwise', async () => {
    const { body, headers } = await get('/things').expect(401);

    expect(body).toEqual({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'Sign in first',
      errorCode: 'auth.not_authenticated',
    });
    expect(headers['www-authenticate']).toBe('Bearer');
    expect((await get('/things', ada.accessToken).expect(200)).body).toEqual({ email: 'ada@example.com' });
  });

  it('that is public looks at no credential, whatever comes along', async () => {
    const reads = ['findState', 'findWithOwner', 'touch'] as const;
    const spies = reads.map((read) => vi.spyOn(app.get(SessionRepository), read));
    for (const token of [undefined, 'nonsense', '', ada.accessToken]) {
      expect((await get('/things/public', token).expect(200)).body).toEqual({ open: true });
    }
    await app
      .http()
      .get('/things/public')
      .set('Cookie', `latchkey=${'A'.repeat(22)}.${'A'.repeat(43)}`)
      .expect(200);

    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });

  it('that is optional knows three cases: nobody, somebody, and a bad credential', async () => {
    expect((await get('/things/optional').expect(200)).body).toEqual({ email: null, session: null });
    const { body } = await get('/things/optional', ada.accessToken).expect(200);
    expect(body).toEqual({ email: 'ada@example.com', session: expect.stringMatching(/^[\w-]{22}$/) });

    expect((await get('/things/optional', 'nonsense').expect(401)).body.errorCode).toBe('auth.token_invalid');
    await app.http().get('/things/optional').set('Cookie', 'latchkey=nonsense').expect(401);
    await app.http().post('/auth/signout').set('Authorization', `Bearer ${ada.accessToken}`).expect(204);
    expect((await get('/things/optional', ada.accessToken).expect(401)).body.errorCode).toBe('auth.session_revoked');
  });

  it('that is optional is 503 and not anonymous when the store is down', async () => {
    const states = vi.spyOn(app.get(SessionRepository), 'findState');
    const { StoreUnavailableException } = await import('nestjs-latchkey');
    states.mockRejectedValue(new StoreUnavailableException());
    const { body, headers } = await get('/things/optional', ada.accessToken).expect(503);

    expect(body.errorCode).toBe('auth.store_unavailable');
    expect(headers['retry-after']).toBe('1');
    await get('/things', ada.accessToken).expect(503);
    await get('/things/optional').expect(200);
    await get('/things/public', ada.accessToken).expect(200);
  });

  it('believes nobody else’s `request.auth`, not even in place of ours', async () => {
    expect((await get('/things/foreign').expect(200)).body).toEqual({ email: null, session: null });
    expect((await get('/things/foreign', ada.accessToken).expect(200)).body).toEqual({ email: null, session: null });
  });

  it('says for itself what its class says for all', async () => {
    await get('/mostly-open').expect(200);
    await get('/mostly-open/recent').expect(401);
    await get('/mostly-open/recent', ada.accessToken).expect(200);
    expect((await get('/mostly-open/optional', ada.accessToken).expect(200)).body).toEqual({ known: true });
    await get('/mostly-open/optional', 'nonsense').expect(401);

    await get('/mostly-recent/open').expect(200);
    clock.advance('6m');
    await get('/mostly-recent', ada.accessToken).expect(403);
    await get('/mostly-recent/lenient', ada.accessToken).expect(200);
  });

  it('that is public does not learn who asks', async () => {
    expect((await get('/mostly-open/confused', ada.accessToken).expect(401)).body.errorCode).toBe('auth.not_authenticated');
  });

  it('asks for the user only when a handler does, and gives the host’s entity', async () => {
    const find = vi.spyOn(app.get(UserRepository), 'findById');
    await get('/mostly-recent', ada.accessToken).expect(200);
    expect(find).not.toHaveBeenCalled();
    await get('/things/optional', ada.accessToken).expect(200);
    expect(find).toHaveBeenCalledTimes(1);
    expect(await find.mock.results[0]!.value).not.toHaveProperty('passwordHash', expect.any(String));
  });

  it('is open without the global guard, but not where a decorator asks for more', async () => {
    await app.close();
    await start({ globalGuard: false });

    // Open, but nobody knows who asks.
    expect((await get('/things', ada.accessToken).expect(401)).body.errorCode).toBe('auth.not_authenticated');
    await app.http().post('/things/recent').expect(401);
    await get('/mostly-recent').expect(401);
    await get('/mostly-recent', ada.accessToken).expect(200);
    await get('/mostly-recent/open').expect(200);
    await get('/things/optional', 'nonsense').expect(401);
    expect((await get('/things/optional', ada.accessToken).expect(200)).body.email).toBe('ada@example.com');
  });

  it('can be guarded by hand without the global guard, our own routes are in any case', async () => {
    @UseGuards(AuthGuard)
    @Controller('by-hand')
    class ByHandController {
      @Get()
      get(@CurrentUser() user: Known) {
        return { email: user.email };
      }
    }
    await app.close();
    await start({ globalGuard: false, controllers: [ByHandController] });

    await get('/by-hand').expect(401);
    expect((await get('/by-hand', ada.accessToken).expect(200)).body).toEqual({ email: 'ada@example.com' });
    await get('/auth/me').expect(401);
    await get('/auth/sessions').expect(401);
    await app.http().delete('/auth/me').expect(401);
    await get('/auth/me', ada.accessToken).expect(200);
  });
});
