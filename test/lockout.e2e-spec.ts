import { Clock, PasswordHasher } from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, PASSWORD, startAuthApp } from './auth-app.js';

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
});
