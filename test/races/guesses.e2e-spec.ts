import { PasswordHasher, SignInService } from 'nestjs-latchkey';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PASSWORD } from '../auth-app.js';
import { describeEachDatabase } from '../support/databases.js';
import { codesOf, fulfilled, inParallel, startTwoNodes, TRIALS } from './two-nodes.js';

const LIMIT = 10;
const GUESSES = 500;
const CLIENT = { ip: null, userAgent: null, requestId: null };

describeEachDatabase('guesses at the same time', (kind) => {
  let two: Awaited<ReturnType<typeof startTwoNodes>>;
  let hashed = 0;
  beforeAll(async () => {
    two = await startTwoNodes(kind, { lockout: { maxFailures: LIMIT } });
    for (const hasher of new Set(two.nodes.map((node) => node.get(PasswordHasher)))) {
      for (const method of ['verify', 'equalise'] as const) {
        const original = hasher[method].bind(hasher) as (...args: never[]) => Promise<never>;
        hasher[method] = ((...args: never[]) => {
          hashed += 1;
          return original(...args);
        }) as never;
      }
    }
  }, 60_000);
  afterAll(() => two.close());

  it(`are hashed up to the limit and not once more, and a known device signs in meanwhile`, { timeout: 3_600_000 }, async () => {
    for (let trial = 0; trial < TRIALS; trial++) {
      const email = `victim${trial}@example.com`;
      const [one] = two.nodes;
      await one.http().post('/auth/signup').send({ email, password: PASSWORD }).expect(201);
      const signIns = one.get(SignInService);
      const first = await signIns.signIn({ email, password: PASSWORD, delivery: 'cookie' });
      const device =
        first.status === 'signed_in' && first.issued.credentials.delivery === 'cookie' ? first.issued.credentials.device : '';

      hashed = 0;
      const guesses = inParallel(two.nodes, GUESSES, (node) =>
        node.get(SignInService).signIn({ email, password: 'a guess', delivery: 'bearer' }, CLIENT),
      );
      const owner = signIns.signIn({ email, password: PASSWORD, delivery: 'cookie' }, { ...CLIENT, device });
      expect((await owner).status).toBe('signed_in');
      const results = await guesses;

      expect(hashed).toBe(LIMIT + 1);
      expect(fulfilled(results)).toEqual([]);
      const codes = codesOf(results);
      expect(codes.filter((code) => code === 'auth.invalid_credentials')).toHaveLength(LIMIT);
      // Who has waited for a second for the others to be settled is told to come again.
      const others = codes.filter((code) => code !== 'auth.invalid_credentials');
      expect(others.filter((code) => !['auth.too_many_attempts', 'auth.overloaded'].includes(code))).toEqual([]);
    }
  });
});
