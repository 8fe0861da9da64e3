import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { Registry } from 'prom-client';
import {
  AuthConfigurationError,
  AuthEvent,
  AuthEvents,
  Clock,
  HashGate,
  MailTransport,
  Outbox,
  OutboxDispatcher,
  SignInFailedEvent,
} from 'nestjs-latchkey';
import { AuthMetrics, MetricsModule, type MetricsModuleOptions } from 'nestjs-latchkey/metrics';
import { PasswordResetModule, PasswordResetService } from 'nestjs-latchkey/password-reset';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, PASSWORD, startAuthApp } from './auth-app.js';
import { describeEachDatabase } from './support/databases.js';

let app: AuthApp;
afterEach(() => app?.close());

async function start(metrics: MetricsModuleOptions = {}, { rooms = [], ...more }: AuthAppOptions = {}): Promise<AuthApp> {
  app = await startAuthApp({ ...more, rooms: [MetricsModule.forRoot(metrics), ...rooms] });
  return app;
}

/** What a scrape says, by series, without the buckets. */
async function scrape(): Promise<Record<string, number>> {
  await app.get(AuthEvents).drain();
  const text = await app.get(AuthMetrics).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]));
}

/** Series whose value is another than before. */
function changes(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
  const names = Object.keys(after).filter((name) => after[name] !== (before[name] ?? 0) && !name.includes('_events_'));
  return Object.fromEntries(names.map((name) => [name, after[name]! - (before[name] ?? 0)]));
}

describe('metrics', () => {
  it('count what people do, from zero', async () => {
    await start({}, { rooms: [PasswordResetModule.forRoot()], lockout: { maxFailures: 2 }, recordMail: true });
    const empty = await scrape();
    expect(empty).toMatchObject({ 'auth_sign_ins_total{result="succeeded"}': 0, auth_refresh_reuses_total: 0 });
    expect(empty['auth_sessions_revoked_total{reason="sign_out"}']).toBe(0);

    const { refreshToken, accessToken } = await app.givenUser('ada@example.com');
    await app.refresh(refreshToken).expect(200);
    await app.me(accessToken).expect(200);
    await app.signIn('ada@example.com').expect(200);
    await app.signIn('ada@example.com', 'wrong').expect(401);
    await app.signIn('nobody@example.com', 'wrong').expect(401);
    await app.signIn('nobody@example.com', 'wrong').expect(401);
    await app.signIn('nobody@example.com', 'wrong').expect(429);
    await app.get(PasswordResetService).request('ada@example.com');
    await app.deliverMail();

    expect(changes(empty, await scrape())).toMatchObject({
      'auth_sign_ins_total{result="failed"}': 3,
      'auth_sign_in_failures_total{reason="wrong_password"}': 1,
      'auth_sign_in_failures_total{reason="unknown_user"}': 2,
      auth_sign_ups_total: 1,
      auth_refreshes_total: 1,
      'auth_sessions_created_total{delivery="bearer"}': 2,
      'auth_throttled_total{limit="account"}': 1,
      'auth_mails_total{result="queued"}': 1,
      'auth_mails_total{result="sent"}': 1,
      auth_hash_duration_seconds_count: 5,
      auth_hash_wait_seconds_count: 5,
    });
  });

  it('tell memory and SQL apart', async () => {
    await start();
    const { accessToken } = await app.givenUser('ada@example.com');
    const before = await scrape();

    for (let request = 0; request < 10; request += 1) await app.me(accessToken).expect(200);

    const { 'auth_session_lookups_total{tier="memory"}': memory, 'auth_session_lookups_total{tier="sql"}': sql = 0 } = changes(
      before,
      await scrape(),
    );
    expect(memory! + sql).toBe(10);
    expect(sql).toBeLessThanOrEqual(1);
  });

  it('tell a copied refresh token and the sessions it ended', async () => {
    const clock = new SettableClock();
    await start({}, { overrides: [{ provide: Clock, useValue: clock }] });
    const { refreshToken } = await app.givenUser('ada@example.com');
    await app.refresh(refreshToken).expect(200);
    clock.advance('11s');
    await app.refresh(refreshToken).expect(401);

    expect(await scrape()).toMatchObject({ auth_refresh_reuses_total: 1, 'auth_sessions_revoked_total{reason="reuse"}': 1 });
  });

  it('show hashes that run and wait while they do', async () => {
    await start({}, { hashing: { concurrency: 1 } });
    const gate = app.get(HashGate);
    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const runs = [gate.run(() => ended), gate.run(() => ended)];

    expect(await scrape()).toMatchObject({ auth_hash_running: 1, auth_hash_waiting: 1, auth_hash_concurrency: 1 });
    end();
    await Promise.all(runs);
    expect(await scrape()).toMatchObject({ auth_hash_running: 0, auth_hash_waiting: 0, auth_hash_wait_seconds_count: 2 });
  });

  it('show how much mail waits, for how long, and what was given up', async () => {
    const clock = new SettableClock();
    const refusing = { send: async () => Promise.reject(new Error('no')), verify: async () => undefined };
    await start(
      {},
      {
        rooms: [PasswordResetModule.forRoot()],
        overrides: [
          { provide: MailTransport, useValue: refusing },
          { provide: Clock, useValue: clock },
        ],
        logger: false,
      },
    );
    await app.givenUser('ada@example.com');
    await app.get(PasswordResetService).request('ada@example.com');
    await app.get(OutboxDispatcher).drain();
    clock.advance('90s');

    expect(await scrape()).toMatchObject({
      'auth_outbox_messages{state="pending"}': 1,
      'auth_outbox_messages{state="dead"}': 0,
      auth_outbox_oldest_seconds: 90,
      'auth_mails_total{result="failed"}': 1,
    });
  });

  it('are told without the outbox while the database hangs, and ask it once', async () => {
    let asked = 0;
    await start();
    app.get<Outbox>(Outbox).backlog = () => (asked++, new Promise(() => undefined));
    const begun = performance.now();

    const [first] = await Promise.all([scrape(), scrape(), scrape()]);

    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(asked).toBe(1);
    expect(first).toMatchObject({ auth_hash_running: 0, auth_sign_ups_total: 0 });
    expect(Object.keys(first).filter((name) => name.includes('outbox'))).toEqual([]);
  });

  it('have no more series after a million strangers, and nothing of any of them', async () => {
    await start();
    const events = app.get(AuthEvents);
    let hear!: (event: AuthEvent) => unknown;
    const subscribe = events.subscribe.bind(events);
    events.subscribe = (type, listener) => ((hear = listener), subscribe(type, listener));
    app.get(AuthMetrics).onApplicationShutdown();
    app.get(AuthMetrics).onModuleInit();
    const stranger = (at: number) =>
      new SignInFailedEvent(
        at,
        { user: `user-${at}`, client: { ip: `2001:db8::${at.toString(16)}`, userAgent: `Agent/${at}`, requestId: `r${at}` } },
        { method: `method-${at}`, reason: `person-${at}@example.com` as never },
      );
    hear(stranger(0));
    const before = await scrape();

    for (let at = 1; at <= 1_000_000; at += 1) hear(stranger(at));

    const after = await scrape();
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(after['auth_sign_in_failures_total{reason="other"}']).toBe(1_000_001);
    expect(await app.get(AuthMetrics).text()).not.toMatch(/person|2001:|Agent|user-|method-/);
  });

  it('hold nothing of who signs in', async () => {
    await start();
    await app.givenUser('ada@example.com');
    await app.signIn('ada@example.com', 'a very wrong password').set('User-Agent', 'Lovelace/1').expect(401);
    await scrape();

    expect(await app.get(AuthMetrics).text()).not.toMatch(/ada|example\.com|127\.0\.0\.1|Lovelace|very wrong/);
  });

  it('count events of rooms that nobody has told them of', async () => {
    class BadgeEarnedEvent extends AuthEvent {
      static override readonly type = 'badge.earned';
    }
    await start();
    await app.get(AuthEvents).record(new BadgeEarnedEvent(0, {}, {}));

    expect(await scrape()).toMatchObject({ 'auth_events_total{type="badge.earned"}': 1 });
  });
});

describeEachDatabase('metrics of the pool', (kind) => {
  it('tell what is there', async () => {
    await start({}, { database: kind, ...(kind === 'sqlite' ? {} : { typeOrm: { poolSize: 4 } }) });
    await app.givenUser('ada@example.com');

    const values = await scrape();
    expect(values).toMatchObject({ auth_pool_limit: kind === 'sqlite' ? 1 : 4, auth_pool_waiting: 0 });
    expect(values['auth_pool_connections{state="in_use"}']! + values['auth_pool_connections{state="idle"}']!).toBeGreaterThan(0);
  });
});

describe('the registry of Prometheus', () => {
  it('is the host’s when it names one, and has nothing of ours once the application is closed', async () => {
    const registry = new Registry();
    await start({ prometheus: { registry } });
    expect(app.get(AuthMetrics).registry).toBe(registry);
    expect(await registry.metrics()).toContain('auth_sign_ins_total');

    await app.close();
    expect(await registry.metrics()).toBe('\n');
    await start({ prometheus: { registry } });
  });

  it('takes one application, and says so to the second', async () => {
    const registry = new Registry();
    const { nest } = await start({ prometheus: { registry } });

    const second = startAuthApp({ rooms: [MetricsModule.forRoot({ prometheus: { registry } })], logger: false });

    await expect(second).rejects.toThrow(/prometheus\.registry.*auth_sign_ins_total.*new Registry\(\)/s);
    expect(await registry.metrics()).toContain('auth_sign_ins_total');
    expect(nest.get(AuthMetrics)).toBeDefined();
  });

  it('is each application’s own otherwise', async () => {
    const other = await startAuthApp({ rooms: [MetricsModule.forRoot()] });
    try {
      await start();
      await app.givenUser('ada@example.com');

      expect((await scrape())['auth_sign_ups_total']).toBe(1);
      expect(await other.get(AuthMetrics).text()).toContain('auth_sign_ups_total 0');
    } finally {
      await other.close();
    }
  });
});

describe('metrics for OpenTelemetry', () => {
  it('are the same, by its names', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    await start({ opentelemetry: { meterProvider } });
    await app.givenUser('ada@example.com');
    await app.signIn('ada@example.com').expect(200);
    await app.signIn('ada@example.com', `not ${PASSWORD}`).expect(401);
    await app.get(AuthEvents).drain();

    await reader.forceFlush();
    const metrics = exporter
      .getMetrics()
      .at(-1)!
      .scopeMetrics.flatMap((scope) => scope.metrics);
    const points = (name: string) => metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    const valueOf = (name: string, attributes: object = {}) =>
      points(name).find((point) => JSON.stringify(point.attributes) === JSON.stringify(attributes))?.value;

    expect(valueOf('auth.sign_ups')).toBe(1);
    expect(valueOf('auth.sign_ins', { result: 'failed' })).toBe(1);
    expect(valueOf('auth.sign_in_failures', { reason: 'wrong_password' })).toBe(1);
    expect(valueOf('auth.hash_concurrency')).toBe(app.get(HashGate).concurrency);
    expect(valueOf('auth.outbox_messages', { state: 'pending' })).toBe(0);
    expect(valueOf('auth.hash_duration')).toMatchObject({ count: 3 });
    expect(metrics.find(({ descriptor }) => descriptor.name === 'auth.hash_duration')?.descriptor.unit).toBe('s');
    expect(app.get(AuthMetrics).registry).toBeNull();

    await meterProvider.shutdown();
  });
});

describe('the options of metrics', () => {
  it.each<[string, MetricsModuleOptions, RegExp]>([
    ['an unknown key', { promtheus: true } as never, /Did you mean prometheus\?/],
    ['a registry that is none', { prometheus: { registry: {} as never } }, /prometheus\.registry: has no method getSingleMetric/],
    [
      'a provider that is none',
      { opentelemetry: { meterProvider: {} as never } },
      /opentelemetry\.meterProvider: has no method getMeter/,
    ],
    ['both switched off', { prometheus: false }, /switch both systems off/],
  ])('refuse %s', async (_, options, message) => {
    const refused = startAuthApp({ rooms: [MetricsModule.forRoot(options)], logger: false });

    await expect(refused).rejects.toThrow(AuthConfigurationError);
    await expect(refused).rejects.toThrow(message);
  });

  it('may come from a factory', async () => {
    const registry = new Registry();
    app = await startAuthApp({ rooms: [MetricsModule.forRootAsync({ useFactory: async () => ({ prometheus: { registry } }) })] });
    expect(app.get(AuthMetrics).registry).toBe(registry);
  });
});
