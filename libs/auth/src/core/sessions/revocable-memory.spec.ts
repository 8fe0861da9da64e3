import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryCacheStore } from '../../adapters/memory-cache/memory-cache.store.js';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryRevocationLog } from '../../testing/memory-storage/memory-revocation-log.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { EVERYBODY } from '../ports/revocation-log.js';
import { RevocableMemory } from './revocable-memory.js';
import { Revocations } from './revocations.js';

describe('a memory that forgets what was revoked', () => {
  let clock: SettableClock;
  let revocations: Revocations;
  /** The truth, and how often it was read. */
  let truth: Map<string, string>;
  let reads: string[];
  let read: (key: string) => Promise<string>;

  beforeEach(async () => {
    clock = new SettableClock();
    const log = new MemoryRevocationLog(new MemoryDatabase());
    revocations = new Revocations(log, new MemoryCacheStore(), clock, { pollEvery: 3_600_000, believedFor: 60_000 });
    await revocations.ensureTrusted();
    truth = new Map([
      ['u1', 'a'],
      ['u2', 'b'],
    ]);
    reads = [];
    read = async (key) => {
      reads.push(key);
      return truth.get(key)!;
    };
  });
  afterEach(() => void vi.useRealTimers());

  const memoryOf = (kinds: ('roles' | 'user' | 'session')[] = ['roles'], owner?: string) =>
    new RevocableMemory<string>(revocations, clock, {
      read: (key) => read(key),
      kinds,
      ...(owner === undefined ? {} : { ownerOf: () => owner }),
    });
  const knows = (memory: RevocableMemory<string>) => ['u1', 'u2'].filter((key) => memory.peek(key, clock.now()) !== undefined);
  const full = async (memory: RevocableMemory<string>) => {
    await memory.load('u1');
    await memory.load('u2');
    return memory;
  };

  it('of one subject, for a kind that it minds', async () => {
    const memory = await full(memoryOf());
    revocations.announce([{ kind: 'session', subject: 'u1' }]);
    revocations.announce([{ kind: 'user', subject: 'u1' }]);
    expect(knows(memory)).toEqual(['u1', 'u2']);
    revocations.announce([{ kind: 'roles', subject: 'u1' }]);

    expect(knows(memory)).toEqual(['u2']);
  });

  it('of everybody', async () => {
    const memory = await full(memoryOf());
    revocations.announce([{ kind: 'roles', subject: EVERYBODY }]);

    expect(knows(memory)).toEqual([]);
    expect(memory.size).toBe(0);
  });

  it('of whatever a user owns, for a revocation of the user and no other', async () => {
    const memory = await full(memoryOf(['session'], 'ada'));
    revocations.announce([{ kind: 'roles', subject: 'ada' }]);
    expect(knows(memory)).toEqual(['u1', 'u2']);
    revocations.announce([{ kind: 'user', subject: 'ada' }]);

    expect(knows(memory)).toEqual([]);
  });

  it('does not keep what was read before everybody was revoked', async () => {
    const memory = memoryOf();
    read = async (key) => {
      reads.push(key);
      if (reads.length === 1) revocations.announce([{ kind: 'roles', subject: EVERYBODY }]);
      return truth.get(key)!;
    };

    expect(await memory.load('u1')).toBe('a');
    expect(reads).toEqual(['u1', 'u1']);
  });

  it('answers after three reads that were all overtaken, and keeps nothing', async () => {
    const memory = memoryOf();
    read = async (key) => {
      reads.push(key);
      revocations.announce([{ kind: 'roles', subject: key }]);
      return truth.get(key)!;
    };

    expect(await memory.load('u1')).toBe('a');
    expect(reads).toHaveLength(3);
    expect(knows(memory)).toEqual([]);
  });

  it('joins a read under way while it is young, and begins another one after half a second', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const answers: ((value: string) => void)[] = [];
    read = () => new Promise((resolve) => answers.push(resolve));
    const memory = memoryOf();
    const first = [memory.load('u1')];
    vi.advanceTimersByTime(499);
    first.push(memory.load('u1'));
    expect(answers).toHaveLength(1);
    vi.advanceTimersByTime(1);
    const later = memory.load('u1');
    expect(answers).toHaveLength(2);
    answers[1]!('new');
    answers[0]!('old');

    expect(await Promise.all(first)).toEqual(['old', 'old']);
    expect(await later).toBe('new');
  });

  it('still joins the newer read when an older one has ended', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const answers: ((value: string) => void)[] = [];
    read = () => new Promise((resolve) => answers.push(resolve));
    const memory = memoryOf();
    const older = memory.reload('u1');
    vi.advanceTimersByTime(500);
    const newer = memory.reload('u1');
    answers[0]!('old');
    await older;
    const joined = memory.reload('u1');
    answers[1]!('new');

    expect(await Promise.all([newer, joined])).toEqual(['new', 'new']);
    expect(answers).toHaveLength(2);
  });

  it('replaces what is still remembered, and nothing else', async () => {
    const memory = await full(memoryOf());
    memory.replace('u1', 'a', 'A');
    memory.replace('u2', 'something older', 'B');
    memory.replace('u3', 'c', 'C');

    expect([memory.recall('u1'), memory.recall('u2'), memory.recall('u3')]).toEqual(['A', 'b', undefined]);
  });
});
