import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get } from '@nestjs/common';
import { RequireRecentAuth, SessionRepository, UnitOfWork, UserRepository } from 'nestjs-latchkey';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AuthApp, PASSWORD, startAuthApp } from './auth-app.js';

@Controller('things')
class ThingsController {
  @Get('recent')
  @RequireRecentAuth('1s')
  recent(): string {
    return 'recent';
  }
}

/** One answer of the store takes this long (ms): in time by itself, and so are not two of them. */
const SLOW = 1_200;

describe('a store that takes its time over every answer', () => {
  let app: AuthApp;
  beforeEach(async () => {
    app = await startAuthApp({ controllers: [ThingsController] });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await app.close();
  });

  /** As if the store itself were slow: its time is spent. */
  function slowDown<T extends object>(port: T, method: keyof T & string): void {
    const real = (port[method] as (...args: unknown[]) => Promise<unknown>).bind(port);
    const slow = (...args: unknown[]): Promise<unknown> =>
      app.get(UnitOfWork).awaitAnswer(() => pause(SLOW).then(() => real(...args)));
    vi.spyOn(port, method as never).mockImplementation(slow as never);
  }

  const unavailableInTime = async (ask: () => Promise<{ status: number; body: { errorCode?: string }; headers: object }>) => {
    const start = performance.now();
    const { status, body, headers } = await ask();
    expect([status, body.errorCode]).toEqual([503, 'auth.store_unavailable']);
    expect(headers).toHaveProperty('retry-after');
    expect(performance.now() - start).toBeLessThan(2_000);
  };

  it('is a 503 in time where the guard asks twice', async () => {
    const { accessToken } = await app.givenUser('ada@example.com');
    // Who has not signed in just now by the first answer may have done so elsewhere: it asks once more.
    slowDown(app.get(SessionRepository), 'findState');
    await unavailableInTime(() => Promise.resolve(app.http().get('/things/recent').set('Authorization', `Bearer ${accessToken}`)));
  });

  it('is a 503 in time where the guard has one and the route another', async () => {
    const { accessToken } = await app.givenUser('ada@example.com');
    slowDown(app.get(SessionRepository), 'findState');
    slowDown(app.get(UserRepository), 'findById');
    await unavailableInTime(() => Promise.resolve(app.me(accessToken)));
  });

  it('is a 503 in time where a route has several', async () => {
    await app.givenUser('ada@example.com');
    slowDown(app.get(UserRepository), 'findByEmailWithPassword');
    slowDown(app.get(UnitOfWork), 'run');
    await unavailableInTime(() => Promise.resolve(app.signIn('ada@example.com', PASSWORD)));
  });

  it('answers as ever when it takes its time once', async () => {
    await app.givenUser('ada@example.com');
    slowDown(app.get(UserRepository), 'findByEmailWithPassword');
    await app.signIn('ada@example.com', PASSWORD).expect(200);
  });
});
