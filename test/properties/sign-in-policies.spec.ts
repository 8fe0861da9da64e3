import { ConflictException, Module, type Provider } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import fc from 'fast-check';
import { type SignInPolicy, SessionRepository, SignInService, UseSignInPolicy } from 'nestjs-latchkey';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Policies } from '../../libs/auth/src/core/events/policies.js';
import { PasswordsService } from '../../libs/auth/src/core/passwords/passwords.service.js';
import { type AuthApp, PASSWORD, startAuthApp } from '../auth-app.js';

type Verdict = 'admits' | 'refuses' | 'interrupts' | 'breaks';

interface Planned {
  name: string;
  /** `undefined`: it says nothing of its place. */
  order: number | undefined;
  verdict: Verdict;
  isSlow: boolean;
}

const plans = (order: fc.Arbitrary<number | undefined>) =>
  fc
    .array(
      fc.record({
        order,
        verdict: fc.constantFrom<Verdict>('admits', 'admits', 'admits', 'refuses', 'interrupts', 'breaks'),
        isSlow: fc.boolean(),
      }),
      {
        maxLength: 7,
      },
    )
    .map((all): Planned[] => all.map((one, at) => ({ ...one, name: `policy${at}` })));
const ANY_ORDER = plans(fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }));
const OWN_PLACES = fc
  .tuple(plans(fc.constant(0)), fc.uniqueArray(fc.integer(), { minLength: 7, maxLength: 7 }))
  .map(([all, orders]) => all.map((one, at) => ({ ...one, order: orders[at] })));

let asked: string[] = [];

function policyOf({ name, order, verdict, isSlow }: Planned): new () => SignInPolicy {
  @UseSignInPolicy(order === undefined ? undefined : { order })
  class Policy implements SignInPolicy {
    async beforeSession(): Promise<void | { answer: Record<string, unknown> }> {
      asked.push(name);
      if (isSlow) await new Promise((resolve) => setImmediate(resolve));
      if (verdict === 'refuses') throw new ConflictException(name);
      if (verdict === 'breaks') throw new TypeError(name);
      if (verdict === 'interrupts') return { answer: { by: name } };
      return undefined;
    }
  }
  return Policy;
}

/** As Nest finds them when they are registered in this order. */
async function found(planned: readonly Planned[]): Promise<readonly SignInPolicy[]> {
  @Module({ imports: [DiscoveryModule], providers: [Policies, ...planned.map((one): Provider => policyOf(one))] })
  class PoliciesModule {}
  const context = await NestFactory.createApplicationContext(PoliciesModule, { logger: false });
  try {
    return context.get(Policies).signIn;
  } finally {
    await context.close();
  }
}

describe('sign-in policies', () => {
  let app: AuthApp;
  let userId: string;
  beforeAll(async () => {
    app = await startAuthApp({ database: 'memory', lockout: false, logger: false });
    userId = String((await app.givenUser('ada@example.com')).user.id);
  });
  afterAll(() => app.close());

  /** What comes of a sign-in, who was asked, and how many sessions it opened. */
  async function signIn(policies: readonly SignInPolicy[], password = PASSWORD) {
    asked = [];
    app.get(Policies).signIn = policies;
    const sessions = () => app.get(SessionRepository).listLive(userId, Date.now());
    const before = (await sessions()).length;
    const outcome = await app
      .get(SignInService)
      .signIn({ email: 'ada@example.com', password, delivery: 'bearer' })
      .then(
        (result) => (result.status === 'interrupted' ? `interrupted by ${String(result.answer['by'])}` : 'signed in'),
        (error: Error & { errorCode?: string }) => error.errorCode ?? `refused by ${error.message}`,
      );
    return { outcome, asked, opened: (await sessions()).length - before };
  }

  const told = ({ name, verdict }: Planned): string =>
    ({ admits: '', refuses: `refused by ${name}`, breaks: 'auth.sign_in_vetoed', interrupts: `interrupted by ${name}` })[verdict];

  type Find = typeof found;

  /** Lower ones first, those of one place as they were registered; who does not admit has the last word. */
  const firstDecides = (find: Find) =>
    fc.asyncProperty(ANY_ORDER, async (planned) => {
      const inOrder = planned.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0));
      const deciding = inOrder.findIndex(({ verdict }) => verdict !== 'admits');

      expect(await signIn(await find(planned))).toEqual({
        outcome: deciding < 0 ? 'signed in' : told(inOrder[deciding]!),
        asked: inOrder.slice(0, deciding < 0 ? undefined : deciding + 1).map(({ name }) => name),
        opened: deciding < 0 ? 1 : 0,
      });
    });

  const registrationIsNothing = (find: Find) =>
    fc.asyncProperty(
      OWN_PLACES.chain((planned) => fc.tuple(fc.constant(planned), fc.shuffledSubarray(planned, { minLength: planned.length }))),
      async ([planned, shuffled]) => {
        expect(await signIn(await find(shuffled))).toEqual(await signIn(await find(planned)));
      },
    );

  const passwordComesFirst = (find: Find) =>
    fc.asyncProperty(ANY_ORDER, fc.string({ minLength: 1 }), async (planned, guess) => {
      fc.pre(guess !== PASSWORD);
      expect(await signIn(await find(planned), guess)).toEqual({ outcome: 'auth.invalid_credentials', asked: [], opened: 0 });
    });

  it('are asked in their order until one does not admit, which decides', () => fc.assert(firstDecides(found), { numRuns: 60 }));

  it('that have a place of their own do not depend on where they are registered', () =>
    fc.assert(registrationIsNothing(found), { numRuns: 40 }));

  it('are not asked of whoever has not the password, who learns nothing of them', () =>
    fc.assert(passwordComesFirst(found), { numRuns: 60 }));

  /** Properties that hold of everything hold of mistakes too: these must not. */
  describe('are checked by properties that notice', () => {
    const failing = (property: fc.IAsyncProperty<unknown>) =>
      expect(fc.assert(property, { numRuns: 200, endOnFailure: true })).rejects.toThrow(/Property failed/);
    const turned: Find = async (planned) => (await found(planned)).toReversed();
    /** As they are registered, whatever they say of their place. */
    const unsorted: Find = async (planned) => found(planned.map((one) => ({ ...one, order: 0 })));
    /** Everybody is asked, and the last one has the last word. */
    const everybody: Find = async (planned) => {
      const all = await found(planned);
      const beforeSession: SignInPolicy['beforeSession'] = async (attempt) => {
        const results = [];
        for (const policy of all) results.push(await Promise.resolve(policy.beforeSession(attempt)).then((value) => value));
        return results.findLast((one) => one !== undefined);
      };
      return [{ beforeSession }];
    };

    it('another order', () => failing(firstDecides(turned) as fc.IAsyncProperty<unknown>));
    it('that order is forgotten', () => failing(registrationIsNothing(unsorted) as fc.IAsyncProperty<unknown>));
    it('that the first word is not the last', () => failing(firstDecides(everybody) as fc.IAsyncProperty<unknown>));
    it('that the password is not looked at first', async () => {
      const passwords = app.get(PasswordsService);
      const { verify } = passwords;
      passwords.verify = () => Promise.resolve(true);
      try {
        await failing(passwordComesFirst(found) as fc.IAsyncProperty<unknown>);
      } finally {
        passwords.verify = verify;
      }
    });
  });
});
