import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SettableClock } from '../../testing/settable-clock.js';
import { StoreUnavailableException } from '../errors/auth.errors.js';
import type { BootCheck } from '../ports/boot-check.js';
import type { CacheStore } from '../ports/cache-store.js';
import type { Revocation, RevocationLog } from '../ports/revocation-log.js';
import { encodeRevocations, REVOCATION_CHANNEL } from './revocation-message.js';
import { Revocations } from './revocations.js';

const ADA: Revocation = { kind: 'session', subject: 'ada' };
const GRACE: Revocation = { kind: 'user', subject: 'grace' };

/** Lets promises settle; only timers stand still. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
};

class Node {
  readonly clock = new SettableClock(1_800_000_000_000);
  readonly forgotten: string[] = [];
  readonly published: string[] = [];
  rows: { id: string; kind: Revocation['kind']; subject: string }[] = [];
  reads = 0;
  read: () => Promise<unknown> = async () => this.rows;
  publish: () => Promise<void> = async () => undefined;
  receive: ((message: string) => void) | undefined;
  isSubscribed = false;
  readonly revocations: Revocations;

  constructor(boot?: Partial<BootCheck>) {
    const log = {
      recent: () => {
        this.reads++;
        return this.read();
      },
    };
    const cache = {
      publish: (channel: string, message: string) => {
        expect(channel).toBe(REVOCATION_CHANNEL);
        this.published.push(message);
        return this.publish();
      },
      subscribe: async (channel: string, listener: (message: string) => void) => {
        expect(channel).toBe(REVOCATION_CHANNEL);
        this.receive = listener;
        this.isSubscribed = true;
        return async () => void (this.isSubscribed = false);
      },
    };
    this.revocations = new Revocations(
      log as unknown as RevocationLog,
      cache as unknown as CacheStore,
      this.clock,
      undefined,
      boot as BootCheck,
    );
    this.revocations.register({
      forget: ({ kind, subject }) => void this.forgotten.push(`${kind} ${subject}`),
      forgetEverything: () => void this.forgotten.push('everything'),
    });
  }

  async start(): Promise<void> {
    await this.revocations.onApplicationBootstrap();
    await settle();
  }

  /** Both clocks, and whatever is due. */
  async wait(ms: number): Promise<void> {
    this.clock.advance(ms / 1_000);
    await vi.advanceTimersByTimeAsync(ms);
    await settle();
  }

  get isTrusted(): boolean {
    return this.revocations.trusted(this.clock.now());
  }
}

let node: Node;
let warned: string[];
let logged: string[];
let debugged: string[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  const noted = (level: 'warn' | 'log' | 'debug'): string[] => {
    const lines: string[] = [];
    vi.spyOn(Logger.prototype, level).mockImplementation((line: unknown) => void lines.push(String(line)));
    return lines;
  };
  [warned, logged, debugged] = [noted('warn'), noted('log'), noted('debug')];
  node = new Node();
});
afterEach(async () => {
  node.read = async () => [];
  await node.revocations.beforeApplicationShutdown();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('what a process knows of revocations', () => {
  it('is not believed before it has been read once', async () => {
    expect(node.isTrusted).toBe(false);
    await node.start();
    expect([node.isTrusted, node.reads]).toEqual([true, 1]);
  });

  it('is read twice a second, each row once', async () => {
    await node.start();
    node.rows = [{ id: 'r-1', ...ADA }];
    await node.wait(500);
    await node.wait(500);
    node.rows = [...node.rows, { id: 'r-2', ...GRACE }];
    await node.wait(500);
    expect(node.reads).toBe(4);
    expect(node.forgotten).toEqual(['session ada', 'user grace']);
  });

  it('is believed for a second after the start of a read, by either clock', async () => {
    await node.start();
    await node.revocations.beforeApplicationShutdown();
    node.clock.advance(1);
    vi.advanceTimersByTime(1_000);
    expect(node.isTrusted).toBe(true);
    node.clock.advance(0.001);
    expect(node.isTrusted).toBe(false);
    node.clock.advance(-0.001);
    vi.advanceTimersByTime(1);
    expect(node.isTrusted).toBe(false);
  });

  it('is forgotten when too much may have been missed', async () => {
    await node.start();
    const missed = async (seconds: number): Promise<void> => {
      node.clock.advance(seconds);
      await node.wait(500);
    };
    await missed(24.5);
    expect(node.forgotten).toEqual([]);
    await missed(24.501);
    expect(node.forgotten).toEqual(['everything']);
  });

  it('is forgotten when nothing could be read for long, whatever the clock on the wall says', async () => {
    await node.start();
    node.read = () => Promise.reject(new Error('away'));
    await vi.advanceTimersByTimeAsync(25_000);
    await settle();
    node.read = async () => [];
    await vi.advanceTimersByTimeAsync(500);
    await settle();
    expect(node.forgotten).toEqual(['everything']);
  });

  it('is not asked for by a command, which does not serve', async () => {
    const command = new Node({ passed: async () => undefined, isServing: false });
    await command.start();
    await command.wait(2_000);
    expect([command.reads, command.isSubscribed]).toEqual([0, false]);
    await command.revocations.ensureTrusted();
    expect([command.reads, command.isTrusted]).toEqual([1, true]);
  });

  it('begins when the boot check has passed, and once', async () => {
    let pass!: () => void;
    const passed = new Promise<void>((resolve) => (pass = resolve));
    const checked = new Node({ passed: () => passed, isServing: true });
    const started = checked.start();
    await checked.wait(1_000);
    expect(checked.reads).toBe(0);
    pass();
    await started;
    await checked.start();
    expect(checked.reads).toBe(1);
    await checked.wait(500);
    expect(checked.reads).toBe(2);
    await checked.revocations.beforeApplicationShutdown();
  });

  it('ends with the application', async () => {
    await node.start();
    await node.revocations.beforeApplicationShutdown();
    expect(node.isSubscribed).toBe(false);
    await node.wait(2_000);
    expect(node.reads).toBe(1);
    await node.start();
    expect([node.reads, node.isSubscribed]).toEqual([1, false]);
  });
});

describe('whoever has to be sure', () => {
  it('is sure at once while the log was just read', async () => {
    await node.start();
    await node.revocations.ensureTrusted();
    expect(node.reads).toBe(1);
  });

  it('causes one read for all who ask at once', async () => {
    await Promise.all([1, 2, 3].map(() => node.revocations.ensureTrusted()));
    expect([node.reads, node.isTrusted]).toEqual([1, true]);
  });

  it('is told when the log cannot be read, with its own error', async () => {
    const error = new StoreUnavailableException();
    node.read = () => Promise.reject(error);
    await expect(node.revocations.ensureTrusted()).rejects.toBe(error);
    const cause = new Error('connection lost');
    node.read = () => Promise.reject(cause);
    await expect(node.revocations.ensureTrusted()).rejects.toMatchObject({ errorCode: 'auth.store_unavailable', cause });
  });

  it('is told after a second when the log does not answer', async () => {
    node.read = () => new Promise(() => undefined);
    const asked = expect(node.revocations.ensureTrusted()).rejects.toThrow(StoreUnavailableException);
    await node.wait(1_000);
    await asked;
    expect(node.reads).toBe(1);
  });

  it('asks again when the process stood still while it waited, and gives up after three times', async () => {
    const standStill = async (): Promise<never> => {
      await settle();
      vi.advanceTimersByTime(1_201);
      await settle();
      throw new Error('late');
    };
    node.read = standStill;
    await expect(node.revocations.ensureTrusted()).rejects.toMatchObject({ errorCode: 'auth.store_unavailable' });
    expect(node.reads).toBe(3);
    node.reads = 0;
    node.read = () => (node.reads < 2 ? standStill() : Promise.resolve([]));
    await node.revocations.ensureTrusted();
    expect(node.reads).toBe(2);
  });
});

describe('a revocation', () => {
  it('is forgotten here at once, and told to the others', async () => {
    node.revocations.announce([ADA, GRACE]);
    expect(node.forgotten).toEqual(['session ada', 'user grace']);
    const other = new Node();
    await other.start();
    other.receive!(node.published[0]!);
    expect(other.forgotten).toEqual(['session ada', 'user grace']);
    await other.revocations.beforeApplicationShutdown();
  });

  it('is nothing when there is none', () => {
    node.revocations.announce([]);
    expect(node.published).toEqual([]);
  });

  it('is not learnt again from its own message, nor anything from nonsense', async () => {
    await node.start();
    node.revocations.announce([ADA]);
    for (const message of [node.published[0]!, 'nonsense', 'null', '[]', encodeRevocations('x', [])]) node.receive!(message);
    expect(node.forgotten).toEqual(['session ada']);
  });

  it('says so once when it cannot be published, and again after it could', async () => {
    const failing = () => Promise.reject(new Error('away'));
    const announce = async (publish: () => Promise<void>): Promise<void> => {
      node.publish = publish;
      node.revocations.announce([ADA]);
      await settle();
    };
    for (const publish of [failing, failing, async () => undefined, failing]) await announce(publish);
    expect(debugged).toEqual([expect.stringContaining('away'), expect.stringContaining('away')]);
  });

  it('overtakes what was read before it, of its kind and subject', () => {
    const before = performance.now();
    vi.advanceTimersByTime(10);
    node.revocations.announce([ADA]);
    const at = performance.now();
    const { revocations } = node;
    expect([revocations.learntSince(before, 'session', 'ada'), revocations.learntSince(at, 'session', 'ada')]).toEqual([
      true,
      true,
    ]);
    expect(revocations.learntSince(at + 1, 'session', 'ada')).toBe(false);
    expect(revocations.learntSince(before, 'user', 'ada')).toBe(false);
    expect(revocations.learntSince(before, 'session', 'grace')).toBe(false);
  });

  it('of unknown age overtakes everything that was read before', async () => {
    await node.start();
    const before = performance.now();
    node.clock.advance(60);
    await node.wait(500);
    const { revocations } = node;
    expect([revocations.learntSince(before, 'session', 'ada'), revocations.learntSince(performance.now(), 'user', 'x')]).toEqual([
      true,
      true,
    ]);
    expect(revocations.learntSince(performance.now() + 1, 'session', 'ada')).toBe(false);
  });

  it('is remembered for as long as a read may look back, and no longer', async () => {
    await node.start();
    const before = performance.now();
    node.revocations.announce([ADA]);
    await node.wait(20_000);
    node.revocations.announce([GRACE]);
    await node.wait(10_000);
    expect(node.revocations.learntSince(before, 'session', 'ada')).toBe(true);
    await node.wait(500);
    expect(node.revocations.learntSince(before, 'session', 'ada')).toBe(false);
    expect(node.revocations.learntSince(before, 'user', 'grace')).toBe(true);
  });
});

describe('the log', () => {
  it('is complained of once when it cannot be read, and praised once when it can', async () => {
    await node.start();
    node.read = () => Promise.reject(new Error('away'));
    await node.wait(1_000);
    expect(warned).toEqual([expect.stringContaining('away')]);
    node.read = async () => [];
    await node.wait(1_000);
    expect(logged).toEqual([expect.stringMatching(/again/)]);
    node.read = () => Promise.reject(new Error('away'));
    await node.wait(500);
    expect(warned).toHaveLength(2);
  });
});
