import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryAuditLog } from '../../testing/memory-storage/memory-audit-log.js';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryUnitOfWork } from '../../testing/memory-storage/memory-unit-of-work.js';
import type { AuditEntry } from '../ports/audit-log.js';
import type { AuthEvent } from './auth-event.js';
import { MailSentEvent, SessionRefreshedEvent, UserLockedEvent, UserSignedUpEvent } from './auth.events.js';
import { AuthEvents } from './auth-events.js';

const NOW = 1_800_000_000_000;
const CLIENT = { ip: '203.0.113.7', userAgent: 'a browser', requestId: 'r-1' };

const signedUp = (user = '7') => new UserSignedUpEvent(NOW, { user, sessionId: 's1', client: CLIENT }, { method: 'password' });
const locked = () => new UserLockedEvent(NOW, { user: '7' }, { reason: 'manual' });
const refreshed = () => new SessionRefreshedEvent(NOW, { user: '7', sessionId: 's1' }, { generation: 2 });
const mailed = () => new MailSentEvent(NOW, {}, { kind: 'notice', attempts: 1 });

/** Counts its statements. */
class CountedAuditLog extends MemoryAuditLog {
  statements = 0;

  override append(entries: readonly AuditEntry[]): Promise<void> {
    this.statements++;
    return super.append(entries);
  }
}

describe('a fact that is recorded', () => {
  let audit: CountedAuditLog;
  let units: MemoryUnitOfWork;
  let events: AuthEvents;
  let heard: string[];

  beforeEach(() => {
    const database = new MemoryDatabase();
    audit = new CountedAuditLog(database);
    units = new MemoryUnitOfWork(database);
    const nothing = {} as never;
    events = new AuthEvents(audit, units, nothing, nothing, nothing);
    heard = [];
  });

  const rows = () => audit.find({ limit: 10 });
  const note = ({ type }: AuthEvent) => void heard.push(type);

  it('is a row of the audit log with who, which session, whence, when and what', async () => {
    await events.record(signedUp());

    expect(await rows()).toEqual([
      {
        id: expect.any(String),
        event: 'user.signedUp',
        at: NOW,
        userId: '7',
        sessionId: 's1',
        ...CLIENT,
        data: { method: 'password' },
      },
    ]);
  });

  it('takes one statement with others, and none when nobody audits it', async () => {
    await events.record(signedUp(), refreshed(), locked());
    expect((await rows()).map(({ event }) => event)).toEqual(['user.locked', 'user.signedUp']);
    expect(audit.statements).toBe(1);

    await events.record(refreshed());
    await events.record();
    expect(audit.statements).toBe(1);
  });

  it('is told to who listens to it and to who listens to everything, audited or not', async () => {
    events.subscribe('session.refreshed', ({ type }) => heard.push(`one ${type}`));
    events.subscribe('*', ({ type }) => heard.push(`all ${type}`));
    await events.record(refreshed(), mailed());
    await events.drain();

    expect(heard).toEqual(['one session.refreshed', 'all session.refreshed', 'all mail.sent']);
  });

  it('is told once the unit of work has committed, and not before', async () => {
    events.subscribe('user.signedUp', note);
    await units.run(async () => {
      await events.record(signedUp());
      await events.drain();
      expect(heard).toEqual([]);
    });
    await events.drain();

    expect(heard).toEqual(['user.signedUp']);
  });

  it('never happened when the unit of work is rolled back', async () => {
    events.subscribe('*', note);
    const unit = units.run(async () => {
      await events.record(signedUp());
      throw new TypeError('broken');
    });
    await expect(unit).rejects.toThrow('broken');
    await events.drain();

    expect([heard, await rows()]).toEqual([[], []]);
  });

  describe('with what a room writes of it', () => {
    it('is handed to every recorder of its type, in their order and after the audit row', async () => {
      const seen: unknown[] = [];
      const recorder = (name: string) => async (event: AuthEvent) =>
        void seen.push([name, event.userId, (await rows()).length, heard.length]);
      events.recordWith('user.signedUp', recorder('first'));
      events.recordWith('user.signedUp', recorder('second'));
      events.recordWith('user.locked', recorder('other'));
      events.subscribe('*', note);
      await events.record(signedUp('7'), refreshed(), signedUp('8'));
      await events.drain();

      expect(seen).toEqual([
        ['first', '7', 2, 0],
        ['second', '7', 2, 0],
        ['first', '8', 2, 0],
        ['second', '8', 2, 0],
      ]);
      expect(heard).toEqual(['user.signedUp', 'session.refreshed', 'user.signedUp']);
    });

    it('is one unit of work with it', async () => {
      const together: boolean[] = [];
      events.recordWith('user.signedUp', async () => void together.push(isInUnit()));
      await events.record(signedUp());

      expect(together).toEqual([true]);
    });

    it('is undone by what the recorder throws', async () => {
      events.subscribe('*', note);
      events.recordWith('user.signedUp', () => Promise.reject(new TypeError('no such table')));

      await expect(events.record(locked(), signedUp())).rejects.toThrow('no such table');
      await events.drain();
      expect([heard, await rows()]).toEqual([[], []]);
      await events.record(locked());
      expect(await rows()).toHaveLength(1);
    });

    /** Whether effects wait for a commit here. */
    function isInUnit(): boolean {
      let happened = false;
      units.afterCommit(() => (happened = true));
      return !happened;
    }
  });

  it('opens no unit of work of its own where no room writes anything', async () => {
    let opened = 0;
    const run = units.run.bind(units);
    units.run = (work) => {
      opened++;
      return run(work);
    };
    await events.record(signedUp());
    expect(opened).toBe(0);

    events.recordWith('user.signedUp', async () => undefined);
    await events.record(signedUp());
    expect(opened).toBe(1);
  });
});
