import { AccountsService, ChallengeVerifier, Clock, PasswordHasher } from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, PASSWORD, startAuthApp } from './auth-app.js';
import { mailTo, tokenFor } from './support/mailbox.js';

const WRONG = 'a guess';

describe('guesses', () => {
  let app: AuthApp;
  let clock: SettableClock;
  beforeEach(() => {
    clock = new SettableClock();
  });
  afterEach(() => app.close());

  const start = async (options: AuthAppOptions = {}) => {
    app = await startAuthApp({ overrides: [{ provide: Clock, useValue: clock }], ...options });
  };
  const guess = (email = 'ada@example.com', password = WRONG) => app.signIn(email, password);
  const times = async (count: number, act: (index: number) => PromiseLike<{ status: number }>) => {
    const statuses: number[] = [];
    for (let index = 0; index < count; index++) statuses.push((await act(index)).status);
    return statuses;
  };
  const many = (count: number, status: number) => Array.from({ length: count }, () => status);

  describe('of one source', () => {
    const generous = { signIn: { limit: 1000, window: '1m' }, signUp: { limit: 1000, window: '1m' } } as const;

    it('end after ten wrong ones in a minute, whatever the accounts', async () => {
      await start({ throttle: generous });
      await app.givenUser('ada@example.com');

      expect(await times(12, (index) => guess(`victim${index}@example.com`))).toEqual([...many(10, 401), 429, 429]);
      const { headers, body } = await app.signIn('ada@example.com').expect(429);
      expect(body.errorCode).toBe('auth.too_many_attempts');
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
      expect(headers['ratelimit-limit']).toBe('10');
    });

    it('end after a hundred in a day', async () => {
      await start({ throttle: { ...generous, failures: { perMinute: 1000, perDay: 12 } } });

      expect(await times(13, (index) => guess(`victim${index}@example.com`))).toEqual([...many(12, 401), 429]);
    });

    it('count when they are made at the same time', async () => {
      await start({ throttle: generous });
      let hashed = 0;
      const hasher = app.get(PasswordHasher);
      const equalise = hasher.equalise.bind(hasher);
      hasher.equalise = (...args) => {
        hashed++;
        return equalise(...args);
      };
      const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => guess(`victim${index}@example.com`)));

      expect(hashed).toBe(10);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(50);
    });

    it('do not keep out people who are right, however many come at once', async () => {
      await start({ throttle: generous });
      for (let index = 0; index < 33; index++) await app.givenUser(`user${index}@example.com`);
      const answers = await Promise.all(Array.from({ length: 33 }, (_, index) => app.signIn(`user${index}@example.com`)));

      expect(answers.map(({ status }) => status)).toEqual(many(33, 200));
    });
  });

  describe('in a live session', () => {
    const stepUp = (accessToken: string, password: string) =>
      app.http().post('/auth/step-up').set('Authorization', `Bearer ${accessToken}`).send({ password });

    it('of the owner go on while a stranger’s are delayed', async () => {
      await start();
      const { accessToken } = await app.givenUser('ada@example.com');
      expect(await times(6, () => guess())).toEqual([...many(5, 401), 429]);

      await app.me(accessToken).expect(200);
      await stepUp(accessToken, PASSWORD).expect(200);
      await guess('ada@example.com', PASSWORD).expect(429);
      const change = { currentPassword: PASSWORD, newPassword: 'another good password' };
      await app.http().post('/auth/password/change').set('Authorization', `Bearer ${accessToken}`).send(change).expect(200);
    });

    it('have a count of five of their own then', async () => {
      await start();
      const { accessToken } = await app.givenUser('ada@example.com');
      await times(6, () => guess());

      expect(await times(6, () => stepUp(accessToken, WRONG))).toEqual([...many(5, 403), 429]);
      await stepUp(accessToken, PASSWORD).expect(429);
      clock.advance('1m');
      await stepUp(accessToken, PASSWORD).expect(200);
    });

    it('count with those at sign-in', async () => {
      await start();
      const { accessToken } = await app.givenUser('ada@example.com');

      expect(await times(6, () => stepUp(accessToken, WRONG))).toEqual([...many(5, 403), 429]);
      await guess('ada@example.com', PASSWORD).expect(429);
    });
  });

  describe('from a known device', () => {
    const withCookie = (email: string, password: string, cookie?: string) => {
      const request = app.http().post('/auth/signin').send({ email, password, delivery: 'cookie' });
      return cookie === undefined ? request : request.set('Cookie', cookie);
    };
    const deviceOf = (answer: { headers: Record<string, unknown> }): string | undefined =>
      (answer.headers['set-cookie'] as unknown as string[] | undefined)
        ?.find((one) => one.startsWith('latchkey-device='))
        ?.split(';')[0];
    const givenDevice = async (email = 'ada@example.com'): Promise<string> =>
      deviceOf(await withCookie(email, PASSWORD).expect(200))!;

    it('are made possible by a cookie that stays after sign-out', async () => {
      await start();
      await app.givenUser('ada@example.com');
      const answer = await withCookie('ada@example.com', PASSWORD).expect(200);
      const cookies = answer.headers['set-cookie'] as unknown as string[];

      expect(cookies[1]).toMatch(/^latchkey-device=[\w-]{22}\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=15552000$/);
      const signOut = await app
        .http()
        .post('/auth/signout')
        .set('Origin', 'http://localhost:3000')
        .set(
          'Cookie',
          cookies.map((one) => one.split(';')[0]!),
        )
        .send({})
        .expect(204);
      expect(JSON.stringify(signOut.headers['set-cookie'])).not.toContain('device');
      const again = await withCookie('ada@example.com', PASSWORD, deviceOf(answer)).expect(200);
      expect(deviceOf(again)).toBeUndefined();
    });

    it('have __Host- where there is https', async () => {
      await start({ baseUrl: 'https://app.example.com' });
      await app.givenUser('ada@example.com');
      const answer = await withCookie('ada@example.com', PASSWORD).expect(200);

      expect((answer.headers['set-cookie'] as unknown as string[])[1]).toMatch(/^__Host-latchkey-device=.*; Secure;/);
    });

    it('are not there where no cookie is used', async () => {
      await start();
      await app.givenUser('ada@example.com');

      expect((await app.signIn('ada@example.com').expect(200)).headers['set-cookie']).toBeUndefined();
    });

    it('sign in during an attack, on the account and from the same source', async () => {
      await start({ throttle: { signIn: { limit: 1000 } } });
      await app.givenUser('ada@example.com');
      const device = await givenDevice();
      await times(10, () => guess());
      await times(6, (index) => guess(`other${index}@example.com`));

      await withCookie('ada@example.com', PASSWORD).expect(429);
      await withCookie('ada@example.com', PASSWORD, device).expect(200);
      await guess('ada@example.com', PASSWORD).expect(429);
    });

    it('have a count of five of their own', async () => {
      await start();
      await app.givenUser('ada@example.com');
      const device = await givenDevice();

      expect(await times(6, () => withCookie('ada@example.com', WRONG, device))).toEqual([...many(5, 401), 429]);
      await withCookie('ada@example.com', PASSWORD, device).expect(429);
      await guess('ada@example.com', PASSWORD).expect(200);
    });

    it('count for one account, and a cookie that is not genuine for none', async () => {
      await start();
      await app.givenUser('ada@example.com');
      await app.givenUser('grace@example.com');
      const device = await givenDevice('grace@example.com');
      await times(5, () => guess());

      const [id, secret] = device.slice('latchkey-device='.length).split('.') as [string, string];
      for (const cookie of [
        device,
        `latchkey-device=${id}.${secret.replace(/^./, secret.startsWith('A') ? 'B' : 'A')}`,
        'latchkey-device=x',
        'latchkey-device=',
      ]) {
        await withCookie('ada@example.com', PASSWORD, cookie).expect(429);
      }
    });

    it.each(['a changed password', 'half a year'])('are over after %s', async (what) => {
      await start();
      const { accessToken } = await app.givenUser('ada@example.com');
      const device = await givenDevice();
      let password = PASSWORD;
      if (what === 'half a year') clock.advance('180d');
      else {
        password = 'another good password';
        const change = { currentPassword: PASSWORD, newPassword: password };
        await app.http().post('/auth/password/change').set('Authorization', `Bearer ${accessToken}`).send(change).expect(200);
      }
      await times(5, () => guess());

      await withCookie('ada@example.com', password, device).expect(429);
    });
  });

  describe('that reach the hard stop', () => {
    const hard = { lockout: { maxFailures: 100, hardStop: 6 }, mailLimits: { perMinute: 50, perHour: 50, perSource: 50 } } as const;
    const unlock = (token: unknown) => app.http().post('/auth/unlock').send({ token });

    it('mail a link to the owner, which unlocks once', async () => {
      await start(hard);
      const { accessToken } = await app.givenUser('ada@example.com');
      expect(await times(7, () => guess())).toEqual([...many(6, 401), 429]);
      const stopped = await guess('ada@example.com', PASSWORD).expect(429);
      expect(stopped.headers['retry-after']).toBe('900');
      clock.advance('10m');

      const mail = await mailTo(app, 'ada@example.com');
      expect(mail).toHaveLength(1);
      expect(mail[0]!.text).toContain('http://localhost:3000/auth/unlock#');
      const token = await tokenFor(app, 'ada@example.com');
      for (let visit = 0; visit < 3; visit++) await app.http().get('/auth/unlock').expect(200).expect('Content-Type', /html/);
      await app.me(accessToken).expect(200);
      await unlock(token).expect(204);
      await guess('ada@example.com', PASSWORD).expect(200);
      expect((await unlock(token).expect(400)).body.errorCode).toBe('auth.one_time_token_invalid');
    });

    it('answer the same where there is no account, and mail nobody', async () => {
      await start(hard);
      await app.givenUser('ada@example.com');
      const series = async (email: string) => {
        const answers = [];
        for (let index = 0; index < 8; index++) {
          const { status, body, headers } = await guess(email);
          answers.push([status, body, headers['retry-after']]);
        }
        return answers;
      };

      expect(await series('nobody@example.com')).toEqual(await series('ada@example.com'));
      expect(await mailTo(app, 'nobody@example.com')).toEqual([]);
    });

    it.each([[undefined], [null], [7], [['x']], [{}], ['x'], ['x'.repeat(10_000)]])('take no token like %j', async (token) => {
      await start(hard);
      expect(['auth.one_time_token_invalid', 'auth.validation_failed']).toContain((await unlock(token).expect(400)).body.errorCode);
    });

    it('end by an administrator, too; a lock by hand does not end by a link', async () => {
      await start(hard);
      const { user } = await app.givenUser('ada@example.com');
      await times(6, () => guess());
      const token = await tokenFor(app, 'ada@example.com');
      await app.get(AccountsService).lock(String(user.id));
      await unlock(token).expect(400);
      await app.get(AccountsService).unlock(String(user.id));
      await guess('ada@example.com', PASSWORD).expect(200);
    });

    it('use a link up once, however many come with it', async () => {
      await start(hard);
      await app.givenUser('ada@example.com');
      await times(6, () => guess());
      const token = await tokenFor(app, 'ada@example.com');
      const statuses = (await Promise.all(Array.from({ length: 50 }, () => unlock(token)))).map(({ status }) => status);

      expect(statuses.filter((status) => status === 204)).toHaveLength(1);
      expect(statuses.filter((status) => status === 400)).toHaveLength(49);
    });
  });

  describe('of an application with a challenge', () => {
    class Riddle extends ChallengeVerifier {
      async verify(response: string): Promise<boolean> {
        if (response === 'broken') throw new Error('no answer');
        return response === '42';
      }
    }
    const answer = (challengeResponse?: string, email = 'ada@example.com', password = PASSWORD) =>
      app.http().post('/auth/signin').send({ email, password, challengeResponse });

    it('want it answered after three failures, of ghosts alike', async () => {
      await start({
        overrides: [
          { provide: Clock, useValue: clock },
          { provide: ChallengeVerifier, useClass: Riddle },
        ],
      });
      await app.givenUser('ada@example.com');
      for (const email of ['ada@example.com', 'nobody@example.com']) {
        expect(await times(5, () => guess(email))).toEqual([401, 401, 401, 403, 403]);
      }

      const { body } = await answer().expect(403);
      expect(body.errorCode).toBe('auth.challenge_required');
      await answer('41').expect(403);
      await answer('broken').expect(503);
      await answer('42', 'nobody@example.com').expect(401);
      await answer('42').expect(200);
      await answer().expect(200);
    });
  });
});
