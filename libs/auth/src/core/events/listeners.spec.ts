import { Injectable, type INestApplicationContext, Logger, Module, type Provider, Scope } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStorage } from '../../testing/memory-storage/memory-storage.module.js';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import type { AuthEvent } from './auth-event.js';
import { UserLockedEvent, UserSignedUpEvent } from './auth.events.js';
import { AuthEvents } from './auth-events.js';
import { OnAuthEvent } from './on-auth-event.decorator.js';

const NOW = 1_800_000_000_000;
const signedUp = () => new UserSignedUpEvent(NOW, { user: '7' }, { method: 'password' });
const locked = () => new UserLockedEvent(NOW, { user: '7' }, { reason: 'manual' });

class Log {
  readonly heard: string[] = [];
}

@Injectable()
class Listener {
  readonly name: string = 'listener';

  constructor(readonly log: Log) {}

  @OnAuthEvent('user.signedUp', 'user.locked')
  note({ type }: AuthEvent): void {
    this.log.heard.push(`${this.name} ${type}`);
  }

  helper(): void {
    this.log.heard.push('never');
  }
}

@Injectable()
class Heir extends Listener {
  override readonly name: string = 'heir';
}

/** Has its method as a property of its own, as whoever hands it on by itself does. */
@Injectable()
class Bound {
  constructor(readonly log: Log) {
    this.note = this.note.bind(this);
  }

  @OnAuthEvent('*')
  note({ type }: AuthEvent): void {
    this.log.heard.push(`bound ${type}`);
  }
}

@Injectable({ scope: Scope.REQUEST })
class OnePerRequest {
  @OnAuthEvent('*')
  note(): void {}
}

@Injectable({ scope: Scope.REQUEST })
class NoListener {
  note(): void {}
}

describe('listeners', () => {
  let app: INestApplicationContext | undefined;
  let errors: unknown[];
  let warnings: unknown[];

  beforeEach(() => {
    [errors, warnings] = [[], []];
    vi.spyOn(Logger.prototype, 'error').mockImplementation((...parts: unknown[]) => void errors.push(...parts));
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((...parts: unknown[]) => void warnings.push(...parts));
  });
  afterEach(async () => {
    vi.useRealTimers();
    await app?.close();
    app = undefined;
    vi.restoreAllMocks();
  });

  async function start(...providers: Provider[]): Promise<AuthEvents> {
    @Module({ imports: [DiscoveryModule, MemoryStorage.forRoot()], providers: [AuthEvents, Log, ...providers] })
    class HostModule {}
    app = await NestFactory.createApplicationContext(HostModule, { logger: false, abortOnError: false });
    return app.get(AuthEvents);
  }

  async function heardOf(...facts: AuthEvent[]): Promise<string[]> {
    const events = app!.get(AuthEvents);
    await events.record(...facts);
    await events.drain();
    return app!.get(Log).heard;
  }

  it('are the methods with the decorator, with their instance', async () => {
    await start(Listener);

    expect(await heardOf(signedUp(), locked())).toEqual(['listener user.signedUp', 'listener user.locked']);
    expect(errors).toEqual([]);
  });

  it('are inherited', async () => {
    await start(Heir);

    expect(await heardOf(locked())).toEqual(['heir user.locked']);
  });

  it('hear once, by however many tokens they are known', async () => {
    await start(Listener, { provide: 'ALIAS', useExisting: Listener });

    expect(await heardOf(locked())).toEqual(['listener user.locked']);
  });

  it('hear, too, where the instance has bound its method', async () => {
    await start(Bound);

    expect(await heardOf(locked())).toEqual(['bound user.locked']);
    expect(errors).toEqual([]);
  });

  it('are not looked for in what has no methods', async () => {
    const values = [undefined, null, 'text', 7, () => 'function', { valueOf: 'a property' }, Object.create(null) as object];
    await start(...values.map((useValue, at) => ({ provide: `VALUE_${at}`, useValue })), Listener);

    expect(await heardOf(locked())).toEqual(['listener user.locked']);
  });

  it('of which there is one per request stop the boot, by name; who does not listen may be as they like', async () => {
    const error: unknown = await start(OnePerRequest).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(AuthConfigurationError);
    expect((error as AuthConfigurationError).problems).toEqual([
      expect.objectContaining({ option: 'OnePerRequest', problem: expect.stringContaining('is a listener') }),
    ]);
    await expect(start(NoListener)).resolves.toBeInstanceOf(AuthEvents);
  });

  it('that fail are written of in the log, and keep nobody else from hearing', async () => {
    const events = await start(Listener);
    const heard: string[] = [];
    events.subscribe('user.locked', () => {
      throw new Error('never');
    });
    events.subscribe('user.locked', () => Promise.reject(new Error('no')));
    events.subscribe('user.locked', ({ type }) => heard.push(type));

    expect(await heardOf(locked())).toEqual(['listener user.locked']);
    expect(heard).toEqual(['user.locked']);
    expect(errors).toEqual([expect.stringMatching(/user\.locked.*never/), expect.stringMatching(/user\.locked.*no/)]);
  });

  it('stop hearing when they ask to, one subscription of the same function at a time', async () => {
    const events = await start();
    const heard: string[] = [];
    const listener = ({ type }: AuthEvent) => heard.push(type);
    const stop = events.subscribe('user.locked', listener);
    events.subscribe('user.locked', listener);
    await heardOf(locked());
    stop();
    stop();
    await heardOf(locked());

    expect(heard).toEqual(['user.locked', 'user.locked', 'user.locked']);
    expect(errors).toEqual([]);
  });

  it('are waited for when the application is closed', async () => {
    const events = await start();
    const heard: string[] = [];
    events.subscribe('user.locked', async ({ type }) => {
      await new Promise((resolve) => setImmediate(resolve));
      heard.push(type);
    });
    await events.record(locked());
    await app!.close();

    expect(heard).toEqual(['user.locked']);
    expect(warnings).toEqual([]);
  });

  it('that do not end hold nobody up for ever, and are counted in the log', async () => {
    const events = await start();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] });
    for (let time = 0; time < 2; time++) events.subscribe('user.locked', () => new Promise(() => undefined));
    await events.record(locked());
    let isClosed = false;
    const closed = events.onApplicationShutdown().then(() => (isClosed = true));

    await vi.advanceTimersByTimeAsync(4_900);
    expect(isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    await closed;
    expect(warnings).toEqual([expect.stringMatching(/^2 listeners/)]);
    // Nobody waits for them a second time.
    app = undefined;
  });
});
