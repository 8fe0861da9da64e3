import { Injectable } from '@nestjs/common';
import {
  type AuthEvent,
  AuthEvents,
  MfaRequiredException,
  OnAuthEvent,
  type SignInPolicy,
  type UserSignedUpEvent,
  UserRepository,
  UseSignInPolicy,
} from 'nestjs-latchkey';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AuthApp, PASSWORD, startAuthApp } from './auth-app.js';

@Injectable()
class Newsletter {
  readonly seen: (boolean | string)[] = [];

  constructor(private readonly users: UserRepository) {}

  @OnAuthEvent('user.signedUp')
  async greet({ userId }: UserSignedUpEvent): Promise<void> {
    this.seen.push((await this.users.findById(userId!)) !== null);
  }

  @OnAuthEvent('session.created', 'session.revoked')
  note({ type }: AuthEvent): void {
    this.seen.push(type);
  }
}

@Injectable()
class Grumbler {
  heard = 0;

  @OnAuthEvent('*')
  async grumble(): Promise<void> {
    this.heard++;
    throw new Error('no');
  }

  @OnAuthEvent('session.created')
  explode(): void {
    throw new Error('never');
  }

  @OnAuthEvent('user.signedUp')
  dawdle(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

@Injectable()
@UseSignInPolicy()
class Doorman implements SignInPolicy {
  shut = false;

  beforeSession(): void {
    if (this.shut) throw new MfaRequiredException();
  }
}

const ALIAS = Symbol('ALIAS');

describe('listeners', () => {
  let app: AuthApp;
  let events: AuthEvent[];
  beforeEach(async () => {
    app = await startAuthApp({
      providers: [Newsletter, Grumbler, Doorman, { provide: ALIAS, useExisting: Newsletter }],
      logger: false,
    });
    events = [];
    app.get(AuthEvents).subscribe('*', (event) => events.push(event));
  });
  afterEach(() => app.close());

  const drained = () => app.get(AuthEvents).drain();

  it('hear of what is committed, once', async () => {
    await app.givenUser('ada@example.com');
    await drained();

    expect(app.get(Newsletter).seen.toSorted()).toEqual(['session.created', true]);
  });

  it('hear nothing of what was rolled back', async () => {
    await app.givenUser('ada@example.com');
    await drained();
    app.get(Newsletter).seen.length = 0;
    events.length = 0;
    app.get(Doorman).shut = true;
    await app.signIn('ada@example.com').expect(403);
    await app.signUp('bob@example.com').expect(403);
    await drained();

    expect(app.get(Newsletter).seen).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(['signIn.vetoed', 'signIn.vetoed']);
  });

  it('can neither fail a request nor hold it up, nor keep each other from hearing', async () => {
    const begun = performance.now();
    await app.signUp('ada@example.com').expect(201);
    expect(performance.now() - begun).toBeLessThan(900);
    await drained();

    expect(performance.now() - begun).toBeGreaterThan(900);
    expect(app.get(Grumbler).heard).toBe(3);
    expect(events).toHaveLength(3);
  });

  it('are waited for when the application is closed', async () => {
    await app.signUp('ada@example.com').expect(201);
    const begun = performance.now();
    const newsletter = app.get(Newsletter);
    await app.close();

    expect(newsletter.seen).toContain(true);
    expect(performance.now() - begun).toBeGreaterThan(150);
    app = await startAuthApp();
  });

  it('are not waited for for ever', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      app.get(AuthEvents).subscribe('signIn.failed', () => new Promise(() => undefined));
      await app.signIn('nobody@example.com').expect(401);
      const closed = app.close();
      const patience = setInterval(() => vi.advanceTimersByTime(1_000), 10);
      await expect(closed).resolves.toBeUndefined();
      clearInterval(patience);
    } finally {
      vi.useRealTimers();
    }
    app = await startAuthApp();
  });

  it('stop hearing when they ask to, and stop nobody else', async () => {
    const heard: string[] = [];
    const bus = app.get(AuthEvents);
    const stop = bus.subscribe('user.signedUp', () => heard.push('one'));
    bus.subscribe('user.signedUp', () => heard.push('two'));
    stop();
    stop();
    await app.givenUser('ada@example.com');
    await drained();

    expect(heard).toEqual(['two']);
  });

  it('are told who, when, from where and in which request', async () => {
    const { body } = await app.signUp('ada@example.com').set({ 'User-Agent': 'a browser', 'X-Request-Id': 'r-1' }).expect(201);
    await drained();

    const created = events.find(({ type }) => type === 'session.created')!;
    expect(created).toMatchObject({
      userId: String(body.user.id),
      sessionId: body.refreshToken.split('.')[0],
      ip: '127.0.0.1',
      userAgent: 'a browser',
      requestId: 'r-1',
      data: { delivery: 'bearer', remembered: false, amr: ['pwd'] },
    });
    expect(Math.abs(created.at - Date.now())).toBeLessThan(60_000);
  });

  it('hear of every act', async () => {
    const { body } = await app.signUp('ada@example.com');
    const bearer = { Authorization: `Bearer ${body.accessToken}` };
    await app.signIn('ada@example.com');
    await app.signIn('ada@example.com', 'a guess');
    await app.refresh(body.refreshToken);
    await app.http().delete('/auth/sessions').set(bearer);
    const change = { currentPassword: PASSWORD, newPassword: 'a wholly different sentence' };
    const changed = await app.http().post('/auth/password/change').set(bearer).send(change);
    await app.http().delete('/auth/me').set('Authorization', `Bearer ${changed.body.accessToken}`).expect(204);
    await drained();

    expect(events.map(({ type }) => type)).toEqual([
      ...['user.signedUp', 'signIn.succeeded', 'session.created'],
      ...['signIn.succeeded', 'session.created'],
      'signIn.failed',
      'session.refreshed',
      'session.revoked',
      'user.passwordChanged',
      ...['session.revoked', 'user.deleted'],
    ]);
  });
});
