import { Controller, Injectable, Logger, Module, Scope, type Type } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryAuditLog } from '../../testing/memory-storage/memory-audit-log.js';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryUnitOfWork } from '../../testing/memory-storage/memory-unit-of-work.js';
import { AuditLog } from '../ports/audit-log.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import { AuthEvent } from './auth-event.js';
import { AuthEvents } from './auth-events.js';
import { OnAuthEvent } from './on-auth-event.decorator.js';

const NOW = 1_800_000_000_000;
const CLIENT = { ip: '203.0.113.7', userAgent: 'Browser/1', requestId: 'r-1' };

class Opened extends AuthEvent<{ door: string }> {
  static override readonly type = 'door.opened';
}
class Rattled extends AuthEvent<{ door: string }> {
  static override readonly type = 'door.rattled';
  static override readonly audited = false;
}
const opened = (door = 'front') => new Opened(NOW, { user: 'u-1', sessionId: 's-1', client: CLIENT }, { door });
const rattled = () => new Rattled(NOW, {}, { door: 'front' });

const heard: string[] = [];
afterEach(() => {
  heard.length = 0;
  vi.restoreAllMocks();
});

/** A small application with these providers; closed by the caller. */
async function startApplication(providers: readonly object[] = [], controllers: readonly Type[] = []) {
  const database = new MemoryDatabase();
  const audit = new MemoryAuditLog(database);
  const units = new MemoryUnitOfWork(database);
  @Module({
    imports: [DiscoveryModule],
    providers: [
      AuthEvents,
      { provide: AuditLog, useValue: audit },
      { provide: UnitOfWork, useValue: units },
      ...(providers as Type[]),
    ],
    controllers: [...controllers],
  })
  class DoorModule {}
  const app = await NestFactory.createApplicationContext(DoorModule, { logger: false, abortOnError: false });
  return { app, audit, units, events: app.get(AuthEvents), close: () => app.close() };
}

@Injectable()
class Porter {
  private readonly name = 'porter';
  @OnAuthEvent('door.opened', 'door.rattled')
  hear({ type }: AuthEvent): void {
    heard.push(`${this.name} ${type}`);
  }
  deaf(): void {
    heard.push('deaf');
  }
}

describe('listeners', () => {
  it('are methods of providers and controllers, with their instance', async () => {
    @Controller()
    class Doors {
      @OnAuthEvent('*')
      all({ type }: AuthEvent): void {
        heard.push(`controller ${type}`);
      }
    }
    const { events, close } = await startApplication([Porter], [Doors]);
    await events.record(opened(), rattled());
    await events.drain();
    expect(heard).toEqual(['porter door.opened', 'controller door.opened', 'porter door.rattled', 'controller door.rattled']);
    await close();
  });

  it('hear once what their class is known for by two names', async () => {
    const { events, close } = await startApplication([Porter, { provide: 'ALIAS', useExisting: Porter }]);
    await events.record(opened());
    await events.drain();
    expect(heard).toEqual(['porter door.opened']);
    await close();
  });

  it('are looked for in no value that is not made by a class', async () => {
    const values = [
      { hear: () => heard.push('plain') },
      Object.create(null) as object,
      'text',
      7,
      null,
      () => heard.push('function'),
    ];
    const { events, close } = await startApplication(values.map((useValue, at) => ({ provide: `VALUE_${at}`, useValue })));
    await events.record(opened());
    await events.drain();
    expect(heard).toEqual([]);
    await close();
  });

  it.each([Scope.REQUEST, Scope.TRANSIENT])('have to be one for all (scope %i)', async (scope) => {
    @Injectable({ scope })
    class Many extends Porter {}
    const refused = startApplication([Many]);
    await expect(refused).rejects.toMatchObject({
      problems: [
        {
          option: 'Many',
          problem: expect.stringContaining('a listener') as string,
          remedy: expect.stringMatching(/scope/) as string,
        },
      ],
    });
  });

  it('need not be one for all when they listen to nothing', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Each {
      hear(): void {}
    }
    const { close } = await startApplication([Each]);
    await expect(close()).resolves.toBeUndefined();
  });

  it('hear of nothing that was not committed, and of all that was', async () => {
    const { events, units, audit, close } = await startApplication([Porter]);
    const work = units.run(async () => {
      await events.record(opened());
      throw new Error('undone');
    });
    await expect(work).rejects.toThrow('undone');
    await events.drain();
    expect(heard).toEqual([]);
    expect(await audit.find({ limit: 10 })).toEqual([]);
    await units.run(async () => {
      await events.record(opened());
      expect(heard).toEqual([]);
    });
    await events.drain();
    expect(heard).toEqual(['porter door.opened']);
    await close();
  });

  it('disturb neither the fact nor each other when they fail', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const { events, close } = await startApplication([Porter]);
    events.subscribe('door.opened', () => {
      throw new Error('broken bell');
    });
    events.subscribe('door.opened', () => Promise.reject(new Error('slow bell')));
    await expect(events.record(opened())).resolves.toBeUndefined();
    await events.drain();
    expect(heard).toEqual(['porter door.opened']);
    expect(logged.mock.calls.map(([text]) => String(text)).toSorted()).toEqual([
      'A listener of door.opened failed: broken bell',
      'A listener of door.opened failed: slow bell',
    ]);
    await close();
  });

  it('stop listening one by one', async () => {
    const { events, close } = await startApplication();
    const listener = () => void heard.push('heard');
    const stop = events.subscribe('door.opened', listener);
    events.subscribe('door.opened', listener);
    stop();
    stop();
    await events.record(opened());
    await events.drain();
    expect(heard).toEqual(['heard']);
    await close();
  });

  it('are waited for when the application closes', async () => {
    const { events, close } = await startApplication();
    events.subscribe('*', async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      heard.push('done');
    });
    await events.record(opened());
    expect(heard).toEqual([]);
    await close();
    expect(heard).toEqual(['done']);
  });

  it('are not waited for without end', async () => {
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const { events, app } = await startApplication();
    events.subscribe('*', () => new Promise(() => undefined));
    await events.record(opened());
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const closed = app.close();
      await vi.advanceTimersByTimeAsync(5_000);
      await closed;
    } finally {
      vi.useRealTimers();
    }
    expect(warned.mock.calls.map(String)).toEqual([expect.stringMatching(/^1 listeners were still running/)]);
  });
});

describe('the record of events', () => {
  it('is the audit log, for those that are audited', async () => {
    const { events, audit, close } = await startApplication();
    const append = vi.spyOn(audit, 'append');
    await events.record(opened('back'), rattled());
    expect(append.mock.calls).toEqual([
      [[{ event: 'door.opened', at: NOW, userId: 'u-1', sessionId: 's-1', ...CLIENT, data: { door: 'back' } }]],
    ]);
    await events.record(rattled());
    expect(append).toHaveBeenCalledTimes(1);
    await close();
  });

  it('asks for no effect of a commit where nobody listens', async () => {
    const { events, units, close } = await startApplication();
    const afterCommit = vi.spyOn(units, 'afterCommit');
    await events.record(opened());
    expect(afterCommit).not.toHaveBeenCalled();
    events.subscribe('*', () => undefined);
    await events.record(opened());
    expect(afterCommit).toHaveBeenCalledTimes(1);
    await close();
  });

  it('has the rows of rooms in the same unit, one after the other', async () => {
    const { events, units, audit, close } = await startApplication();
    const run = vi.spyOn(units, 'run');
    await events.record(opened());
    expect(run).not.toHaveBeenCalled();
    events.recordWith('door.opened', async (event) => void heard.push(`first ${(event as Opened).data.door}`));
    events.recordWith('door.opened', async () => void heard.push(`second, of ${(await audit.find({ limit: 10 })).length} rows`));
    await events.record(opened(), rattled());
    expect(heard).toEqual(['first front', 'second, of 2 rows']);
    expect(run).toHaveBeenCalledTimes(1);
    await close();
  });

  it('is undone with what a room could not write', async () => {
    const { events, audit, close } = await startApplication([Porter]);
    events.recordWith('door.opened', () => Promise.reject(new Error('no mail')));
    await expect(events.record(opened())).rejects.toThrow('no mail');
    await events.drain();
    expect(await audit.find({ limit: 10 })).toEqual([]);
    expect(heard).toEqual([]);
    await close();
  });
});

describe('an event', () => {
  it.each([
    ['by id', 'u-1', 'u-1'],
    ['as an account', { id: 'u-1' }, 'u-1'],
    ['as an account with a number', { id: 7 as unknown as string }, '7'],
    ['not at all', undefined, null],
    ['as nobody', null, null],
  ])('names its user %s', (_, user, userId) => {
    expect(new Opened(NOW, { user }, { door: 'front' }).userId).toBe(userId);
  });

  it('knows nothing of a client unless it is told', () => {
    expect({ ...new Opened(NOW, {}, { door: 'front' }) }).toEqual({
      at: NOW,
      data: { door: 'front' },
      userId: null,
      sessionId: null,
      ip: null,
      userAgent: null,
      requestId: null,
    });
  });

  it('has the name of its class, and never the device', () => {
    const event = new Opened(NOW, { client: { ...CLIENT, device: 'd-1' } }, { door: 'front' });
    expect(event.type).toBe('door.opened');
    expect(event).toMatchObject(CLIENT);
    expect(JSON.stringify(event)).not.toContain('d-1');
  });
});
