import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryAuditLog } from '../../testing/memory-storage/memory-audit-log.js';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryOutbox } from '../../testing/memory-storage/memory-outbox.js';
import { MemoryUnitOfWork } from '../../testing/memory-storage/memory-unit-of-work.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import type { AuthEvent } from '../events/auth-event.js';
import { AuthEvents } from '../events/auth-events.js';
import type { BootCheck } from '../ports/boot-check.js';
import { type Mail, MailRejectedError, MailTransport } from '../ports/mail-transport.js';
import type { OutboxClaim, OutboxMessage } from '../ports/outbox.js';
import { MailKinds } from './mail-kinds.js';
import { MailService } from './mail.service.js';
import { NoMail } from './no-mail.js';
import { OutboxDispatcher } from './outbox-dispatcher.js';

const SECRET = 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only';
const NEXT = 'q8Zt5Lw1Vn4Xc7Rb2Mk9Hs6Jd3Pf0Gy-test-only-2';
const HOUR = 3_600;
const mailTo = (to: string): Mail => ({ to, subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' });

class Postman extends MailTransport {
  readonly sent: Mail[] = [];
  deliver: (mail: Mail) => Promise<void> = async () => undefined;
  async send(mail: Mail): Promise<void> {
    await this.deliver(mail);
    this.sent.push(mail);
  }
  async verify(): Promise<void> {}
}

class PostOffice {
  readonly clock = new SettableClock(1_800_000_000_000);
  readonly database = new MemoryDatabase();
  readonly outbox = new MemoryOutbox(this.database);
  readonly ring = new KeyRing([SECRET]);
  readonly units = new MemoryUnitOfWork(this.database);
  readonly kinds = new MailKinds();
  readonly postman = new Postman();
  readonly happened: AuthEvent[] = [];
  readonly claims: OutboxClaim[] = [];
  readonly dispatcher: OutboxDispatcher;
  readonly service: MailService;
  compose: (job: { to?: string }) => Promise<Mail | null> = async ({ to = 'ada@example.com' }) => mailTo(to);

  constructor(
    readonly transport: MailTransport | null = null,
    boot?: Partial<BootCheck>,
  ) {
    const nothing = {} as never;
    const events = new AuthEvents(new MemoryAuditLog(this.database), this.units, nothing, nothing, nothing);
    events.subscribe('*', (event) => this.happened.push(event));
    this.kinds.register({ kind: 'hello', compose: (job) => this.compose(job) });
    const parts = [this.ring, this.outbox, transport ?? this.postman, this.kinds] as const;
    this.dispatcher = new OutboxDispatcher(...parts, this.units, events, this.clock, boot as BootCheck);
    this.service = new MailService(...parts, this.dispatcher, this.units, events, this.clock);
    const claim = this.outbox.claim.bind(this.outbox);
    vi.spyOn(this.outbox, 'claim').mockImplementation((asked): Promise<OutboxMessage[]> => {
      this.claims.push(asked);
      return claim(asked);
    });
  }

  async queue(count = 1): Promise<void> {
    for (let i = 0; i < count; i++)
      await this.service.queue({ kind: 'hello', job: { to: `user${i}@example.com` }, userId: `u-${i}` });
  }

  told(type: string): object[] {
    return this.happened.filter((event) => event.type === type).map(({ userId, data }) => ({ userId, ...data }));
  }
}

let office: PostOffice;
beforeEach(() => {
  office = new PostOffice();
});
afterEach(async () => {
  await office.dispatcher.beforeApplicationShutdown();
  vi.restoreAllMocks();
});

describe('mail in the outbox', () => {
  it('is sent once, with the id of its message', async () => {
    await office.queue(2);
    expect(office.told('mail.queued')).toEqual([
      { userId: 'u-0', kind: 'hello' },
      { userId: 'u-1', kind: 'hello' },
    ]);
    await office.dispatcher.drain();
    await office.dispatcher.drain();
    expect(office.postman.sent.toSorted((a, b) => (a.to < b.to ? -1 : 1))).toEqual([
      { ...mailTo('user0@example.com'), id: expect.stringMatching(/^[\w-]{22}$/) as string },
      { ...mailTo('user1@example.com'), id: expect.stringMatching(/^[\w-]{22}$/) as string },
    ]);
    expect(new Set(office.told('mail.sent'))).toEqual(
      new Set([
        { userId: 'u-0', kind: 'hello', attempts: 1 },
        { userId: 'u-1', kind: 'hello', attempts: 1 },
      ]),
    );
    expect(await office.outbox.backlog()).toEqual({ pending: 0, dead: 0, oldestCreatedAt: null });
  });

  it('is not sent when nobody is to be written to, which nobody is told', async () => {
    office.compose = async () => null;
    await office.queue();
    await office.dispatcher.drain();
    expect(office.postman.sent).toEqual([]);
    expect(office.happened.map(({ type }) => type)).toEqual(['mail.queued']);
    expect((await office.outbox.backlog()).pending).toBe(0);
  });

  it('rests sealed, and goes nowhere once it was altered', async () => {
    await office.service.queue({ kind: 'hello', job: { to: 'secret@example.com' } });
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const [message] = await office.outbox.claim({
      worker: 'thief',
      kinds: ['hello'],
      now: office.clock.now(),
      until: office.clock.now(),
      limit: 1,
    });
    expect(message!.payload).not.toContain('secret');
    const altered = `${message!.payload.slice(0, -2)}${message!.payload.endsWith('AA') ? 'BB' : 'AA'}`;
    await office.outbox.rewrite(message!.id, 'thief', altered);
    await office.dispatcher.drain();
    expect(office.postman.sent).toEqual([]);
    expect(warned.mock.calls.map(String)).toEqual([expect.stringMatching(/hello was discarded/)]);
    expect((await office.outbox.backlog()).pending).toBe(0);
  });

  it('is composed once, and sent as it was composed', async () => {
    const compose = vi.spyOn(office, 'compose');
    office.postman.deliver = () => Promise.reject(new Error('away'));
    await office.queue();
    await office.dispatcher.drain();
    office.postman.deliver = async () => undefined;
    office.clock.advance(6);
    await office.dispatcher.drain();
    expect(compose).toHaveBeenCalledTimes(1);
    expect(office.postman.sent).toHaveLength(1);
    expect(office.told('mail.sent')).toEqual([{ userId: 'u-0', kind: 'hello', attempts: 2 }]);
  });

  it('is tried again for most of a day, and told of at the first failure and when it is given up', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    office.postman.deliver = () => Promise.reject(new Error('away'));
    await office.queue();
    for (let attempt = 1; attempt <= 20; attempt++) {
      await office.dispatcher.drain();
      office.clock.advance(5 * HOUR);
    }
    expect(office.told('mail.failed')).toEqual([
      { userId: 'u-0', kind: 'hello', attempts: 1, dead: false, reason: 'failed' },
      { userId: 'u-0', kind: 'hello', attempts: 17, dead: true, reason: 'failed' },
    ]);
    expect(await office.outbox.backlog()).toMatchObject({ pending: 0, dead: 1 });
  });

  it('waits between two attempts', async () => {
    office.postman.deliver = () => Promise.reject(new Error('away'));
    await office.queue();
    await office.dispatcher.drain();
    office.clock.advance(3.9);
    await office.dispatcher.drain();
    const attempts = async () =>
      (await office.outbox.claim({ worker: 'w', kinds: ['hello'], now: Infinity, until: 0, limit: 1 }))[0]!.attempts;
    expect(await attempts()).toBe(2);
  });

  it('is given up at once when the next hop refuses it for good', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    office.postman.deliver = () => Promise.reject(new MailRejectedError('no such mailbox ada@example.com'));
    await office.queue();
    await office.dispatcher.drain();
    expect(office.told('mail.failed')).toEqual([{ userId: 'u-0', kind: 'hello', attempts: 1, dead: true, reason: 'rejected' }]);
    expect(logged.mock.calls.map(String)).toEqual(['Mail of kind hello was given up at attempt 1: no such mailbox …']);
    expect(await office.outbox.backlog()).toMatchObject({ pending: 0, dead: 1 });
  });

  it('waits for the secret that sealed it', async () => {
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await office.queue(2);
    office.ring.replace([NEXT]);
    await office.dispatcher.drain();
    expect(office.told('mail.failed')).toEqual([
      { userId: null, kind: 'hello', attempts: 1, dead: false, reason: 'key_missing' },
      { userId: null, kind: 'hello', attempts: 1, dead: false, reason: 'key_missing' },
    ]);
    expect(warned.mock.calls.map(String)).toEqual([expect.stringMatching(/cannot be opened.*secret/)]);
    office.ring.replace([NEXT, SECRET]);
    office.clock.advance(7);
    await office.dispatcher.drain();
    expect(office.postman.sent).toHaveLength(2);
  });

  it('goes to one mailbox with one line of subject, or nowhere', async () => {
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    office.compose = async () => mailTo('a@example.com, b@example.com');
    await office.queue();
    await office.dispatcher.drain();
    expect(office.postman.sent).toEqual([]);
    expect(office.told('mail.failed')).toMatchObject([{ dead: true, reason: 'rejected' }]);
  });

  it('says once that nothing leaves, and once that it leaves again', async () => {
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const logged = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    office.postman.deliver = () => Promise.reject(new Error('away'));
    await office.queue(3);
    await office.dispatcher.drain();
    expect(warned.mock.calls.map(String)).toEqual([expect.stringMatching(/not being sent.*away/)]);
    office.postman.deliver = async () => undefined;
    office.clock.advance(7);
    await office.dispatcher.drain();
    expect(logged.mock.calls.map(String)).toEqual(['Mail is sent again']);
  });

  it('is left to its claim when nobody answers whether it was sent, or tried three times to write so', async () => {
    const finish = vi.spyOn(office.outbox, 'finish').mockRejectedValue(new Error('away'));
    await office.queue();
    await office.dispatcher.drain();
    expect(finish).toHaveBeenCalledTimes(3);
    expect(office.told('mail.sent')).toEqual([]);
    finish.mockRestore();
    office.clock.advance(61);
    await office.dispatcher.drain();
    expect(office.postman.sent).toHaveLength(2);
  });

  it('is not told of as sent by whoever has lost it', async () => {
    office.postman.deliver = async () => {
      office.clock.advance(61);
      await office.outbox.claim({ worker: 'other', kinds: ['hello'], now: office.clock.now(), until: Infinity, limit: 10 });
    };
    await office.queue();
    await office.dispatcher.drain();
    expect(office.told('mail.sent')).toEqual([]);
  });

  it('is not sent by whoever lost it while it was composed', async () => {
    await office.queue();
    const rewrite = vi.spyOn(office.outbox, 'rewrite').mockResolvedValue(false);
    await office.dispatcher.drain();
    expect(rewrite).toHaveBeenCalledTimes(1);
    expect(office.postman.sent).toEqual([]);
    expect(office.told('mail.failed')).toEqual([]);
  });

  it('has thirty seconds to leave', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    let isTaken = false;
    office.postman.deliver = () => {
      isTaken = true;
      return new Promise(() => undefined);
    };
    await office.queue();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const drained = office.dispatcher.drain();
      while (!isTaken) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(30_000);
      await drained;
    } finally {
      vi.useRealTimers();
    }
    expect(office.told('mail.failed')).toMatchObject([{ dead: false, reason: 'failed' }]);
  });
});

describe('the dispatcher', () => {
  it('holds at most twenty at a time, each for a minute, and takes more as they leave', async () => {
    let most = 0;
    let now = 0;
    office.postman.deliver = async () => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
    };
    await office.queue(45);
    await office.dispatcher.drain();
    expect(office.postman.sent).toHaveLength(45);
    expect(most).toBeLessThanOrEqual(20);
    expect(most).toBeGreaterThan(10);
    expect(office.claims[0]).toMatchObject({ kinds: ['hello'], limit: 20, until: office.clock.now() + 60_000 });
  });

  it('looks soon after a commit, once for many', async () => {
    await office.queue(3);
    expect(office.claims).toEqual([]);
    await vi.waitFor(() => expect(office.postman.sent).toHaveLength(3), 2_000);
    expect(office.claims.length).toBeLessThanOrEqual(2);
  });

  it('looks once a second while the application runs, and no more when it is closed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      await office.dispatcher.onApplicationBootstrap();
      await vi.advanceTimersByTimeAsync(3_000);
      expect(office.claims).toHaveLength(3);
      await office.dispatcher.beforeApplicationShutdown();
      await vi.advanceTimersByTimeAsync(3_000);
      await office.dispatcher.drain();
      expect(office.claims).toHaveLength(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each<[string, MailTransport | null, Partial<BootCheck> | undefined]>([
    ['there is no transport', new NoMail(), undefined],
    ['the application does not serve', null, { passed: async () => undefined, isServing: false }],
  ])('does not look where %s', async (_, transport, boot) => {
    const idle = new PostOffice(transport, boot);
    vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout'] });
    try {
      await idle.dispatcher.onApplicationBootstrap();
      if (transport === null) idle.dispatcher.wakeSoon();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('says once that the outbox cannot be read, and once that it can again', async () => {
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const logged = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const claim = vi.spyOn(office.outbox, 'claim').mockRejectedValue(new Error('away'));
    await office.dispatcher.drain();
    await office.dispatcher.drain();
    expect(warned.mock.calls.map(String)).toEqual(['The outbox cannot be read: away']);
    claim.mockResolvedValue([]);
    await office.dispatcher.drain();
    await office.dispatcher.drain();
    expect(logged.mock.calls.map(String)).toEqual(['The outbox can be read again']);
  });

  it('lets what is being sent leave before the application closes, for five seconds', async () => {
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    let isSent = false;
    office.postman.deliver = async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      isSent = true;
    };
    await office.queue();
    office.dispatcher.wake();
    await vi.waitFor(() => expect(office.claims).toHaveLength(1));
    await office.dispatcher.beforeApplicationShutdown();
    expect(isSent).toBe(true);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('queueing mail', () => {
  it('needs a transport, a room, and little to say', async () => {
    const hello = { kind: 'hello', job: {} };
    await expect(new PostOffice(new NoMail()).service.queue(hello)).rejects.toThrow(TypeError);
    await expect(office.service.queue({ ...hello, kind: 'bye' })).rejects.toThrow(/"bye"/);
    await expect(office.service.queue({ ...hello, job: { to: 'x'.repeat(16_384) } })).rejects.toThrow(/too large/);
    expect(office.happened).toEqual([]);
    expect([office.service.isAvailable, new PostOffice(new NoMail()).service.isAvailable]).toEqual([true, false]);
  });

  it('keeps the first of several with one key', async () => {
    const queue = (kind: string, dedupKey?: string) => office.service.queue({ kind, job: {}, dedupKey });
    office.kinds.register({ kind: 'other', compose: async () => null });
    await queue('hello', 'k');
    await queue('hello', 'k');
    await queue('hello', 'l');
    await queue('other', 'k');
    await queue('hello');
    await queue('hello');
    expect(office.told('mail.queued').map((one) => (one as { kind: string }).kind)).toEqual([
      'hello',
      'hello',
      'other',
      'hello',
      'hello',
    ]);
  });

  it('is undone with what has caused it', async () => {
    const work = office.units.run(async () => {
      await office.queue();
      throw new Error('undone');
    });
    await expect(work).rejects.toThrow('undone');
    await office.dispatcher.drain();
    expect([office.postman.sent, office.happened]).toEqual([[], []]);
  });

  it('is refused by what stands for no transport', async () => {
    await expect(new NoMail().send()).rejects.toThrow(/no mail transport/);
    await expect(new NoMail().verify()).rejects.toThrow(/no mail transport/);
    expect(new NoMail().facts()).toEqual({ kind: 'none' });
  });
});
