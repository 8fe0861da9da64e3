import { setTimeout as pause } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import {
  type AuthEvent,
  AuthEvents,
  Clock,
  Housekeeping,
  KeyRotation,
  MailRejectedError,
  MailTransport,
  Outbox,
  OutboxDispatcher,
  UnitOfWork,
} from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeyRing } from '../../libs/auth/src/core/crypto/key-ring.js';
import { Sealer } from '../../libs/auth/src/core/crypto/sealer.js';
import { OUTBOX_PURPOSE } from '../../libs/auth/src/core/mail/outbox-purpose.js';
import { type AuthApp, type AuthAppOptions, SECRET, startAuthApp } from '../auth-app.js';
import { createDatabase, type DatabaseKind, describeEachDatabase, type SqlTestDatabase } from '../support/databases.js';
import { StatementCounter } from '../support/statement-counter.js';
import { News, NewsRoom, TestTransport } from './news-room.js';

const MINUTE = 60_000;
const NEXT_SECRET = 'Zb7KpW2xN9qL4vR8tJ6mC1sF5dH3gY0e-test-only';

const startWith = (transport: TestTransport, clock: Clock, options: AuthAppOptions): Promise<AuthApp> =>
  startAuthApp({
    rooms: [NewsRoom],
    logger: false,
    ...options,
    overrides: [
      { provide: MailTransport, useValue: transport },
      { provide: Clock, useValue: clock },
    ],
  });

/** One application, one dispatcher. */
const behaves = (kind: DatabaseKind): void => {
  const clock = new SettableClock();
  const counter = new StatementCounter();
  let transport: TestTransport;
  let app: AuthApp;
  let news: News;
  let events: AuthEvent[];
  const drain = (): Promise<void> => app.get(OutboxDispatcher).drain();
  const mailEvents = () => events.filter(({ type }) => type.startsWith('mail.')).map(({ type, data }) => ({ type, ...data }));
  /** Every row as it rests, or nothing in memory. */
  const rows = async (): Promise<Record<string, unknown>[]> =>
    kind === 'memory' ? [] : app.get(DataSource).query('SELECT * FROM auth_outbox');

  beforeAll(async () => {
    transport = new TestTransport();
    app = await startWith(transport, clock, { database: kind, typeOrm: { logger: counter } });
    news = app.get(News);
    app.get(AuthEvents).subscribe('*', (event) => void events.push(event));
  });
  afterAll(() => app.close());
  beforeEach(() => {
    events = [];
  });
  afterEach(async () => {
    transport.answer = () => undefined;
    news.whileComposing = () => undefined;
    // Whatever a test has left is sent, or given up.
    clock.advance('4d');
    await drain();
    await app
      .get(Outbox)
      .deleteFinished(Infinity, 10_000)
      .catch(() => undefined);
    if (kind !== 'memory') await app.get(DataSource).query('DELETE FROM auth_outbox');
    transport.sent.length = 0;
    transport.tried.length = 0;
    news.composed = 0;
  });

  it('sends what was queued, once, and erases it', async () => {
    await news.publish('ada@example.com', 'Lovelace');
    await drain();
    await drain();

    expect(transport.sent.map(({ to, subject }) => [to, subject])).toEqual([['ada@example.com', 'News: Lovelace']]);
    expect(mailEvents()).toEqual([
      { type: 'mail.queued', kind: 'news' },
      { type: 'mail.sent', kind: 'news', attempts: 1 },
    ]);
    for (const row of await rows()) expect(row).toMatchObject({ status: 'sent', payload: null, claimed_by: null });
    expect(await app.get(Outbox).backlog()).toMatchObject({ pending: 0, dead: 0 });
  });

  it('sends nothing of a unit that is rolled back', async () => {
    await expect(news.publish('ada@example.com', 'Hello', { fails: true })).rejects.toThrow('rolled back');
    await drain();

    expect(transport.tried).toEqual([]);
    expect(mailEvents()).toEqual([]);
  });

  it('sends one of several with one key', async () => {
    await Promise.all(Array.from({ length: 5 }, () => news.publish('ada@example.com', 'Hello', { dedupKey: 'issue-1' })));
    await drain();
    await news.publish('ada@example.com', 'Hello', { dedupKey: 'issue-1' });
    await news.publish('ada@example.com', 'Hello', { dedupKey: 'issue-2' });
    await drain();

    expect(transport.sent).toHaveLength(2);
  });

  it('costs the same statements for an account and for a ghost, who gets nothing', async () => {
    const costOf = async (email: string): Promise<string[]> => {
      transport.answer = () => undefined;
      await drain();
      const before = counter.take().length;
      expect(before).toBeGreaterThanOrEqual(0);
      let statements: string[] = [];
      // Up to the commit: composing is later and nobody waits for it.
      news.whileComposing = () => void (statements = statements.length > 0 ? statements : counter.take());
      await news.publish(email);
      await drain();
      return statements.filter((sql) => sql.startsWith('INSERT'));
    };
    const [account, ghost] = [await costOf('ada@example.com'), await costOf('ghost@example.com')];

    expect(ghost).toEqual(account);
    if (kind !== 'memory') expect(ghost).toHaveLength(1);
    expect(transport.tried.map(({ to }) => to)).toEqual(['ada@example.com']);
    expect(events.filter(({ type }) => type === 'mail.sent')).toHaveLength(1);
  });

  it('rests sealed: neither job nor mail can be read in the table', async () => {
    transport.answer = () => new Error('down');
    await news.publish('ada@example.com', 'Lovelace', { dedupKey: 'secret-key' });
    await drain();
    const [row] = await rows();
    const link = /#(\w+)/.exec(transport.tried[0]!.text)![1]!;

    if (kind !== 'memory') expect(row).toMatchObject({ status: 'pending', kind: 'news', payload: expect.stringMatching(/^v1\./) });
    const dump = JSON.stringify(await rows());
    for (const secret of ['ada@', 'example.com', 'Lovelace', link, 'secret-key']) expect(dump).not.toContain(secret);
  });

  it('tries again the same message, composed once, at growing intervals, and then it is dead and erased', async () => {
    transport.answer = () => new Error('down');
    await news.publish('ada@example.com');
    const pauses: number[] = [];
    await drain();
    while ((await app.get(Outbox).backlog()).pending > 0) {
      const tried = transport.tried.length;
      const since = clock.now();
      while (transport.tried.length === tried) {
        clock.advance(Math.max(1, Math.floor((pauses.at(-1) ?? 0) / 8_000)));
        await drain();
      }
      pauses.push(clock.now() - since);
    }

    expect(transport.tried).toHaveLength(17);
    expect(new Set(transport.tried.map((mail) => JSON.stringify(mail))).size).toBe(1);
    expect(news.composed).toBe(1);
    expect(pauses[0]).toBeGreaterThanOrEqual(4_000);
    expect(pauses[0]).toBeLessThan(7_000);
    for (let index = 1; index < 10; index += 1) expect(pauses[index]! / pauses[index - 1]!).toBeGreaterThan(1.1);
    expect(Math.max(...pauses)).toBeLessThan(5.5 * 60 * MINUTE);
    const total = pauses.reduce((sum, one) => sum + one, 0);
    expect(total).toBeGreaterThan(16 * 60 * MINUTE);
    expect(mailEvents()).toEqual([
      { type: 'mail.queued', kind: 'news' },
      { type: 'mail.failed', kind: 'news', attempts: 1, dead: false, reason: 'failed' },
      { type: 'mail.failed', kind: 'news', attempts: 17, dead: true, reason: 'failed' },
    ]);
    for (const row of await rows()) expect(row).toMatchObject({ status: 'dead', payload: null });
  });

  it('delivers after an outage what was queued during it', async () => {
    transport.answer = () => new Error('down');
    await Promise.all(Array.from({ length: 40 }, (_, index) => news.publish(`u${index}@example.com`)));
    await drain();
    expect(transport.sent).toEqual([]);
    transport.answer = () => undefined;
    clock.advance('10s');
    await drain();

    expect(new Set(transport.sent.map(({ to }) => to)).size).toBe(40);
    expect(transport.sent).toHaveLength(40);
  });

  it('gives up at once what the next hop refuses for good', async () => {
    transport.answer = () => new MailRejectedError('no such mailbox');
    await news.publish('ada@example.com');
    await drain();
    clock.advance('1d');
    await drain();

    expect(transport.tried).toHaveLength(1);
    expect(mailEvents().at(-1)).toEqual({ type: 'mail.failed', kind: 'news', attempts: 1, dead: true, reason: 'rejected' });
  });

  describe('when the process does not know the secret that sealed a message', () => {
    const rotate = (...secrets: string[]): void => app.get(KeyRotation).replaceSecrets(secrets);
    afterEach(() => rotate(SECRET));

    it('keeps it, and sends it once the secret is in the ring', async () => {
      await news.publish('ada@example.com');
      rotate(NEXT_SECRET);
      await drain();

      expect(transport.tried).toEqual([]);
      expect(await app.get(Outbox).backlog()).toMatchObject({ pending: 1, dead: 0 });
      const failed = { type: 'mail.failed', kind: 'news', attempts: 1, dead: false, reason: 'key_missing' };
      expect(mailEvents().at(-1)).toEqual(failed);

      rotate(NEXT_SECRET, SECRET);
      clock.advance('10s');
      await drain();
      expect(transport.sent.map(({ to }) => to)).toEqual(['ada@example.com']);
      expect(mailEvents().at(-1)).toEqual({ type: 'mail.sent', kind: 'news', attempts: 2 });
    });

    it('gives it up like any other when the secret never comes, and sends the rest meanwhile', async () => {
      await news.publish('ada@example.com');
      rotate(NEXT_SECRET);
      await drain();
      await news.publish('grace@example.com');
      for (let attempt = 1; attempt <= 17; attempt += 1) {
        await drain();
        clock.advance('5h');
      }

      expect(transport.sent.map(({ to }) => to)).toEqual(['grace@example.com']);
      expect(mailEvents().at(-1)).toEqual({ type: 'mail.failed', kind: 'news', attempts: 17, dead: true, reason: 'key_missing' });
      expect(await app.get(Outbox).backlog()).toMatchObject({ pending: 0 });
    });

    it('discards what was altered under a secret that is known', async () => {
      const now = clock.now();
      const payload = new Sealer(app.get(KeyRing), OUTBOX_PURPOSE).seal('{}', 'another-row');
      await app
        .get(Outbox)
        .enqueue({ id: 'an-altered-row', kind: 'news', dedupKey: null, payload, createdAt: now, availableAt: now });
      await drain();

      expect(transport.tried).toEqual([]);
      expect(mailEvents()).toEqual([]);
      expect(await app.get(Outbox).backlog()).toMatchObject({ pending: 0, dead: 0 });
    });
  });

  it('never hands over a message that would go to two, and gives it up', async () => {
    await news.publish('ada@example.com, mallory@example.com');
    await news.publish('ada@example.com\r\nBcc: mallory@example.com');
    await drain();

    expect(transport.tried).toEqual([]);
    expect(events.filter(({ type, data }) => type === 'mail.failed' && (data as { dead: boolean }).dead)).toHaveLength(2);
  });

  it('composes again when composing has failed, and nothing of the failed attempt remains', async () => {
    let failures = 2;
    news.whileComposing = () => {
      if (failures-- > 0) throw new Error('the store is away');
    };
    await news.publish('ada@example.com');
    for (let round = 0; round < 3; round += 1) {
      await drain();
      clock.advance('1m');
    }

    expect(transport.sent).toHaveLength(1);
    expect(news.composed).toBe(3);
  });

  it('sends what a dead process has held, once its claim is over', async () => {
    const outbox = app.get(Outbox);
    // A process that claims and is killed: before any other can see the message.
    const [held] = await app.get(UnitOfWork).run(async () => {
      await news.publish('ada@example.com');
      const now = clock.now();
      return outbox.claim({ worker: 'dead', kinds: ['news'], now, until: now + MINUTE, limit: 10 });
    });
    expect(held?.attempts).toBe(1);
    clock.advance('59s');
    await drain();
    expect(transport.sent).toEqual([]);
    clock.advance('1s');
    await drain();

    expect(transport.sent).toHaveLength(1);
    expect(await outbox.finish(held!.id, 'dead', 'sent', clock.now())).toBe(false);
  });

  it('leaves alone kinds that another version of the application composes', async () => {
    const now = clock.now();
    await app
      .get(Outbox)
      .enqueue({ id: 'of-a-newer-release', kind: 'letter', dedupKey: null, payload: 'x', createdAt: now, availableAt: now });
    await drain();

    expect(await app.get(Outbox).backlog()).toMatchObject({ pending: 1, dead: 0 });
  });

  it('removes after a week what is finished', async () => {
    await news.publish('ada@example.com', 'Hello', { dedupKey: 'weekly' });
    await drain();
    clock.advance('6d');
    await news.publish('ada@example.com', 'Hello', { dedupKey: 'weekly' });
    await drain();
    expect(transport.sent).toHaveLength(1);
    clock.advance('26h');
    expect((await app.get(Housekeeping).run()).get('finished mail')).toBe(1);
    await news.publish('ada@example.com', 'Hello', { dedupKey: 'weekly' });
    await drain();

    expect(transport.sent).toHaveLength(2);
  });
};

describe('the outbox in memory', () => behaves('memory'));
describeEachDatabase('the outbox', behaves);

describeEachDatabase('two dispatchers', (kind) => {
  let store: SqlTestDatabase;
  let clock: SettableClock;
  let apps: AuthApp[];
  const transport = new TestTransport();

  beforeAll(async () => {
    store = await createDatabase(kind);
    clock = new SettableClock();
    const one = await startWith(transport, clock, { store });
    apps = [one, await startWith(transport, clock, { store })];
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await store.drop();
  });
  beforeEach(() => {
    transport.answer = () => undefined;
    transport.tried.length = 0;
    transport.sent.length = 0;
  });

  it('send each of 300 messages once', { timeout: 60_000 }, async () => {
    const addresses = Array.from({ length: 300 }, (_, index) => `reader${index}@example.com`);
    transport.answer = () => pause(Math.random() * 5);
    // All are there before anybody looks, so that both look at the same ones.
    const deaf = apps.map((app) => vi.spyOn(app.get(OutboxDispatcher), 'wake').mockImplementation(() => undefined));
    for (let batch = 0; batch < addresses.length; batch += 20) {
      await Promise.all(addresses.slice(batch, batch + 20).map((email, index) => apps[index % 2]!.get(News).publish(email)));
    }
    for (const spy of deaf) spy.mockRestore();
    await Promise.all(apps.map((app) => app.get(OutboxDispatcher).drain()));
    await vi.waitFor(() => expect(transport.sent.length).toBeGreaterThanOrEqual(300), { timeout: 20_000 });
    await Promise.all(apps.map((app) => app.get(OutboxDispatcher).drain()));

    expect(transport.tried.map(({ to }) => to).toSorted()).toEqual(addresses.toSorted());
    // Both had their share.
    expect(Math.min(...apps.map((app) => app.get(News).composed))).toBeGreaterThan(0);
  });

  // On SQLite a unit is alone on the database, so that nobody else can take the message meanwhile.
  if (kind !== 'sqlite') {
    it('undo what was composed for a message that another has taken over', async () => {
      const [slow, quick] = [apps[0]!, apps[1]!];
      let release!: () => void;
      const held = new Promise<void>((resolve) => (release = resolve));
      const begun = new Promise<void>((resolve) => {
        slow.get(News).whileComposing = () => {
          resolve();
          return held;
        };
      });
      transport.answer = () => undefined;
      quick.get(News).whileComposing = () => undefined;
      // Written past the wake-up of the other.
      await slow.get(News).publish('ada@example.com');
      const stuck = slow.get(OutboxDispatcher).drain();
      await begun;
      clock.advance('61s');
      await quick.get(OutboxDispatcher).drain();
      expect(transport.sent).toHaveLength(1);
      release();
      await stuck;
      slow.get(News).whileComposing = () => undefined;
      await Promise.all(apps.map((app) => app.get(OutboxDispatcher).drain()));

      expect(transport.tried).toHaveLength(1);
    });
  }

  it('need no wake-up from the process that has queued', async () => {
    const outbox = apps[0]!.get(OutboxDispatcher);
    const deaf = vi.spyOn(outbox, 'wake').mockImplementation(() => undefined);
    await apps[0]!.get(News).publish('ada@example.com');
    await vi.waitFor(() => expect(transport.sent).toHaveLength(1), { timeout: 3_000 });
    deaf.mockRestore();

    expect(transport.sent[0]!.to).toBe('ada@example.com');
  });
});

describe('an application that closes', () => {
  it('does not wait longer than five seconds for a server that hangs, and leaves nothing behind', { timeout: 20_000 }, async () => {
    const store = await createDatabase('sqlite');
    const hanging = new TestTransport();
    const clock = new SettableClock();
    hanging.answer = () => new Promise(() => undefined);
    const first = await startWith(hanging, clock, { store });
    await first.get(News).publish('ada@example.com');
    await vi.waitFor(() => expect(hanging.tried).toHaveLength(1));
    const start = performance.now();
    await first.close();
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(4_500);
    expect(took).toBeLessThan(8_000);

    const transport = new TestTransport();
    const second = await startWith(transport, clock, { store });
    clock.advance('61s');
    await second.get(OutboxDispatcher).drain();
    expect(transport.sent.map(({ id, text }) => [id, text])).toEqual(hanging.tried.map(({ id, text }) => [id, text]));
    await second.close();
    await store.drop();
  });
});
