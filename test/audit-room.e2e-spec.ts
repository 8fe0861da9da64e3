import { type LoggerService } from '@nestjs/common';
import { AuditLog, AuthEvents, Clock, Housekeeping, SignInService } from 'nestjs-latchkey';
import { AuditModule, type AuditModuleOptions, AuditService } from 'nestjs-latchkey/audit';
import { RolesModule, RolesService } from 'nestjs-latchkey/roles';
import { SettableClock } from 'nestjs-latchkey/testing';
import { AccessDenials } from '../libs/auth/src/core/access/access-denials.js';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, type Session, startAuthApp } from './auth-app.js';
import { describeEachDatabase } from './support/databases.js';

interface Page {
  entries: { id: string; event: string; at: string; userId: string | null; data: object }[];
  next: string | null;
}

const ROLES = RolesModule.forRoot({ roles: { auditor: ['audit.read'], clerk: ['desk.read'] } });

let app: AuthApp;
let auditor: Session;
const clock = new SettableClock();
afterEach(() => app.close());

async function start(audit: AuditModuleOptions = {}, more: AuthAppOptions = {}): Promise<void> {
  app = await startAuthApp({
    rooms: [ROLES, AuditModule.forRoot({ log: false, ...audit })],
    overrides: [{ provide: Clock, useValue: clock }],
    ...more,
  });
  auditor = await app.givenUser('auditor@example.com');
  await app.get(RolesService).grant(String(auditor.user.id), 'auditor');
}

/** As time goes by the administrator signs in again: access tokens are short. */
async function later(duration: `${number}d`): Promise<void> {
  clock.advance(duration);
  auditor = (await app.signIn('auditor@example.com').expect(200)).body as Session;
}

const ask = (query: string | Record<string, unknown> = {}, session = auditor) =>
  app.http().get('/auth/audit').query(query).set('Authorization', `Bearer ${session.accessToken}`);
const page = async (query: string | Record<string, unknown> = {}): Promise<Page> => (await ask(query).expect(200)).body as Page;
const events = async (query: Record<string, unknown>): Promise<string[]> => (await page(query)).entries.map(({ event }) => event);

describe('the audit log over HTTP', () => {
  it('shows an administrator who did what, when and from where, newest first', async () => {
    await start();
    await app.signIn('auditor@example.com', 'a wrong guess').set({ 'User-Agent': 'curl', 'X-Request-Id': 'r-7' }).expect(401);

    const { body, headers } = await ask({ event: 'signIn.failed' }).expect(200);
    expect(body).toEqual({
      entries: [
        {
          id: expect.any(String),
          event: 'signIn.failed',
          at: new Date(clock.now()).toISOString(),
          userId: String(auditor.user.id),
          sessionId: null,
          ip: '127.0.0.1',
          userAgent: 'curl',
          requestId: 'r-7',
          data: { method: 'password', reason: 'wrong_password' },
        },
      ],
      next: null,
    });
    expect(headers['cache-control']).toBe('no-store');
    const at = (await page()).entries.map((entry) => entry.at);
    expect(at).toEqual(at.toSorted().toReversed());
  });

  it('is closed to everybody else, whatever they ask, and knows who tried', async () => {
    await start();
    const clerk = await app.givenUser('clerk@example.com');
    await app.get(RolesService).grant(String(clerk.user.id), 'clerk');

    await app.http().get('/auth/audit').expect(401);
    for (const query of [{}, { limit: 'nonsense' }, { user: clerk.user.id }]) {
      const { body } = await ask(query, clerk).expect(403);
      expect(body).toEqual({ statusCode: 403, error: 'Forbidden', message: expect.any(String), errorCode: 'auth.forbidden' });
    }
    await app.get(AccessDenials).drain();
    expect((await page({ event: 'access.denied' })).entries).toMatchObject([
      { userId: String(clerk.user.id), data: { required: ['audit.read'] } },
    ]);

    await app.get(RolesService).revoke(String(auditor.user.id), 'auditor');
    await ask().expect(403);
  });

  it('is closed to everybody where there are no roles', async () => {
    app = await startAuthApp({ rooms: [AuditModule.forRoot({ log: false })] });
    const ada = await app.givenUser('ada@example.com');

    await ask({}, ada).expect(403);
  });

  it('opens with another permission, by name', async () => {
    await start({ permission: 'desk.read' });
    await ask().expect(403);
    await app.get(RolesService).grant(String(auditor.user.id), 'clerk');

    await ask().expect(200);
  });

  it.each([
    ['a time that is none', { from: 'yesterday' }, 'from'],
    ['a time without its zone', { to: '2026-11-23T10:00:00' }, 'to'],
    ['a day that no month has', { from: '2026-13-40' }, 'from'],
    ['a page of nothing', { limit: '0' }, 'limit'],
    ['a page of everything', { limit: '501' }, 'limit'],
    ['half a row', { limit: '1.5' }, 'limit'],
    ['an empty user', { user: '' }, 'user'],
    ['a name of an event as long as a book', { event: 'x'.repeat(65) }, 'event'],
    ['an unknown field', { usr: '1' }, 'usr'],
    ['a field twice', 'user=1&user=2', 'user'],
    ['a field of fields', 'user[a]=1', 'user'],
    ['somebody else\u2019s prototype', '__proto__[limit]=500&constructor=1', 'constructor'],
  ] as [string, string | object, string][])('answers %s with 400 and the field', async (_, query, field) => {
    await start();
    const { body } = await ask(query as string).expect(400);
    const fields = (body as { details: { field: string }[] }).details.map((detail) => detail.field);

    expect(body).toMatchObject({ errorCode: 'auth.validation_failed' });
    expect(fields.some((one) => one === field || one.startsWith(field))).toBe(true);
  });

  it('takes hostile text for what it is: nothing that was ever written', async () => {
    await start();
    for (const text of ["' OR 1=1 --", '%', '\u0000', '\ud800', '__proto__']) {
      expect((await page({ user: text })).entries).toEqual([]);
      expect((await page({ event: text })).entries).toEqual([]);
    }
  });
});

describeEachDatabase('a search in the audit log', (database) => {
  it('is by user, kind and time, and pages without gap or repetition', async () => {
    await start({}, { database });
    const ada = await app.givenUser('ada@example.com');
    const user = String(ada.user.id);
    const times: string[] = [];
    for (let day = 0; day < 3; day++) {
      await later('1d');
      times.push(new Date(clock.now()).toISOString());
      await app.signIn('ada@example.com').expect(200);
      await app.signIn('ada@example.com', 'a wrong guess').expect(401);
    }

    expect(await events({ user, event: 'signIn.failed' })).toHaveLength(3);
    expect(await events({ user, event: 'signIn.failed', from: times[1] })).toHaveLength(2);
    expect(await events({ user, event: 'signIn.failed', from: times[1], to: times[2] })).toHaveLength(1);
    expect(await events({ event: 'signIn.failed', to: times[0]!.slice(0, 10) })).toHaveLength(0);
    expect(await events({ user: String(auditor.user.id), from: times[2] })).toEqual(['session.created', 'signIn.succeeded']);

    const whole = (await page({ limit: 500 })).entries.map(({ id }) => id);
    const paged: string[] = [];
    for (let before: string | null | undefined; before !== null;) {
      const { entries, next } = await page({ limit: 4, ...(before === undefined ? {} : { before }) });
      expect(entries.length).toBeLessThanOrEqual(4);
      paged.push(...entries.map(({ id }) => id));
      before = next;
    }
    expect(paged).toEqual(whole);
    expect(paged.length).toBeGreaterThan(12);
  });

  it('finds nothing any more that is older than the retention, and everything else', async () => {
    await start({ retention: '30d' }, { database });
    for (let guess = 0; guess < 4; guess++) await app.get(AuditLog).append(rowsOf(300));
    await later('29d');
    await app.get(Housekeeping).run();
    expect((await page({ event: 'test.old', limit: 500 })).next).not.toBeNull();

    await later('2d');
    await app.get(Housekeeping).run();
    const { entries } = await page({ to: new Date(clock.now() + 1).toISOString() });
    expect(entries.map(({ event }) => event).toSorted()).toEqual([
      'session.created',
      'session.created',
      'signIn.succeeded',
      'signIn.succeeded',
    ]);
  });
});

const rowsOf = (count: number) =>
  Array.from({ length: count }, () => ({
    event: 'test.old',
    at: clock.now(),
    userId: null,
    sessionId: null,
    ip: null,
    userAgent: null,
    requestId: null,
    data: {},
  }));

describe('the audit log without HTTP', () => {
  it('is searched and emptied by a service, and by nobody without being asked', async () => {
    await start({ retention: false });
    await app.get(AuditLog).append(rowsOf(1_200));
    clock.advance('9000d');
    await app.get(Housekeeping).run();
    const audit = app.get(AuditService);

    expect((await audit.find({ event: 'test.old', limit: 10_000 })).entries).toHaveLength(500);
    expect((await audit.find({ event: 'test.old' })).entries).toHaveLength(100);
    expect(await audit.removeOlderThan('9001d')).toBe(0);
    expect(await audit.removeOlderThan('1d')).toBeGreaterThanOrEqual(1_200);
    expect(await audit.find()).toEqual({ entries: [], next: null });
    await expect(audit.removeOlderThan('soon' as '1d')).rejects.toThrow(TypeError);
  });

  it.each([['forRoot'], ['forRootAsync']])('refuses wrong options of %s while it starts', async (way) => {
    const wrong = { retention: 'never', logs: true } as never;
    const room = way === 'forRoot' ? AuditModule.forRoot(wrong) : AuditModule.forRootAsync({ useFactory: async () => wrong });
    app = await startAuthApp();

    await expect(startAuthApp({ rooms: [room], logger: false })).rejects.toThrow(/logs.*Did you mean log\?|Did you mean log\?/s);
  });
});

describe('lines of the audit log in the logger of the host', () => {
  class HostLogger implements LoggerService {
    readonly written: { message: unknown; context: unknown }[] = [];
    log(message: unknown, context?: unknown): void {
      if (context === 'Audit') this.written.push({ message, context });
    }
    error(): void {}
    warn(): void {}
  }
  const started = async (log: 'line' | 'object' | false): Promise<HostLogger> => {
    const logger = new HostLogger();
    await start({ log }, { logger });
    await app.get(AuthEvents).drain();
    return logger;
  };
  const FORGED = '\n{"event":"admin_login"}';

  it('are one line of JSON for each audited event, after it has happened', async () => {
    const logger = await started('line');
    await app.refresh(auditor.refreshToken).expect(200);
    await app.get(AuthEvents).drain();

    const lines = logger.written.map(({ message }) => JSON.parse(message as string) as { event: string });
    expect(lines.map(({ event }) => event).toSorted()).toEqual([
      'role.granted',
      'session.created',
      'signIn.succeeded',
      'user.signedUp',
    ]);
    expect(lines[0]).toMatchObject({ userId: String(auditor.user.id), ip: '127.0.0.1', at: new Date(clock.now()).toISOString() });
  });

  it('are objects for a logger that writes objects itself, or nothing at all', async () => {
    const logger = await started('object');
    expect(logger.written.map(({ message }) => (message as { event: string }).event)).toContain('user.signedUp');
    await app.close();

    expect((await started(false)).written).toEqual([]);
  });

  it('cannot be forged by what a client says of itself or signs in with', async () => {
    const logger = await started('line');
    const before = logger.written.length;
    const client = { ip: `1.2.3.4${FORGED}`, userAgent: `x${FORGED}`, requestId: FORGED };
    await expect(
      app.get(SignInService).signIn({ email: `a@b.c${FORGED}`, password: FORGED, delivery: 'bearer' }, client),
    ).rejects.toThrow();
    await app.signIn(FORGED, FORGED).set('User-Agent', `x\u0085${FORGED.slice(1)}`);
    await app.get(AuthEvents).drain();

    const lines = logger.written.slice(before).map(({ message }) => message as string);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect((JSON.parse(line) as { event: string }).event).toBe('signIn.failed');
      expect(line).not.toContain('a@b.c');
    }
  });

  it('hold no secret of any flow', async () => {
    const logger = await started('line');
    const { body } = await app.http().post('/auth/signup').send({ email: 'eve@example.com', password: 'CANARY-password-1' });
    await app.signIn('eve@example.com', 'CANARY-guess').expect(401);
    await app
      .http()
      .post('/auth/password/change')
      .set('Authorization', `Bearer ${(body as Session).accessToken}`)
      .send({ currentPassword: 'CANARY-password-1', newPassword: 'CANARY-password-2' })
      .expect(200);
    await app.get(AuthEvents).drain();
    const text = JSON.stringify(logger.written);

    expect(text).toContain('user.passwordChanged');
    expect(text).not.toMatch(/CANARY|eve@example|eyJ/);
    for (const token of [(body as Session).accessToken, (body as Session).refreshToken]) expect(text).not.toContain(token);
  });
});
