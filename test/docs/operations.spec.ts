import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { INestApplication, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuthEvents } from 'nestjs-latchkey';
import { HealthModule } from 'nestjs-latchkey/health';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COUNTERS, HISTOGRAMS, METRICS, OBSERVED_COUNTERS } from '../../libs/auth/src/features/metrics/metric-catalogue.js';
import { type AuthApp, startAuthApp } from '../auth-app.js';
import { extracted } from './extract.js';
import { code, readPages, tableAfter } from './pages.js';

let app: AuthApp | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const pageOf = (path: string) => readPages().find((page) => page.path === path)!;

describe('health.md', async () => {
  const load = extracted('docs/guides/health.md');

  it('answers a probe', async () => {
    const { ProbesModule } = await load<{ ProbesModule: Type }>('src/health.controller.ts');
    app = await startAuthApp({ rooms: [ProbesModule] });

    const { body } = await app.http().get('/health').expect(200);
    expect(body).toMatchObject({ status: 'ok', info: { auth: { status: 'up', parts: { database: 'up' } } } });
  });

  it('tells it in a line without Terminus', async () => {
    const { Report } = await load<{ Report: Type<{ line(): Promise<string> }> }>('src/report.ts');
    app = await startAuthApp({ rooms: [HealthModule.forRoot({ keysMadeAt: '2020-01-01' })], providers: [Report], logger: false });

    expect(await app.get(Report).line()).toBe('degraded keys');
  });
});

describe('metrics.md', async () => {
  const load = extracted('docs/guides/metrics.md');

  it('answers a scrape', async () => {
    const { ObservedModule } = await load<{ ObservedModule: Type }>('src/metrics.controller.ts');
    app = await startAuthApp({ rooms: [ObservedModule] });
    await app.givenUser('ada@example.com');
    await app.get(AuthEvents).drain();

    const { text } = await app.http().get('/metrics').expect(200);
    expect(text).toMatch(/^auth_sign_ups_total 1$/m);
    expect(text).toMatch(/^process_cpu_seconds_total /m);
  });

  it('lists exactly the metrics that there are, with their types and labels', () => {
    const counters = new Set<string>([...Object.values(COUNTERS), ...Object.values(OBSERVED_COUNTERS)].map(({ name }) => name));
    const histograms = new Set<string>(Object.values(HISTOGRAMS).map(({ name }) => name));
    const typeOf = (name: string) => (counters.has(name) ? 'counter' : histograms.has(name) ? 'histogram' : 'gauge');
    const actual = METRICS.map(({ name, labels = {} }) => [
      name,
      typeOf(name),
      Object.entries(labels).flatMap(([label, values]) => [label, ...values]),
    ]);
    const listed = tableAfter(pageOf('docs/guides/metrics.md'), 'What there is').map(([name, type, labels]) => [
      code(name),
      type,
      [...labels!.matchAll(/`([^`]+)`/g)].map(([, word]) => word),
    ]);

    expect(Object.fromEntries(listed.map((row) => [row[0], row]))).toEqual(Object.fromEntries(actual.map((row) => [row[0], row])));
    expect(listed).toHaveLength(actual.length);
  });
});

describe('docs/alerts/latchkey.rules.yml', () => {
  interface Rule {
    alert: string;
    expr: string;
    for?: string;
    labels: { severity: string };
    annotations: { summary: string; description: string };
  }
  const file = readFileSync(resolve('docs/alerts/latchkey.rules.yml'), 'utf8');
  const { groups } = parse(file) as { groups: { name: string; rules: Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);

  it('has rules about sign-ins, copied tokens, the pool, the outbox and hashes', () => {
    const text = rules.map(({ expr }) => expr).join('\n');

    for (const metric of ['sign_ins_total', 'refresh_reuses_total', 'pool_waiting', 'outbox_oldest_seconds', 'hash_wait_seconds']) {
      expect(text).toContain(`auth_${metric}`);
    }
  });

  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s asks for metrics, labels and values that there are', (_, rule) => {
    const selectors = [...rule.expr.matchAll(/\b(auth_[a-z_]+)(?:\{([^}]*)\})?/g)];

    expect(selectors.length).toBeGreaterThan(0);
    for (const [, name, matchers = ''] of selectors) {
      const base = name!.replace(/_(bucket|sum|count)$/, '');
      const metric = METRICS.find((one) => one.name === name || (one.name === base && one.name in histogramNames()));
      expect(metric, name).toBeDefined();
      for (const [, label, value] of matchers.matchAll(/(\w+)="([^"]*)"/g)) expect(metric!.labels?.[label!]).toContain(value);
    }
    expect(['warning', 'critical']).toContain(rule.labels.severity);
    expect(rule.annotations.summary).not.toMatch(/\.$/);
    expect(rule.annotations.description).toMatch(/\.$/);
    if (rule.for !== undefined) expect(rule.for).toMatch(/^\d+[mh]$/);
  });

  it('are explained in the guide, each of them', () => {
    const explained = tableAfter(pageOf('docs/guides/metrics.md'), 'Alerts').map(([alert]) => code(alert));

    expect(explained).toEqual(rules.map(({ alert }) => alert));
  });

  const histogramNames = (): Record<string, true> =>
    Object.fromEntries(Object.values(HISTOGRAMS).map(({ name }) => [name, true as const]));
});

describe('security-headers.md', async () => {
  const load = extracted('docs/guides/security-headers.md');
  const expected = { 'x-frame-options': 'DENY', 'referrer-policy': 'strict-origin-when-cross-origin' };

  it('secures an application on Express', async () => {
    const { secure } = await load<{ secure(app: INestApplication): void }>('src/secure.ts');
    app = await startAuthApp({ http: 'express', prepare: secure });

    expect((await app.http().get('/auth/me')).headers).toMatchObject(expected);
  });

  it('secures an application on Fastify', async () => {
    const { secure } = await load<{ secure(app: NestFastifyApplication): Promise<void> }>('src/secure-fastify.ts');
    app = await startAuthApp({ http: 'fastify', prepare: (nest) => secure(nest as NestFastifyApplication) });

    expect((await app.http().get('/auth/me')).headers).toMatchObject(expected);
  });
});
