import { AuditLog, bcrypt } from 'nestjs-latchkey';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, startAuthApp } from './auth-app.js';

describe('many sign-ins at once', () => {
  let app: AuthApp;
  afterEach(() => app.close());
  const signIns = async (count: number, password = PASSWORD) =>
    (await Promise.all(Array.from({ length: count }, () => app.signIn('ada@example.com', password)))).map((answer) => answer);
  const tally = (answers: { status: number }[]) => {
    const counts: Record<number, number> = {};
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  };

  it('all succeed when they are honest', async () => {
    app = await startAuthApp({ hashing: { queue: 100 } });
    await app.givenUser('ada@example.com');

    expect(tally(await signIns(33))).toEqual({ 200: 33 });
  });

  it('are five guesses, however many there are', async () => {
    app = await startAuthApp({ hashing: { queue: 200 } });
    await app.givenUser('ada@example.com');
    const counts = tally(await signIns(60, 'a guess'));

    expect(counts[401]).toBe(5);
    expect(Object.keys(counts).every((status) => ['401', '429', '503'].includes(status))).toBe(true);
    expect(await app.get(AuditLog).find({ event: 'signIn.failed', limit: 100 })).toHaveLength(5);
    expect((await app.signIn('ada@example.com').expect(429)).body.errorCode).toBe('auth.too_many_attempts');
  });

  it('are turned away in time when there are too many, and nothing is held against anybody', async () => {
    app = await startAuthApp({ hashing: { concurrency: 1, queue: 1 }, hasher: bcrypt({ cost: 8 }), lockout: false });
    await app.givenUser('ada@example.com');
    const answers = await signIns(12);
    const refused = answers.filter(({ status }) => status !== 200);

    expect(answers.length - refused.length).toBeGreaterThanOrEqual(2);
    expect(refused.length).toBeGreaterThan(0);
    for (const { status, body, headers } of refused) {
      expect([status, body.errorCode]).toEqual([503, 'auth.overloaded']);
      expect(headers['retry-after']).toMatch(/^[123]$/);
    }
    await app.signIn('ada@example.com').expect(200);
  });

  it('of others do not wait for the one that is hashed', async () => {
    app = await startAuthApp({ hashing: { concurrency: 1 }, hasher: bcrypt({ cost: 10 }) });
    const { accessToken } = await app.givenUser('ada@example.com');
    const order: string[] = [];
    await Promise.all([
      app.signIn('ada@example.com').then(() => order.push('sign-in')),
      app.me(accessToken).then(() => order.push('me')),
    ]);

    expect(order).toEqual(['me', 'sign-in']);
  });
});
