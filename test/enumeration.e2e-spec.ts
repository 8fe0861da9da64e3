import { AccountsService, UserRepository } from 'nestjs-latchkey';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, startAuthApp } from './auth-app.js';
import { rawRequest } from './support/raw-request.js';

describe('who has no account', () => {
  let app: AuthApp;
  beforeEach(async () => {
    app = await startAuthApp();
  });
  afterEach(() => app.close());

  const signIn = async (email: string, password: string) => {
    const { status, headers, text } = await rawRequest(app.url, '/auth/signin', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    return { status, text, headers: { ...headers, date: undefined } as typeof headers };
  };

  it('gets, byte for byte, the answer of whoever has one and is not let in', async () => {
    const accounts = app.get(AccountsService);
    const { user } = await app.givenUser('ada@example.com');
    const locked = await app.givenUser('locked@example.com');
    await accounts.lock(String(locked.user.id));
    const disabled = await app.givenUser('disabled@example.com');
    await accounts.disable(String(disabled.user.id));
    const { user: bare } = await app.givenUser('no-password@example.com');
    await app.get(UserRepository).replacePassword(String(bare.id), { passwordHash: null });
    const deleted = await app.givenUser('deleted@example.com');
    await accounts.delete(String(deleted.user.id));
    expect(user.email).toBe('ada@example.com');

    const right = 'correct horse battery staple';
    const answers = [
      await signIn('nobody@example.com', right),
      await signIn('not an address at all', right),
      await signIn('ada@example.com', 'a guess'),
      await signIn('locked@example.com', right),
      await signIn('locked@example.com', 'a guess'),
      await signIn('disabled@example.com', right),
      await signIn('disabled@example.com', 'a guess'),
      await signIn('no-password@example.com', right),
      await signIn('deleted@example.com', right),
    ];
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]!.status).toBe(401);
  });

  it('is delayed at the same attempt, and told the same', async () => {
    await app.givenUser('ada@example.com');
    const series = async (email: string) => {
      const answers = [];
      for (let attempt = 0; attempt < 12; attempt++) answers.push(await signIn(email, 'a guess'));
      return answers.map(({ status, text, headers }) => [status, text, headers['ratelimit-limit'], headers['ratelimit-remaining']]);
    };

    const real = await series('ada@example.com');
    expect(await series('nobody@example.com')).toEqual(real);
    expect(real.map(([status]) => status)).toEqual([401, 401, 401, 401, 401, 429, 429, 429, 429, 429, 429, 429]);
  });

  it('does the same work: as many hashes, as many rows', async () => {
    const { PasswordHasher } = await import('nestjs-latchkey');
    const hasher = app.get(PasswordHasher);
    let work = 0;
    for (const method of ['verify', 'equalise'] as const) {
      const original = hasher[method].bind(hasher) as (...args: never[]) => Promise<never>;
      hasher[method] = ((...args: never[]) => {
        work++;
        return original(...args);
      }) as never;
    }
    await app.givenUser('ada@example.com');
    const workOf = async (email: string) => {
      work = 0;
      await signIn(email, 'a guess');
      return work;
    };

    expect([await workOf('ada@example.com'), await workOf('nobody@example.com')]).toEqual([1, 1]);
  });
});
