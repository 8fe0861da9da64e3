import assert from 'node:assert/strict';
import type { Session, SessionRepository } from '../../core/ports/session.repository.js';
import type { UserRepository } from '../../core/ports/user.repository.js';
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
import { newUser } from './user-repository.conformance.js';

export interface SessionRepositoryHarness extends ConformanceHarness {
  repository: SessionRepository;
  /** Of the same store: a session lives and dies with its owner. */
  users: UserRepository;
}

const NOW = 1_780_000_000_000;
const MINUTE = 60_000;

const newSession = (userId: string, changes: Partial<Session> = {}): Session => ({
  id: uniqueName('s'),
  userId,
  delivery: 'bearer',
  remembered: false,
  credentialsVersion: 1,
  secretHash: null,
  seed: uniqueName('seed'),
  generation: 1,
  rotatedAt: NOW,
  keyId: 'k1',
  amr: ['pwd'],
  authTime: NOW,
  createdAt: NOW,
  lastSeenAt: NOW,
  idleExpiresAt: NOW + 30 * MINUTE,
  absoluteExpiresAt: NOW + 90 * MINUTE,
  ip: '2001:db8::1',
  userAgent: 'Ünïcode/1.0 😀',
  revokedAt: null,
  ...changes,
});

const expired: readonly (readonly [string, Partial<Session>])[] = [
  ['idle expiry', { idleExpiresAt: NOW }],
  ['absolute expiry', { absoluteExpiresAt: NOW }],
  ['revocation', { revokedAt: NOW - 1 }],
];

/** What every `SessionRepository` must do. */
export function describeSessionRepository(create: CreateHarness<SessionRepositoryHarness>): void {
  describeConformance('SessionRepository', create, (scenario) => {
    const given = async ({ repository, users }: SessionRepositoryHarness, changes: Partial<Session> = {}): Promise<Session> => {
      const user = await users.insert(newUser());
      const session = newSession(String(user.id), changes);
      await repository.insert(session);
      return session;
    };
    const rotation = (session: Session, now = NOW + MINUTE) => ({
      id: session.id,
      generation: session.generation,
      seed: session.seed,
      keyId: 'k2',
      now,
      idleExpiresAt: now + 30 * MINUTE,
    });
    const renewal = ({ id }: Session, now = NOW + MINUTE) => ({
      id,
      credentialsVersion: 2,
      secretHash: 'secret2',
      seed: 'seed2',
      keyId: 'k2',
      authTime: now,
      amr: ['pwd', 'otp'],
      now,
      idleExpiresAt: now + 30 * MINUTE,
    });

    scenario('returns a session as it was inserted, with its owner', async (harness) => {
      const { repository } = harness;
      for (const changes of [{}, { delivery: 'cookie', remembered: true, secretHash: 'h', ip: null, userAgent: null }] as const) {
        const session = await given(harness, changes);
        assert.deepEqual((await repository.findState(session.id))?.session, session);
        const withOwner = await repository.findWithOwner(session.id);
        assert.deepEqual(withOwner?.session, session);
        assert.equal(String(withOwner.user?.id), session.userId);
      }
    });

    scenario('cuts what a client says of itself instead of failing', async (harness) => {
      const session = await given(harness, { userAgent: `a\0b\ud800${'x'.repeat(5_000)}` });
      const found = await harness.repository.findState(session.id);
      assert.ok(found?.session.userAgent?.startsWith('a'));
    });

    scenario('finds nothing for missing, malformed and twin ids', async (harness) => {
      const { repository } = harness;
      const id = uniqueName('Sess-é');
      const session = await given(harness, { id });
      const twins = [id.toLowerCase(), id.toUpperCase(), id.replace('é', 'e'), `${id} `, ` ${id}`];
      for (const other of [...MISSING_VALUES, ...UNSTORABLE_VALUES, ...twins, 'x'.repeat(10_000)]) {
        assert.equal(await repository.findState(other), null, JSON.stringify(other));
        assert.equal(await repository.findWithOwner(other), null);
        assert.equal(await repository.rotate({ ...rotation(session), id: other }), false);
        assert.equal(await repository.revoke(other, NOW), false);
        assert.deepEqual(await repository.listLive(other, NOW), []);
        assert.equal(await repository.revokeAll(other, NOW), 0);
      }
      assert.equal((await repository.findState(id))?.session.revokedAt, null);
    });

    scenario('tells whether the owner still holds the session', async (harness) => {
      const { repository, users } = harness;
      const session = await given(harness);
      const holds = async (): Promise<boolean | undefined> => (await repository.findState(session.id))?.ownerHolds;
      assert.equal(await holds(), true);
      await users.replacePassword(session.userId, { passwordHash: 'x' });
      assert.equal(await holds(), false);
      assert.equal(await repository.renew(renewal(session)), true);
      assert.equal(await holds(), true);
      await users.setDisabled(session.userId, new Date(NOW));
      assert.equal(await holds(), false);
      assert.ok(await users.delete(session.userId));
      assert.equal(await holds(), false);
      assert.equal((await repository.findWithOwner(session.id))?.user, null);
    });

    scenario('does not hold for a locked owner, not even at the right version', async (harness) => {
      const { repository, users } = harness;
      const session = await given(harness, { credentialsVersion: 2 });
      await users.setLocked(session.userId, new Date(NOW));
      assert.equal((await repository.findState(session.id))?.ownerHolds, false);
      await users.setLocked(session.userId, null);
      assert.equal((await repository.findState(session.id))?.ownerHolds, true);
    });

    scenario('rotates from the presented generation and seed only', async (harness) => {
      const { repository } = harness;
      const session = await given(harness);
      assert.equal(await repository.rotate({ ...rotation(session), generation: 2 }), false);
      assert.equal(await repository.rotate({ ...rotation(session), generation: 0 }), false);
      assert.equal(await repository.rotate({ ...rotation(session), seed: 'other' }), false);
      assert.equal(await repository.rotate(rotation(session)), true);
      assert.equal(await repository.rotate(rotation(session)), false);
      const { session: after } = (await repository.findState(session.id))!;
      const changed = {
        generation: 2,
        rotatedAt: NOW + MINUTE,
        lastSeenAt: NOW + MINUTE,
        keyId: 'k2',
        idleExpiresAt: NOW + 31 * MINUTE,
      };
      assert.deepEqual(after, { ...session, ...changed });
    });

    for (const ways of RACES) {
      scenario(`lets one of ${ways} parallel rotations win`, async (harness) => {
        const session = await given(harness);
        assertOneWinner(await race(ways, () => harness.repository.rotate(rotation(session))));
        assert.equal((await harness.repository.findState(session.id))?.session.generation, 2);
      });

      scenario(`lets one of ${ways} parallel revocations win`, async (harness) => {
        const session = await given(harness);
        assertOneWinner(await race(ways, (index) => harness.repository.revoke(session.id, NOW + index)));
      });
    }

    for (const [what, changes] of expired) {
      scenario(`neither rotates nor renews nor reauthenticates after ${what}`, async (harness) => {
        const { repository } = harness;
        const session = await given(harness, changes);
        assert.equal(await repository.rotate(rotation(session, NOW)), false);
        assert.equal(await repository.renew(renewal(session, NOW)), false);
        assert.equal(await repository.reauthenticate(session.id, NOW, ['otp'], NOW), false);
        assert.equal(await repository.carryOver(session.id, 9, NOW), false);
        assert.deepEqual((await repository.findState(session.id))?.session, session);
        assert.deepEqual(await repository.listLive(session.userId, NOW), []);
      });
    }

    scenario('renews with new secrets from generation 1', async (harness) => {
      const { repository } = harness;
      const session = await given(harness, { generation: 7 });
      assert.equal(await repository.renew(renewal(session)), true);
      const { now, ...renewed } = renewal(session);
      const changes = { ...renewed, generation: 1, rotatedAt: now, lastSeenAt: now };
      assert.deepEqual((await repository.findState(session.id))?.session, { ...session, ...changes });
      assert.equal(await repository.rotate(rotation(session)), false);
    });

    scenario('carries over to new credentials with the secrets it has', async (harness) => {
      const session = await given(harness, { generation: 7 });
      assert.equal(await harness.repository.carryOver(session.id, 9, NOW), true);
      const found = await harness.repository.findState(session.id);
      assert.deepEqual(found?.session, { ...session, credentialsVersion: 9 });
    });

    scenario('renews the secret that it was given, once', async (harness) => {
      const { repository } = harness;
      const session = await given(harness, { delivery: 'cookie', secretHash: 'secret1' });
      assert.equal(await repository.renew({ ...renewal(session), ifSecretHash: 'SECRET1' }), false);
      assert.deepEqual((await repository.findState(session.id))?.session, session);
      const renewals = ['one', 'two', 'three', 'four'].map((secretHash) =>
        repository.renew({ ...renewal(session), ifSecretHash: 'secret1', secretHash }),
      );
      assert.equal((await Promise.all(renewals)).filter(Boolean).length, 1);
      assert.notEqual((await repository.findState(session.id))?.session.secretHash, 'secret1');
    });

    scenario('keeps a cookie under another key while it is the one that was verified', async (harness) => {
      const { repository } = harness;
      const session = await given(harness, { delivery: 'cookie', secretHash: 'old', keyId: 'k1' });
      const rekeying = { id: session.id, from: 'old', secretHash: 'new', keyId: 'k2' };
      assert.equal(await repository.rekey({ ...rekeying, from: 'other' }), false);
      assert.equal(await repository.rekey({ ...rekeying, id: uniqueName('none') }), false);
      assert.equal(await repository.rekey(rekeying), true);
      assert.deepEqual((await repository.findState(session.id))?.session, { ...session, secretHash: 'new', keyId: 'k2' });
      assert.equal(await repository.rekey(rekeying), false);

      const ended = await given(harness, { delivery: 'cookie', secretHash: 'old', revokedAt: NOW });
      assert.equal(await repository.rekey({ ...rekeying, id: ended.id }), false);
      const bearer = await given(harness);
      assert.equal(await repository.rekey({ ...rekeying, id: bearer.id }), false);
      assertOneWinner(await race(10, () => repository.rekey({ ...rekeying, from: 'new', secretHash: 'newer' })));
    });

    scenario('reauthenticates', async (harness) => {
      const session = await given(harness);
      assert.equal(await harness.repository.reauthenticate(session.id, NOW + 5, ['pwd', 'otp'], NOW + 5), true);
      const found = await harness.repository.findState(session.id);
      assert.deepEqual(found?.session, { ...session, authTime: NOW + 5, amr: ['pwd', 'otp'] });
    });

    scenario('moves activity forward, never back, and not after revocation', async (harness) => {
      const { repository } = harness;
      const session = await given(harness);
      const times = async (): Promise<unknown[]> => {
        const found = (await repository.findState(session.id))!.session;
        return [found.lastSeenAt, found.idleExpiresAt];
      };
      await repository.touch({ id: session.id, lastSeenAt: NOW + 10, idleExpiresAt: NOW + 40 * MINUTE });
      await repository.touch({ id: session.id, lastSeenAt: NOW + 5, idleExpiresAt: NOW + 20 * MINUTE });
      assert.deepEqual(await times(), [NOW + 10, NOW + 40 * MINUTE]);
      await repository.revoke(session.id, NOW + 20);
      await repository.touch({ id: session.id, lastSeenAt: NOW + 30, idleExpiresAt: NOW + 50 * MINUTE });
      assert.deepEqual(await times(), [NOW + 10, NOW + 40 * MINUTE]);
    });

    scenario('revokes only the session of the given user, and keeps the first time', async (harness) => {
      const { repository } = harness;
      const session = await given(harness);
      assert.equal(await repository.revoke(session.id, NOW + 1, 'somebody-else'), false);
      assert.equal(await repository.revoke(session.id, NOW + 2, session.userId), true);
      assert.equal(await repository.revoke(session.id, NOW + 3), false);
      assert.equal((await repository.findState(session.id))?.session.revokedAt, NOW + 2);
    });

    scenario('revokes all sessions of one user but one, and counts them', async (harness) => {
      const { repository } = harness;
      const kept = await given(harness);
      const stranger = await given(harness);
      const others = [newSession(kept.userId), newSession(kept.userId), newSession(kept.userId, { revokedAt: NOW - 1 })];
      for (const session of others) await repository.insert(session);
      assert.equal(await repository.revokeAll(kept.userId, NOW, kept.id), 2);
      assert.equal(await repository.revokeAll(kept.userId, NOW, kept.id), 0);
      assert.deepEqual(
        (await repository.listLive(kept.userId, NOW)).map(({ id }) => id),
        [kept.id],
      );
      assert.equal(await repository.revokeAll(kept.userId, NOW), 1);
      assert.equal((await repository.listLive(stranger.userId, NOW)).length, 1);
    });

    scenario('lists live sessions, most recently seen first', async (harness) => {
      const { repository } = harness;
      const first = await given(harness);
      const later = newSession(first.userId, { lastSeenAt: NOW + 2 });
      const latest = newSession(first.userId, { lastSeenAt: NOW + 3 });
      for (const session of [latest, later]) await repository.insert(session);
      const listed = await repository.listLive(first.userId, NOW + 5);
      assert.deepEqual(listed, [latest, later, first]);
    });

    scenario('removes long dead sessions in batches and no others', async (harness) => {
      const { repository } = harness;
      const live = await given(harness);
      const dead = [
        newSession(live.userId, { absoluteExpiresAt: 1_000 }),
        newSession(live.userId, { idleExpiresAt: 1_000 }),
        newSession(live.userId, { revokedAt: 1_000 }),
      ];
      const fresh = newSession(live.userId, { revokedAt: NOW });
      for (const session of [...dead, fresh]) await repository.insert(session);
      const counts: number[] = [];
      do counts.push(await repository.deleteExpired(2_000, 2));
      while (counts.at(-1)! > 0);
      assert.ok(counts.every((count) => count <= 2));
      for (const { id } of dead) assert.equal(await repository.findState(id), null);
      for (const { id } of [live, fresh]) assert.ok(await repository.findState(id));
    });
  });
}
