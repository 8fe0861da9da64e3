import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Clock,
  Housekeeping,
  LeaseRepository,
  OneTimeTokenRepository,
  OneTimeTokensService,
  Outbox,
  type Session,
  SessionRepository,
} from 'nestjs-latchkey';
import { InvitationModule, InvitationRepository, InvitationsService } from 'nestjs-latchkey/invitation';
import { actingAs, SettableClock } from 'nestjs-latchkey/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, startAuthApp } from './auth-app.js';
import { startTwoNodes } from './races/two-nodes.js';
import { describeEachDatabase } from './support/databases.js';

const DAY = 86_400_000;

/** A session that ended, or ends, at `end` by the column of that name. */
const sessionEnding = (ended: Partial<Pick<Session, 'idleExpiresAt' | 'absoluteExpiresAt' | 'revokedAt'>>): Session => ({
  id: randomBytes(16).toString('hex'),
  userId: 'somebody',
  delivery: 'bearer',
  remembered: false,
  credentialsVersion: 1,
  secretHash: null,
  seed: 'seed',
  generation: 1,
  rotatedAt: 0,
  keyId: 'k',
  amr: ['pwd'],
  authTime: 0,
  createdAt: 0,
  lastSeenAt: 0,
  idleExpiresAt: Date.now() + 30 * DAY,
  absoluteExpiresAt: Date.now() + 30 * DAY,
  ip: null,
  userAgent: null,
  revokedAt: null,
  ...ended,
});

describe('housekeeping', () => {
  const clock = new SettableClock();
  let app: AuthApp;
  beforeEach(async () => {
    app = await startAuthApp({ rooms: [InvitationModule.forRoot()], overrides: [{ provide: Clock, useValue: clock }] });
  });
  afterEach(() => app.close());

  it('removes one-time tokens and sessions that have expired, however many there are, and nothing else', async () => {
    const tokens = app.get(OneTimeTokensService);
    const issue = (ttl: number, subject: string) => tokens.issue({ purpose: 'test', subject, ttl });
    const selectors: string[] = [];
    for (let index = 0; index < 501; index++) selectors.push((await issue(60_000, `old-${index}`)).split('.')[0]!);
    const young = await issue(3 * 86_400_000, 'young');
    await app.givenUser('ada@example.com');
    const acting = await actingAs(app.nest, 'ada@example.com');
    await app.get(InvitationsService).invite(String(acting.user.id), { email: 'eve@example.com' });
    const [invitation] = await app.get(InvitationsService).list(String(acting.user.id));
    const ended = await actingAs(app.nest, 'ada@example.com');
    await app.get(SessionRepository).revoke(ended.sessionId, clock.now());

    clock.advance('25h');
    await app.get(Housekeeping).run();

    const repository = app.get(OneTimeTokenRepository);
    expect(await repository.find(selectors[0]!)).toBeNull();
    expect(await repository.find(selectors.at(-1)!)).toBeNull();
    await expect(tokens.inspect('test', young)).resolves.toMatchObject({ subject: 'young' });
    expect(await app.get(SessionRepository).findState(acting.sessionId)).not.toBeNull();
    expect(await app.get(SessionRepository).findState(ended.sessionId)).toBeNull();
    expect(await app.get(InvitationRepository).find(invitation!.id)).not.toBeNull();

    clock.advance('7d');
    await app.get(Housekeeping).run();
    expect(await app.get(InvitationRepository).find(invitation!.id)).toBeNull();
  });

  it('goes on with the rest when something cannot be removed, and does the tasks of rooms', async () => {
    const done: string[] = [];
    const housekeeping = app.get(Housekeeping);
    housekeeping.register('broken things', async () => {
      throw new Error('down');
    });
    housekeeping.register('things of a room', async () => done.push('cleaned') - 1);
    await housekeeping.run();

    expect(done).toEqual(['cleaned']);
  });

  it('does not keep an application from closing', async () => {
    let batches = 0;
    let rows = 0;
    app.get(Housekeeping).register('things without end', async (_, limit) => {
      batches += 1;
      rows += limit;
      return limit;
    });
    const report = app.get(Housekeeping).run();
    while (batches < 3) await pause(1);
    await app.close();
    const removed = rows;

    expect((await report).get('things without end')).toBe(removed);
  });
});

describeEachDatabase('housekeeping on several nodes', (kind) => {
  let two: Awaited<ReturnType<typeof startTwoNodes>>;
  let here: AuthApp;
  let there: AuthApp;
  beforeAll(async () => {
    two = await startTwoNodes(kind);
    [here, there] = two.nodes;
  }, 60_000);
  afterAll(() => two.close());

  it('says how many rows of what it has removed: sessions by each of their ends, mail by each outcome', async () => {
    const sessions = here.get(SessionRepository);
    const outbox = here.get(Outbox);
    const long = Date.now() - 3 * DAY;
    const old = [
      ...Array.from({ length: 210 }, () => sessionEnding({ idleExpiresAt: long })),
      sessionEnding({ absoluteExpiresAt: long }),
      sessionEnding({ revokedAt: long }),
    ];
    const young = [sessionEnding({}), sessionEnding({ revokedAt: Date.now() }), sessionEnding({ idleExpiresAt: Date.now() })];
    // Not all at once: they would wait for connections longer than a statement may.
    for (const session of [...old, ...young]) await sessions.insert(session);
    const kinds = ['letter'];
    for (const outcome of ['sent', 'discarded', 'dead', undefined] as const) {
      const id = randomBytes(11).toString('hex');
      await outbox.enqueue({ id, kind: 'letter', dedupKey: null, payload: 'x', createdAt: 1, availableAt: 1 });
      await outbox.claim({ worker: 'w', kinds, now: 2, until: 3, limit: 1 });
      if (outcome !== undefined) await outbox.finish(id, 'w', outcome, Date.now() - 8 * DAY);
    }

    const report = await here.get(Housekeeping).run();

    expect(report.get('sessions')).toBe(212);
    expect(report.get('finished mail')).toBe(3);
    for (const { id } of young) expect(await sessions.findState(id)).not.toBeNull();
    expect(await outbox.backlog()).toMatchObject({ pending: 1, dead: 0 });
  });

  it('is done by one of them at a time', async () => {
    const leases = there.get(LeaseRepository);
    await leases.take('housekeeping', 'another process', 60_000);
    expect(await here.get(Housekeeping).run()).toEqual(new Map());

    await leases.release('housekeeping', 'another process');
    expect((await here.get(Housekeeping).run()).has('sessions')).toBe(true);
  });

  it('keeps others away while it is at it, and no longer', async () => {
    let begun: () => void = () => undefined;
    let finish: () => void = () => undefined;
    const isAtIt = new Promise<void>((resolve) => (begun = resolve));
    const mayFinish = new Promise<void>((resolve) => (finish = resolve));
    here.get(Housekeeping).register('slow things', async () => {
      begun();
      await mayFinish;
      return 0;
    });
    const cleaning = here.get(Housekeeping).run();
    await isAtIt;
    expect(await there.get(LeaseRepository).take('housekeeping', 'another process', 60_000)).toBe(false);
    finish();
    await cleaning;

    expect((await there.get(Housekeeping).run()).has('sessions')).toBe(true);
  });

  it('is taken over from a process that died at it', async () => {
    // By the database's clock, which cannot be set.
    await there.get(LeaseRepository).take('housekeeping', 'a dead process', 200);
    await pause(300);

    expect((await here.get(Housekeeping).run()).has('sessions')).toBe(true);
  });
});
