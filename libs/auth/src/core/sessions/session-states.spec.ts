import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryCacheStore } from '../../adapters/memory-cache/memory-cache.store.js';
import { StoreUnavailableException } from '../errors/auth.errors.js';
import { CacheStore, CacheUnavailableError } from '../ports/cache-store.js';
import { Clock } from '../ports/clock.js';
import { type LoggedRevocation, type Revocation, RevocationLog } from '../ports/revocation-log.js';
import type { Session, SessionActivity, SessionRekeying, SessionRepository, SessionState } from '../ports/session.repository.js';
import { RevocableMemory } from './revocable-memory.js';
import { Revocations, type RevocationTuning } from './revocations.js';
import { SessionStates } from './session-states.js';

class SetClock extends Clock {
  time = 1_000_000;
  now(): number {
    return this.time;
  }
}

class FakeLog extends RevocationLog {
  rows: LoggedRevocation[] = [];
  reads = 0;
  read: () => Promise<LoggedRevocation[]> = () => Promise.resolve([...this.rows]);
  append(revocations: readonly Revocation[]): Promise<void> {
    for (const { kind, subject } of revocations) this.rows.push({ id: String(this.rows.length + 1), kind, subject });
    return Promise.resolve();
  }
  recent(): Promise<LoggedRevocation[]> {
    this.reads++;
    return this.read();
  }
  deleteOlder(): Promise<number> {
    return Promise.resolve(0);
  }
}

class FakeSessions {
  rows = new Map<string, SessionState>();
  reads = 0;
  touched: SessionActivity[] = [];
  failTouch = false;
  rekeyed: SessionRekeying[] = [];
  /** Whether the row still has the hash that a rekeying starts from. */
  canRekey = true;
  /** Runs between the moment in which the row is read and the moment in which the answer arrives. */
  beforeAnswer: () => Promise<void> | void = () => undefined;
  async findState(id: string): Promise<SessionState | null> {
    this.reads++;
    const row = this.rows.get(id);
    const answer = row === undefined ? null : structuredClone(row);
    await this.beforeAnswer();
    return answer;
  }
  touch(activity: SessionActivity): Promise<void> {
    if (this.failTouch) return Promise.reject(new Error('down'));
    this.touched.push(activity);
    return Promise.resolve();
  }
  rekey(rekeying: SessionRekeying): Promise<boolean> {
    this.rekeyed.push(rekeying);
    return Promise.resolve(this.canRekey);
  }
}

const HOUR = 3_600_000;
const QUICK: Partial<RevocationTuning> = { pollEvery: 10, believedFor: 40, readDeadline: 60 };
const SLOW: Partial<RevocationTuning> = { pollEvery: 3_600_000 };

describe('SessionStates', () => {
  let clock: SetClock;
  let log: FakeLog;
  let sessions: FakeSessions;
  let cache: CacheStore;
  let nodes: Revocations[];

  const node = (tuning: Partial<RevocationTuning> = SLOW) => {
    const revocations = new Revocations(log, cache, clock, tuning);
    const states = new SessionStates(sessions as unknown as SessionRepository, revocations, clock);
    nodes.push(revocations);
    return { revocations, states };
  };

  const given = (id: string, userId = 'u1', changes: Partial<Session> = {}): Session => {
    const session: Session = {
      id,
      userId,
      delivery: 'bearer',
      remembered: false,
      credentialsVersion: 1,
      secretHash: null,
      seed: 'seed',
      generation: 1,
      rotatedAt: clock.time,
      keyId: 'k',
      amr: ['pwd'],
      authTime: clock.time,
      createdAt: clock.time,
      lastSeenAt: clock.time,
      idleExpiresAt: clock.time + HOUR,
      absoluteExpiresAt: clock.time + 24 * HOUR,
      ip: null,
      userAgent: null,
      revokedAt: null,
      ...changes,
    };
    sessions.rows.set(id, { session, ownerHolds: true });
    return session;
  };
  const revokeRow = (id: string) => {
    sessions.rows.get(id)!.session.revokedAt = clock.time;
  };

  beforeEach(() => {
    clock = new SetClock();
    log = new FakeLog();
    sessions = new FakeSessions();
    cache = new MemoryCacheStore();
    nodes = [];
  });
  afterEach(async () => {
    for (const revocations of nodes) await revocations.beforeApplicationShutdown();
  });

  it('reads a session once, then answers synchronously', async () => {
    given('s1');
    const { revocations, states } = node();
    await revocations.ensureTrusted();

    expect(states.peek('s1', clock.time)).toBeUndefined();
    expect(await states.load('s1')).toMatchObject({ status: 'live', session: { id: 's1', userId: 'u1' } });
    expect(states.peek('s1', clock.time)?.id).toBe('s1');
    expect(await states.load('s1')).toMatchObject({ status: 'live' });
    expect(sessions.reads).toBe(1);
  });

  it('counts how often memory answered, and how often SQL had to', async () => {
    given('s1');
    const { revocations, states } = node();
    await revocations.ensureTrusted();

    states.peek('s1', clock.time);
    await states.load('s1');
    expect(states.lookUps).toEqual({ memory: 0, sql: 1 });

    states.peek('s1', clock.time);
    await states.load('s1');
    await states.reload('s1');
    expect(states.lookUps).toEqual({ memory: 2, sql: 2 });
  });

  it('shares one statement between parallel requests for one session', async () => {
    given('s1');
    const { states } = node();
    await Promise.all(Array.from({ length: 50 }, () => states.load('s1')));
    expect(sessions.reads).toBe(1);
  });

  it('tells revoked, ownerless, expired and unknown sessions apart', async () => {
    given('ended', 'u1', { revokedAt: 1 });
    given('disabled');
    sessions.rows.get('disabled')!.ownerHolds = false;
    given('idle', 'u1', { idleExpiresAt: clock.time });
    given('old', 'u1', { absoluteExpiresAt: clock.time });
    const { states } = node();

    const statuses = await Promise.all(
      ['ended', 'disabled', 'idle', 'old', 'none'].map(async (id) => (await states.load(id)).status),
    );
    expect(statuses).toEqual(['revoked', 'revoked', 'expired', 'expired', 'unknown']);
  });

  it('asks SQL only once about a session that has ended for good', async () => {
    given('ended', 'u1', { revokedAt: 1 });
    const { revocations, states } = node();
    await revocations.ensureTrusted();
    for (let i = 0; i < 5; i++) expect((await states.load('ended')).status).toBe('revoked');
    expect(sessions.reads).toBe(1);
    expect(states.peek('ended', clock.time)).toBeUndefined();
  });

  describe('forgets', () => {
    it('a session that this process ends, at once', async () => {
      given('s1');
      const { revocations, states } = node();
      await states.load('s1');
      await revocations.ensureTrusted();
      revokeRow('s1');
      revocations.announce([{ kind: 'session', subject: 's1' }]);

      expect(states.peek('s1', clock.time)).toBeUndefined();
      expect((await states.load('s1')).status).toBe('revoked');
    });

    it('every session of a user, and nobody else’s', async () => {
      for (const id of ['a1', 'a2', 'a3']) given(id, 'a');
      given('b1', 'b');
      const { revocations, states } = node();
      await revocations.ensureTrusted();
      for (const id of ['a1', 'a2', 'a3', 'b1']) await states.load(id);
      revocations.announce([{ kind: 'user', subject: 'a' }]);

      expect(['a1', 'a2', 'a3', 'b1'].map((id) => states.peek(id, clock.time)?.id)).toEqual([
        undefined,
        undefined,
        undefined,
        'b1',
      ]);
    });

    it('what another process ended, by the log alone when messages are lost', async () => {
      given('s1');
      cache.publish = () => Promise.reject(new CacheUnavailableError('publish'));
      const here = node(QUICK);
      const there = node(SLOW);
      await here.revocations.onApplicationBootstrap();
      await here.states.load('s1');
      await vi.waitUntil(() => here.states.peek('s1', clock.time) !== undefined);

      revokeRow('s1');
      await log.append([{ kind: 'session', subject: 's1' }]);
      there.revocations.announce([{ kind: 'session', subject: 's1' }]);
      await vi.waitUntil(() => here.states.peek('s1', clock.time) === undefined, { timeout: 200, interval: 2 });
      expect((await here.states.load('s1')).status).toBe('revoked');
    });

    it('what another process ended, by its message before the log is read', async () => {
      given('s1');
      const here = node();
      await here.revocations.onApplicationBootstrap();
      await here.states.load('s1');
      await here.revocations.ensureTrusted();
      const reads = log.reads;
      revokeRow('s1');
      node().revocations.announce([{ kind: 'session', subject: 's1' }]);
      await pause(5);

      expect(here.states.peek('s1', clock.time)).toBeUndefined();
      expect(log.reads).toBe(reads);
    });

    it('nothing because of a message that is not ours', async () => {
      given('s1');
      const { revocations, states } = node();
      await revocations.onApplicationBootstrap();
      await states.load('s1');
      await revocations.ensureTrusted();
      for (const message of [
        '',
        'null',
        '{',
        '[]',
        '{"origin":"x"}',
        '{"origin":"x","revocations":[["session"],["other","s1"],7,null]}',
      ]) {
        await cache.publish('auth:revocations', message);
      }
      await pause(5);
      expect(states.peek('s1', clock.time)?.id).toBe('s1');
    });

    it('a row once, however often it is read: what was loaded later stays', async () => {
      given('s1');
      await log.append([{ kind: 'session', subject: 's1' }]);
      const { revocations, states } = node(QUICK);
      await revocations.onApplicationBootstrap();
      await vi.waitUntil(() => log.reads > 0);
      await pause(5);
      await states.load('s1');
      const reads = log.reads;
      await vi.waitUntil(() => log.reads > reads + 3);

      expect(states.peek('s1', clock.time)?.id).toBe('s1');
      expect(sessions.reads).toBe(1);
    });

    it('everything, when it may have missed revocations', async () => {
      given('s1');
      const { revocations, states } = node();
      await revocations.ensureTrusted();
      await states.load('s1');
      clock.time += 26_000;
      expect(states.peek('s1', clock.time)).toBeUndefined();
      await revocations.ensureTrusted();
      expect(states.size).toBe(0);
      expect((await states.load('s1')).status).toBe('live');
    });
  });

  it('does not remember what was read before a revocation became known', async () => {
    given('s1');
    const { revocations, states } = node();
    await revocations.ensureTrusted();
    sessions.beforeAnswer = () => {
      sessions.beforeAnswer = () => undefined;
      revokeRow('s1');
      revocations.announce([{ kind: 'session', subject: 's1' }]);
    };

    expect((await states.load('s1')).status).toBe('revoked');
    expect(sessions.reads).toBe(2);
    expect(states.peek('s1', clock.time)).toBeUndefined();
  });

  it('does not remember it when the revocation was of the whole user either', async () => {
    given('s1');
    const { revocations, states } = node();
    await revocations.ensureTrusted();
    sessions.beforeAnswer = () => {
      sessions.beforeAnswer = () => undefined;
      sessions.rows.get('s1')!.ownerHolds = false;
      revocations.announce([{ kind: 'user', subject: 'u1' }]);
    };
    expect((await states.load('s1')).status).toBe('revoked');
  });

  describe('believes its memory only while the log is fresh', () => {
    it('reads the log again when it is not, once for all requests', async () => {
      given('s1');
      const { revocations, states } = node();
      await revocations.ensureTrusted();
      await states.load('s1');
      clock.time += 1_001;
      expect(states.peek('s1', clock.time)).toBeUndefined();

      const answers = await Promise.all(Array.from({ length: 20 }, () => states.load('s1')));
      expect(answers.every(({ status }) => status === 'live')).toBe(true);
      expect([log.reads, sessions.reads]).toEqual([2, 1]);
    });

    it('refuses with 503 when the log cannot be read or does not answer', async () => {
      given('s1');
      const { revocations, states } = node({ ...SLOW, readDeadline: 50 });
      await revocations.ensureTrusted();
      await states.load('s1');
      clock.time += 1_001;

      log.read = () => Promise.reject(new Error('connection refused'));
      await expect(states.load('s1')).rejects.toBeInstanceOf(StoreUnavailableException);
      log.read = () => new Promise(() => undefined);
      await expect(states.load('s1')).rejects.toBeInstanceOf(StoreUnavailableException);

      log.read = () => Promise.resolve([]);
      expect((await states.load('s1')).status).toBe('live');
    });

    it('recovers by itself after failed polls', async () => {
      given('s1');
      const { revocations, states } = node(QUICK);
      await revocations.onApplicationBootstrap();
      await states.load('s1');
      await vi.waitUntil(() => states.peek('s1', clock.time) !== undefined);
      log.read = () => Promise.reject(new Error('connection refused'));
      await vi.waitUntil(() => states.peek('s1', clock.time) === undefined);
      log.read = () => Promise.resolve([...log.rows]);
      await vi.waitUntil(() => states.peek('s1', clock.time) !== undefined);
      expect(sessions.reads).toBe(1);
    });

    it('does not take a blocked event loop for an unreadable log', async () => {
      given('s1');
      const { revocations, states } = node({ ...SLOW, readDeadline: 30, believedFor: 30 });
      await states.load('s1');
      log.read = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        if (log.reads === 1) {
          const until = performance.now() + 100;
          while (performance.now() < until);
        }
        return [];
      };
      await revocations.ensureTrusted();
      expect(log.reads).toBe(2);
      expect((await states.load('s1')).status).toBe('live');
    });
  });

  describe('activity', () => {
    it('is written when a minute has passed, once', async () => {
      given('s1');
      const { revocations, states } = node();
      await states.load('s1');
      const use = async () => {
        await revocations.ensureTrusted();
        for (let i = 0; i < 10; i++) states.seen(states.peek('s1', clock.time)!, clock.time);
        await states.drain();
      };
      clock.time += 1_000;
      await use();
      expect(sessions.touched).toEqual([]);
      clock.time += 20_000;
      await use();
      clock.time += 20_000;
      await use();
      clock.time += 20_000;
      await use();

      expect(sessions.touched).toEqual([{ id: 's1', lastSeenAt: clock.time, idleExpiresAt: clock.time + HOUR }]);
      expect(states.peek('s1', clock.time)).toMatchObject({ lastSeenAt: clock.time, idleExpiresAt: clock.time + HOUR });
    });

    it('is written four times in a short idle timeout, and never past the absolute end', async () => {
      given('s1', 'u1', { idleExpiresAt: clock.time + 4_000, absoluteExpiresAt: clock.time + 4_500 });
      const { revocations, states } = node();
      await states.load('s1');
      clock.time += 1_000;
      await revocations.ensureTrusted();
      states.seen(states.peek('s1', clock.time)!, clock.time);
      await states.drain();
      expect(sessions.touched).toEqual([{ id: 's1', lastSeenAt: clock.time, idleExpiresAt: clock.time + 3_500 }]);
    });

    it('that could not be written does not prolong anything here', async () => {
      const session = given('s1');
      const { revocations, states } = node();
      await states.load('s1');
      clock.time += 61_000;
      await states.load('s1');
      await revocations.ensureTrusted();
      sessions.failTouch = true;
      states.seen(states.peek('s1', clock.time)!, clock.time);
      await states.drain();
      expect(states.peek('s1', clock.time)?.idleExpiresAt).toBe(session.idleExpiresAt);
    });

    describe('with a cookie that is kept under an older key', () => {
      const rekeying: SessionRekeying = { id: 's1', from: 'old', secretHash: 'new', keyId: 'k2' };
      const seen = async () => {
        const session = given('s1', 'u1', { delivery: 'cookie', secretHash: 'old', keyId: 'k1' });
        const { revocations, states } = node();
        await revocations.ensureTrusted();
        await states.load('s1');
        return { states, session: states.peek('s1', clock.time) ?? session };
      };

      it('is written at once, and the cookie under the newest', async () => {
        const { states, session } = await seen();
        clock.time += 1;
        states.seen(session, clock.time, rekeying);
        await states.beforeApplicationShutdown();

        expect(sessions.rekeyed).toEqual([rekeying]);
        expect(sessions.touched).toEqual([{ id: 's1', lastSeenAt: clock.time, idleExpiresAt: clock.time + HOUR }]);
        expect(states.peek('s1', clock.time)).toMatchObject({ secretHash: 'new', keyId: 'k2', lastSeenAt: clock.time });
      });

      it('is written once for all requests that come meanwhile', async () => {
        const { states, session } = await seen();
        for (let i = 0; i < 3; i++) states.seen(session, clock.time, rekeying);
        await states.drain();

        expect(sessions.rekeyed).toEqual([rekeying]);
      });

      it('is read again when another process was first', async () => {
        const { states, session } = await seen();
        sessions.canRekey = false;
        sessions.rows.get('s1')!.session.secretHash = 'of another process';
        states.seen(session, clock.time, rekeying);
        await states.drain();

        expect(states.peek('s1', clock.time)?.secretHash).toBe('of another process');
      });

      it('can move on to a still newer key later', async () => {
        const { states, session } = await seen();
        states.seen(session, clock.time, rekeying);
        await states.drain();
        states.seen(states.peek('s1', clock.time)!, clock.time, { ...rekeying, from: 'new', keyId: 'k3' });
        await states.drain();

        expect(sessions.rekeyed).toHaveLength(2);
      });
    });

    it('of a session that is not remembered here is nobody’s', async () => {
      const { states } = node();
      states.seen(given('s1'), clock.time + HOUR);
      await states.drain();

      expect(sessions.touched).toEqual([]);
    });

    it('of another process keeps a session alive that this one takes for idle', async () => {
      const session = given('s1');
      const { revocations, states } = node();
      await states.load('s1');
      session.idleExpiresAt += HOUR;
      clock.time += HOUR + 1;
      await revocations.ensureTrusted();
      expect(states.peek('s1', clock.time)).toBeUndefined();
      expect((await states.load('s1')).status).toBe('live');
      clock.time += HOUR;
      expect((await states.load('s1')).status).toBe('expired');
    });
  });
});

describe('RevocableMemory', () => {
  it('never holds more than its bound, and lets go of owners with their entries', async () => {
    const log = new FakeLog();
    const revocations = new Revocations(log, new MemoryCacheStore(), new SetClock(), SLOW);
    const memory = new RevocableMemory<{ owner: string }>(revocations, new SetClock(), {
      read: (key) => Promise.resolve({ owner: `owner of ${key}` }),
      kinds: ['session'],
      ownerOf: ({ owner }) => owner,
      maxEntries: 10,
    });
    for (let i = 0; i < 100; i++) await memory.load(`k${i}`);
    expect(memory.size).toBe(10);
    expect((memory as unknown as { owners: { size: number } }).owners.size).toBe(10);
  });

  it('serves roles as well: by user id, forgotten on either kind', async () => {
    const clock = new SetClock();
    const log = new FakeLog();
    const revocations = new Revocations(log, new MemoryCacheStore(), clock, SLOW);
    let roles = ['admin'];
    const memory = new RevocableMemory<string[]>(revocations, clock, {
      read: () => Promise.resolve(roles),
      kinds: ['roles', 'user'],
    });
    await revocations.ensureTrusted();
    await memory.load('u1');
    roles = [];
    expect(memory.peek('u1', clock.now())).toEqual(['admin']);
    revocations.announce([{ kind: 'roles', subject: 'u1' }]);
    expect(await memory.load('u1')).toEqual([]);
  });
});
