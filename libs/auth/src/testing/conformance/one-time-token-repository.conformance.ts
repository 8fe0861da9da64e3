import assert from 'node:assert/strict';
import type { OneTimeToken, OneTimeTokenRepository } from '../../core/ports/one-time-token.repository.js';
import {
  assertOneWinner,
  type ConformanceHarness,
  type CreateHarness,
  describeConformance,
  MISSING_VALUES,
  race,
  RACES,
  uniqueName,
  UNSTORABLE_VALUES,
} from './conformance-suite.js';

export interface OneTimeTokenRepositoryHarness extends ConformanceHarness {
  repository: OneTimeTokenRepository;
}

const NOW = 1_780_000_000_000;

const newToken = (changes: Partial<OneTimeToken> = {}): OneTimeToken => ({
  selector: uniqueName('t'),
  secretHash: uniqueName('h'),
  purpose: 'password-reset',
  subject: uniqueName('u'),
  groupKey: null,
  userId: null,
  emailVersion: null,
  payload: null,
  createdAt: NOW,
  expiresAt: NOW + 3_600_000,
  ...changes,
});

/** What every `OneTimeTokenRepository` must do. */
export function describeOneTimeTokenRepository(
  create: CreateHarness<OneTimeTokenRepository | OneTimeTokenRepositoryHarness>,
): void {
  const createHarness = async (): Promise<OneTimeTokenRepositoryHarness> => {
    const created = await create();
    return 'repository' in created ? created : { repository: created };
  };

  describeConformance('OneTimeTokenRepository', createHarness, (scenario) => {
    const given = async (repository: OneTimeTokenRepository, changes: Partial<OneTimeToken> = {}): Promise<OneTimeToken> => {
      const token = newToken(changes);
      await repository.replace(token);
      return token;
    };
    const consume = (repository: OneTimeTokenRepository, { selector, purpose, secretHash }: OneTimeToken, now = NOW) =>
      repository.consume(selector, purpose, secretHash, now);

    scenario('returns a token as it was stored', async ({ repository }) => {
      for (const changes of [{}, { userId: 'u1', emailVersion: 3, payload: { email: 'josé@例え.jp', list: [1, null] } }]) {
        const token = await given(repository, changes);
        assert.deepEqual(await repository.find(token.selector), token);
      }
    });

    scenario('finds by purpose and subject, and the newest of a group', async ({ repository }) => {
      const [groupKey, other, purpose] = [uniqueName('g'), uniqueName('g'), uniqueName('p')];
      const older = await given(repository, { purpose, groupKey, createdAt: NOW - 2 });
      const newer = await given(repository, { purpose, groupKey, createdAt: NOW - 1 });
      await given(repository, { purpose, groupKey, createdAt: NOW, expiresAt: NOW + 1 });
      await given(repository, { groupKey, createdAt: NOW });
      await given(repository, { purpose, groupKey: other, createdAt: NOW });
      assert.deepEqual(await repository.findBySubject(purpose, older.subject), older);
      assert.equal(await repository.findBySubject('password-reset', older.subject), null);
      assert.deepEqual(await repository.findNewest(purpose, groupKey, NOW + 1), newer);
      assert.equal(await repository.findNewest(purpose, groupKey, newer.expiresAt), null);
      assert.equal(await repository.findNewest(purpose, groupKey.toUpperCase(), NOW), null);
      for (const missing of MISSING_VALUES) {
        assert.equal(await repository.findNewest(purpose, missing, NOW), null);
        assert.equal(await repository.findBySubject(purpose, missing), null);
        assert.equal(await repository.deleteGroup(purpose, missing), 0);
      }
      assert.equal(await repository.deleteGroup(purpose, groupKey), 3);
      assert.equal(await repository.find(older.selector), null);
      assert.ok(await repository.findNewest(purpose, other, NOW));
      assert.ok(await repository.findNewest('password-reset', groupKey, NOW));
    });

    scenario('consumes once', async ({ repository }) => {
      const token = await given(repository);
      assert.equal(await consume(repository, token), true);
      assert.equal(await consume(repository, token), false);
      assert.equal(await repository.find(token.selector), null);
    });

    for (const ways of RACES) {
      scenario(`lets one of ${ways} parallel presentations win`, async ({ repository }) => {
        const token = await given(repository);
        assertOneWinner(await race(ways, () => consume(repository, token)));
      });

      scenario(`leaves exactly one of ${ways} tokens issued in parallel for one purpose and subject`, async ({ repository }) => {
        const subject = uniqueName('u');
        const tokens = await race(ways, () => given(repository, { subject }));
        const left = await Promise.all(tokens.map(({ selector }) => repository.find(selector)));
        assertOneWinner(left.map((token) => token !== null));
        const consumed = await Promise.all(tokens.map((token) => consume(repository, token)));
        assertOneWinner(consumed);
      });
    }

    scenario('removes nothing for a wrong purpose, hash or time', async ({ repository }) => {
      const token = await given(repository);
      assert.equal(await consume(repository, { ...token, purpose: 'email-confirmation' }), false);
      assert.equal(await consume(repository, { ...token, secretHash: 'wrong' }), false);
      assert.equal(await consume(repository, { ...token, secretHash: token.secretHash.toUpperCase() }), false);
      assert.equal(await consume(repository, token, token.expiresAt), false);
      assert.equal(await consume(repository, token, token.expiresAt - 1), true);
    });

    scenario('keeps only the newest of a purpose and subject', async ({ repository }) => {
      const first = await given(repository);
      const { subject } = first;
      const otherPurpose = await given(repository, { subject, purpose: 'magic-link' });
      const otherSubject = await given(repository);
      const second = await given(repository, { subject });
      assert.equal(await consume(repository, first), false);
      for (const token of [second, otherPurpose, otherSubject]) assert.equal(await consume(repository, token), true);
    });

    scenario('tells subjects and selectors apart by accent, case and padding', async ({ repository }) => {
      const name = uniqueName('Sub-é');
      const subjects = [name, name.toLowerCase(), name.replace('é', 'e'), `${name}_`];
      const tokens: OneTimeToken[] = [];
      for (const subject of subjects) tokens.push(await given(repository, { subject, selector: subject }));
      for (const token of tokens) assert.deepEqual(await repository.find(token.selector), token);
      for (const twin of [name.toUpperCase(), `${name} `, ` ${name}`]) {
        assert.equal(await repository.find(twin), null);
        assert.equal(await consume(repository, { ...tokens[0]!, selector: twin }), false);
      }
    });

    scenario('finds nothing for missing and unstorable values', async ({ repository }) => {
      const token = await given(repository);
      for (const value of [...MISSING_VALUES, ...UNSTORABLE_VALUES, 'x'.repeat(100_000)]) {
        assert.equal(await repository.find(value), null);
        assert.equal(await consume(repository, { ...token, selector: value }), false);
        assert.equal(await consume(repository, { ...token, purpose: value }), false);
        assert.equal(await consume(repository, { ...token, secretHash: value }), false);
        assert.equal(await repository.deleteByUser(value), 0);
      }
      assert.equal(await consume(repository, token), true);
    });

    scenario('removes those of a user, or of one purpose', async ({ repository }) => {
      const userId = uniqueName('u');
      const reset = await given(repository, { userId });
      await given(repository, { userId, purpose: 'magic-link' });
      await given(repository, { userId, purpose: 'email-change' });
      const stranger = await given(repository, { userId: uniqueName('u') });
      assert.equal(await repository.deleteByUser(userId, 'password-reset'), 1);
      assert.equal(await consume(repository, reset), false);
      assert.equal(await repository.deleteByUser(userId), 2);
      assert.equal(await repository.deleteByUser(userId), 0);
      assert.equal(await consume(repository, stranger), true);
    });

    scenario('still finds what has expired, and removes it in batches', async ({ repository }) => {
      const old = [await given(repository, { expiresAt: 1_000 }), await given(repository, { expiresAt: 1_000 })];
      const fresh = await given(repository);
      assert.ok(await repository.find(old[0]!.selector));
      const counts: number[] = [];
      do counts.push(await repository.deleteExpired(2_000, 1));
      while (counts.at(-1)! > 0);
      assert.ok(counts.length >= 3 && counts.every((count) => count <= 1));
      for (const { selector } of old) assert.equal(await repository.find(selector), null);
      assert.ok(await repository.find(fresh.selector));
    });
  });
}
