import { afterEach, describe, expect, it } from 'vitest';
import { describeAttemptRepository } from '../../libs/auth/src/testing/conformance/attempt-repository.conformance.js';
import { describeOneTimeTokenRepository } from '../../libs/auth/src/testing/conformance/one-time-token-repository.conformance.js';
import { describeOutbox } from '../../libs/auth/src/testing/conformance/outbox.conformance.js';
import { describeSessionRepository } from '../../libs/auth/src/testing/conformance/session-repository.conformance.js';
import { describeUserRepository } from '../../libs/auth/src/testing/conformance/user-repository.conformance.js';
import { MemoryDatabase } from '../../libs/auth/src/testing/memory-storage/memory-database.js';
import { MemoryUnitOfWork } from '../../libs/auth/src/testing/memory-storage/memory-unit-of-work.js';
import { MemoryUserRepository } from '../../libs/auth/src/testing/memory-storage/memory-user.repository.js';
import {
  RacyAttemptRepository,
  RacyOneTimeTokenRepository,
  RacyOutbox,
  RacySessionRepository,
  RacyUserRepository,
} from './racy-adapters.js';

/** Runs a suite as a test runner would and returns the names of the cases that fail. */
async function failuresOf(declare: () => void): Promise<{ failed: string[]; passed: number }> {
  const { describe, it } = globalThis as unknown as Record<'describe' | 'it', unknown>;
  const cases: { name: string; body: () => Promise<void> }[] = [];
  Object.assign(globalThis, {
    describe: (_: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => cases.push({ name, body }),
  });
  try {
    declare();
  } finally {
    Object.assign(globalThis, { describe, it });
  }
  const failed: string[] = [];
  for (const { name, body } of cases) await body().catch(() => failed.push(name));
  return { failed, passed: cases.length - failed.length };
}

const racesIn = (names: readonly string[]): string[] =>
  names.filter((name) => name.includes('parallel') || name.includes('interleave'));

describe('conformance suites', () => {
  it('fail on users that look before they insert', async () => {
    const { failed, passed } = await failuresOf(() => describeUserRepository(() => new RacyUserRepository(new MemoryDatabase())));
    expect(failed.filter((name) => name.includes('parallel inserts'))).toHaveLength(3);
    expect(passed).toBeGreaterThan(10);
  });

  it('fail on sessions that look before they rotate', async () => {
    const { failed } = await failuresOf(() =>
      describeSessionRepository(() => {
        const database = new MemoryDatabase();
        return { repository: new RacySessionRepository(database), users: new MemoryUserRepository(database) };
      }),
    );
    expect(racesIn(failed)).toHaveLength(3);
  });

  it('fail on one-time tokens that look before they delete', async () => {
    const { failed } = await failuresOf(() =>
      describeOneTimeTokenRepository(() => new RacyOneTimeTokenRepository(new MemoryDatabase())),
    );
    expect(racesIn(failed)).toHaveLength(3);
  });

  it('fail on a ledger that checks before it counts', async () => {
    const { failed } = await failuresOf(() => describeAttemptRepository(() => new RacyAttemptRepository(new MemoryDatabase())));
    expect(racesIn(failed).length).toBeGreaterThanOrEqual(7);
  });

  it('fail on an outbox that looks before it claims', async () => {
    const { failed } = await failuresOf(() =>
      describeOutbox(() => {
        const database = new MemoryDatabase();
        return { outbox: new RacyOutbox(database), units: new MemoryUnitOfWork(database) };
      }),
    );
    expect(racesIn(failed)).toContain('gives each of 300 messages to one of parallel workers');
  });

  describe('without a test runner', () => {
    afterEach(() => Object.assign(globalThis, { describe, it }));

    it('say what is missing', () => {
      Object.assign(globalThis, { describe: undefined });
      expect(() => describeUserRepository(() => new MemoryUserRepository(new MemoryDatabase()))).toThrow(
        /global functions describe and it/,
      );
    });
  });
});
