import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeyRing } from '../crypto/key-ring.js';
import { randomToken } from '../crypto/random.js';
import { MailKinds } from '../mail/mail-kinds.js';
import { OutboxDispatcher } from '../mail/outbox-dispatcher.js';
import { BootCheck } from '../ports/boot-check.js';
import { Revocations } from '../sessions/revocations.js';
import { Housekeeping } from './housekeeping.js';

class SlowBootCheck extends BootCheck {
  pass!: () => void;
  private readonly verdict = new Promise<void>((resolve) => (this.pass = resolve));

  passed(): Promise<void> {
    return this.verdict;
  }
}

const never = {} as never;
const clock = { now: () => Date.now() };

const WORKERS = {
  'the dispatcher of mail': (boot: BootCheck) => {
    const kinds = { all: [{ kind: 'unlock' }] } as unknown as MailKinds;
    return new OutboxDispatcher(new KeyRing([randomToken()]), never, never, kinds, never, never, clock, boot);
  },
  housekeeping: (boot: BootCheck) => new Housekeeping(never, never, never, never, never, never, clock, boot),
  'the reader of revocations': (boot: BootCheck) => {
    const log = { recent: () => Promise.resolve([]) };
    const cache = { subscribe: () => Promise.resolve(() => Promise.resolve()) };
    return new Revocations(log as never, cache as never, clock, undefined, boot);
  },
};

describe.each(Object.entries(WORKERS))('%s', (_, make) => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  it('starts its timer once the boot rules have let the application pass', async () => {
    const boot = new SlowBootCheck();
    const worker = make(boot);
    const starting = worker.onApplicationBootstrap();
    expect(vi.getTimerCount()).toBe(0);
    boot.pass();
    await starting;

    expect(vi.getTimerCount()).toBe(1);
    await worker.beforeApplicationShutdown();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('starts no timer when the application has been closed meanwhile', async () => {
    const boot = new SlowBootCheck();
    const worker = make(boot);
    const starting = worker.onApplicationBootstrap();
    await worker.beforeApplicationShutdown();
    boot.pass();
    await starting;

    expect(vi.getTimerCount()).toBe(0);
  });
});
