import assert from 'node:assert/strict';
import type { Invitation, InvitationRepository } from '../../features/invitation/invitation.ports.js';
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

export interface InvitationRepositoryHarness extends ConformanceHarness {
  repository: InvitationRepository;
}

const NOW = 1_780_000_000_000;

const newInvitation = (changes: Partial<Invitation> = {}): Invitation => ({
  id: uniqueName('i'),
  email: `${uniqueName('e')}@example.com`,
  inviterId: uniqueName('u'),
  roles: [],
  createdAt: NOW,
  expiresAt: NOW + 3_600_000,
  ...changes,
});

/** What every `InvitationRepository` must do. */
export function describeInvitationRepository(create: CreateHarness<InvitationRepository | InvitationRepositoryHarness>): void {
  const createHarness = async (): Promise<InvitationRepositoryHarness> => {
    const created = await create();
    return 'repository' in created ? created : { repository: created };
  };

  describeConformance('InvitationRepository', createHarness, (scenario) => {
    const given = async (repository: InvitationRepository, changes: Partial<Invitation> = {}): Promise<Invitation> => {
      const invitation = newInvitation(changes);
      await repository.replace(invitation);
      return invitation;
    };

    scenario('returns an invitation as it was stored', async ({ repository }) => {
      for (const changes of [{}, { roles: ['admin', 'größer "als"'], email: `josé.${uniqueName()}@例え.jp` }]) {
        const invitation = await given(repository, changes);
        assert.deepEqual(await repository.find(invitation.id), invitation);
      }
    });

    scenario('keeps one of an inviter and an address, and tells twins apart', async ({ repository }) => {
      const inviterId = uniqueName('u');
      const name = uniqueName();
      const first = await given(repository, { inviterId, email: `josé.${name}@example.com` });
      const second = await given(repository, { inviterId, email: first.email, roles: ['member'], createdAt: NOW + 1 });
      const twin = await given(repository, { inviterId, email: `jose.${name}@example.com`, createdAt: NOW + 2 });
      const other = await given(repository, { email: first.email });
      assert.equal(await repository.find(first.id), null);
      assert.deepEqual(await repository.listPending(inviterId, NOW, 10), [twin, second]);
      assert.deepEqual(await repository.find(other.id), other);
    });

    for (const ways of RACES) {
      scenario(`${ways} parallel invitations of one inviter to one address leave one`, async ({ repository }) => {
        const { inviterId, email } = newInvitation();
        await race(ways, () => repository.replace(newInvitation({ inviterId, email })));
        assert.equal((await repository.listPending(inviterId, NOW, 100)).length, 1);
      });

      scenario(`is taken once of ${ways} times, by whoever is first`, async ({ repository }) => {
        const { id, inviterId } = await given(repository);
        assertOneWinner(await race(ways, (way) => repository.take(id, NOW, way % 2 === 0 ? inviterId : undefined)));
        assert.equal(await repository.find(id), null);
      });
    }

    scenario('is nobody else’s to take or to prolong', async ({ repository }) => {
      const invitation = await given(repository);
      const stranger = uniqueName('u');
      assert.equal(await repository.take(invitation.id, NOW, stranger), false);
      assert.equal(await repository.prolong(invitation.id, stranger, NOW, NOW + 1), false);
      assert.deepEqual(await repository.find(invitation.id), invitation);
      assert.deepEqual(await repository.listPending(stranger, NOW, 10), []);
    });

    scenario('can be prolonged, taken and listed until it expires', async ({ repository }) => {
      const { id, inviterId, expiresAt } = await given(repository);
      assert.equal(await repository.prolong(id, inviterId, expiresAt, expiresAt + 1), false);
      assert.equal(await repository.prolong(id, inviterId, NOW, expiresAt + 1_000), true);
      assert.equal((await repository.find(id))?.expiresAt, expiresAt + 1_000);
      assert.equal((await repository.listPending(inviterId, expiresAt, 10)).length, 1);
      assert.deepEqual(await repository.listPending(inviterId, expiresAt + 1_000, 10), []);
      assert.equal(await repository.take(id, expiresAt + 1_000), false);
      assert.equal(await repository.take(id, expiresAt), true);
      assert.equal(await repository.prolong(id, inviterId, NOW, expiresAt), false);
    });

    scenario('lists the newest first, and no more than asked for', async ({ repository }) => {
      const inviterId = uniqueName('u');
      for (const age of [2, 0, 1]) await given(repository, { inviterId, createdAt: NOW - age });
      const listed = await repository.listPending(inviterId, NOW, 2);
      assert.deepEqual(
        listed.map(({ createdAt }) => createdAt),
        [NOW, NOW - 1],
      );
    });

    scenario('finds nothing for missing and unstorable values', async ({ repository }) => {
      const { id, inviterId } = await given(repository);
      for (const value of [...MISSING_VALUES, ...UNSTORABLE_VALUES, 'x'.repeat(100_000)]) {
        assert.equal(await repository.find(value), null);
        assert.equal(await repository.take(value, NOW), false);
        assert.deepEqual(await repository.listPending(value, NOW, 10), []);
        assert.equal(await repository.prolong(value, inviterId, NOW, NOW), false);
        assert.equal(await repository.prolong(id, value, NOW, NOW), false);
      }
      assert.equal(await repository.take(id.toUpperCase(), NOW), false);
      assert.equal(await repository.take(id, NOW), true);
    });

    scenario('removes what has expired, in batches', async ({ repository }) => {
      const old = [await given(repository, { expiresAt: 1_000 }), await given(repository, { expiresAt: 1_000 })];
      const fresh = await given(repository);
      const counts: number[] = [];
      do counts.push(await repository.deleteExpired(2_000, 1));
      while (counts.at(-1)! > 0);
      assert.ok(counts.length >= 3 && counts.every((count) => count <= 1));
      for (const { id } of old) assert.equal(await repository.find(id), null);
      assert.ok(await repository.find(fresh.id));
    });
  });
}
