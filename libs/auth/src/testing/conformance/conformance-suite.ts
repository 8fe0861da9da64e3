import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

/** What a suite is given: an implementation, and how to put it away. */
export interface ConformanceHarness {
  /** Called after the case, also when it has failed. */
  close?(): void | Promise<void>;
}

/** Makes the harness of one case. It may be the same store every time: the cases use names of their own. */
export type CreateHarness<H> = () => H | Promise<H>;

interface TestGlobals {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

/** Declares the cases of a suite with the `describe` and `it` of the test runner that is running: Jest, Vitest, or any like them. */
export function describeConformance<H extends ConformanceHarness>(
  name: string,
  create: CreateHarness<H>,
  declare: (scenario: (name: string, check: (harness: H) => Promise<void>) => void) => void,
): void {
  const { describe, it } = testGlobals();
  describe(name, () =>
    declare((title, check) =>
      it(title, async () => {
        const harness = await create();
        try {
          await check(harness);
        } finally {
          await harness.close?.();
        }
      }),
    ),
  );
}

function testGlobals(): TestGlobals {
  const { describe, it } = globalThis as Partial<TestGlobals>;
  if (typeof describe === 'function' && typeof it === 'function') return { describe, it };
  throw new Error(
    'Conformance suites need the global functions describe and it: Jest has them, Vitest with `globals: true`; ' +
      "with node:test, first `Object.assign(globalThis, await import('node:test'))`.",
  );
}

/** How many ways the races run. */
export const RACES = [2, 10, 50] as const;

/** Starts `work` `ways` times at once and waits for all. */
export function race<T>(ways: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: ways }, (_, index) => work(index)));
}

/** Fails unless exactly one call of a race returned `true`. */
export function assertOneWinner(results: readonly boolean[]): void {
  const winners = results.filter(Boolean).length;
  assert.equal(winners, 1, `${winners} of ${results.length} parallel calls won; exactly one may`);
}

/** A name that no other case has. */
export const uniqueName = (prefix = 'n'): string => `${prefix}${randomBytes(8).toString('hex')}`;

/** Rejects with one of our exceptions. */
export async function assertRejects(work: Promise<unknown>, errorCode: string): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.equal((error as { errorCode?: unknown }).errorCode, errorCode, `expected ${errorCode}, got ${String(error)}`);
    return true;
  });
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Values of a look-up that has nothing to look for. Typed as text, since that is what a careless caller claims. */
export const MISSING_VALUES = [undefined, null, ''] as unknown as readonly string[];

/** Text that some databases can not hold. */
export const UNSTORABLE_VALUES = ['a\0b', '\0', 'a\ud800b', '\udfff'] as const;
