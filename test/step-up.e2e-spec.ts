import { Controller, Get, Post } from '@nestjs/common';
import { Clock, RequireRecentAuth } from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import { cookieOf, setCookiesOf } from './support/cookies.js';
import { TRIALS } from './races/two-nodes.js';
import { describeEachDatabase } from './support/databases.js';

@Controller('things')
class ThingsController {
  @Get()
  list() {
    return {};
  }

  @RequireRecentAuth()
  @Post('recent')
  recent() {
    return {};
  }

  @RequireRecentAuth('1h')
  @Post('recent-hour')
  recentHour() {
    return {};
  }
}

describe('a route that wants recent proof', () => {
  let app: AuthApp;
  let clock: SettableClock;
  let ada: Session;
  beforeEach(async () => {
    clock = new SettableClock();
    app = await startAuthApp({ controllers: [ThingsController], overrides: [{ provide: Clock, useValue: clock }] });
    ada = await app.givenUser('ada@example.com');
  });
  afterEach(() => app.close());

  it('wants proof once the last one is ten minutes old, and takes a step-up for it', async () => {
    const post = (path: string) => app.http().post(path).set('Authorization', `Bearer ${ada.accessToken}`);
    clock.advance('10m');
    await post('/things/recent').expect(201);
    clock.advance('1s');
    expect((await post('/things/recent').expect(403)).body.errorCode).toBe('auth.recent_auth_required');
    await post('/things/recent-hour').expect(201);
    expect((await post('/auth/step-up').send({ password: 'a guess' }).expect(403)).body.errorCode).toBe('auth.password_incorrect');
    await post('/things/recent').expect(403);

    const { body } = await post('/auth/step-up').send({ password: PASSWORD }).expect(200);
    expect(body.session.authTime).toBe(new Date(clock.now()).toISOString());
    await post('/things/recent').expect(201);
    expect((await app.me(ada.accessToken).expect(200)).body.session).toEqual(body.session);
  });

  it('takes a refresh for no proof', async () => {
    clock.advance('11m');
    const { body } = await app.refresh(ada.refreshToken).expect(200);
    const answer = await app.http().post('/things/recent').set('Authorization', `Bearer ${body.accessToken}`).expect(403);

    expect(answer.body.errorCode).toBe('auth.recent_auth_required');
  });

  it('keeps the cookie’s session going through a step-up', async () => {
    const cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }));
    clock.advance('11m');
    const browser = (jar: string) => ({ Cookie: jar, Origin: 'http://localhost:3000' });
    await app.http().post('/things/recent').set(browser(cookie)).expect(403);
    const answer = await app.http().post('/auth/step-up').set(browser(cookie)).send({ password: PASSWORD }).expect(200);
    const renewed = cookieOf(answer);

    expect(renewed).not.toBe(cookie);
    await app.http().post('/things/recent').set(browser(renewed)).expect(201);
    await app.http().get('/things').set('Cookie', cookie).expect(401);
    const sessions = (await app.http().get('/auth/sessions').set('Cookie', renewed).expect(200)).body.sessions;
    expect(sessions.filter(({ current }: { current: boolean }) => current)).toHaveLength(1);
  });
});

describeEachDatabase('several proofs with one cookie at once', (kind) => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp({ database: kind, lockout: false });
    await app.givenUser('ada@example.com');
  });
  afterAll(() => app.close());

  const browser = (jar: string) => ({ Cookie: jar, Origin: 'http://localhost:3000' });

  it('log nobody out, whichever answer comes last', async () => {
    for (let trial = 0; trial < TRIALS; trial++) {
      const cookie = cookieOf(await app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie' }).expect(200));
      const prove = () => app.http().post('/auth/step-up').set(browser(cookie)).send({ password: PASSWORD });
      const answers = await Promise.all(Array.from({ length: 5 }, prove));

      // One that is read after the cookie was renewed is refused, and touches no cookie either.
      for (const { status } of answers) expect([200, 401]).toContain(status);
      const renewed = answers.flatMap(setCookiesOf);
      expect(renewed).toHaveLength(1);
      const jar = `${renewed[0]!.name}=${renewed[0]!.value}`;
      const { body } = await app.http().get('/auth/me').set('Cookie', jar).expect(200);
      for (const answer of answers) {
        if (answer.status === 200) expect(answer.body.session.id).toBe(body.session.id);
      }
      await app.http().get('/auth/me').set('Cookie', cookie).expect(401);
      expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
    }
  }, 300_000);
});
