import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SharedQuestion } from '../../common/shared-question.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { HashGate } from '../../core/passwords/hash-gate.js';
import { Clock } from '../../core/ports/clock.js';
import { Outbox } from '../../core/ports/outbox.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { SessionStates } from '../../core/sessions/session-states.js';
import { EventCounts } from './event-counts.js';
import type { LabelValues, Meter, Sample } from './meter.js';
import {
  COUNTERS,
  type CounterKey,
  GAUGES,
  HASH_BUCKETS,
  HISTOGRAMS,
  type MetricDescription,
  OBSERVED_COUNTERS,
  OUTBOX_GAUGES,
  seriesOf,
} from './metric-catalogue.js';
import { PrometheusMeter, type PrometheusRegistry } from './prometheus.meter.js';

export const METERS = Symbol('METERS');

/** Milliseconds: a scrape does not wait for a database that does not answer. */
const DEADLINE = 1_000;
/** Milliseconds; several scrapers ask the database once. */
const BELIEVED = 1_000;

/** Counts what happens, and tells who collects how things are. Nothing here is on the way of a request but additions. */
@Injectable()
export class AuthMetrics implements OnModuleInit, OnApplicationShutdown {
  private readonly counts = new EventCounts();
  private readonly backlog: SharedQuestion<readonly Sample[]>;
  private ends: (() => void)[] = [];

  constructor(
    @Inject(METERS) private readonly meters: readonly Meter[],
    private readonly events: AuthEvents,
    private readonly gate: HashGate,
    private readonly sessions: SessionStates,
    private readonly units: UnitOfWork,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {
    this.backlog = new SharedQuestion(
      () => this.readBacklog(),
      { deadline: DEADLINE, believed: BELIEVED },
      () => clock.now(),
    );
  }

  /** Of Prometheus; `null` when it is off. */
  get registry(): PrometheusRegistry | null {
    return this.prometheus?.registry ?? null;
  }

  /** What belongs into the header `Content-Type` beside {@link text}. */
  get contentType(): string {
    return this.registry?.contentType ?? 'text/plain; charset=utf-8';
  }

  /** Everything in the registry, in Prometheus' text format; empty when Prometheus is off. */
  async text(): Promise<string> {
    return (await this.registry?.metrics()) ?? '';
  }

  /** @throws AuthConfigurationError when the registry has metrics of these names */
  onModuleInit(): void {
    const counters = new Map<CounterKey, ((labels: LabelValues, by: number) => void)[]>();
    for (const [key, description] of Object.entries(COUNTERS) as [CounterKey, MetricDescription][]) {
      const adders = this.meters.map((meter) => meter.counter(description));
      counters.set(key, adders);
      // From 0, so that the first one that happens is an increase.
      for (const labels of seriesOf(description)) for (const add of adders) add(labels, 0);
    }
    const duration = this.meters.map((meter) => meter.histogram(HISTOGRAMS.hashDuration, HASH_BUCKETS));
    const wait = this.meters.map((meter) => meter.histogram(HISTOGRAMS.hashWait, HASH_BUCKETS));
    for (const meter of this.meters) this.observe(meter);
    this.ends = [
      this.events.subscribe('*', (event) => {
        for (const { counter, labels } of this.counts.of(event)) for (const add of counters.get(counter)!) add(labels, 1);
      }),
      this.gate.observe((waited, took) => {
        for (const record of duration) record(took / 1_000);
        for (const record of wait) record(waited / 1_000);
      }),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.ends.splice(0)) end();
    for (const meter of this.meters) meter.close();
  }

  private get prometheus(): PrometheusMeter | undefined {
    return this.meters.find((meter): meter is PrometheusMeter => meter instanceof PrometheusMeter);
  }

  private observe(meter: Meter): void {
    const counters = Object.values(OBSERVED_COUNTERS);
    meter.observe({ counters, gauges: Object.values(GAUGES), read: async () => this.readProcess() });
    // Without an answer there are no series, and the rest is told all the same.
    meter.observe({ counters: [], gauges: Object.values(OUTBOX_GAUGES), read: () => this.backlog.ask().catch(() => []) });
  }

  private readProcess(): Sample[] {
    const { memory, sql } = this.sessions.lookUps;
    const pool = this.units.poolUse();
    return [
      { name: OBSERVED_COUNTERS.lookUps.name, labels: { tier: 'memory' }, value: memory },
      { name: OBSERVED_COUNTERS.lookUps.name, labels: { tier: 'sql' }, value: sql },
      { name: OBSERVED_COUNTERS.hashRefused.name, value: this.gate.refused },
      { name: GAUGES.hashRunning.name, value: this.gate.inFlight },
      { name: GAUGES.hashWaiting.name, value: this.gate.queued },
      { name: GAUGES.hashConcurrency.name, value: this.gate.concurrency },
      ...(pool === null
        ? []
        : [
            { name: GAUGES.poolConnections.name, labels: { state: 'in_use' }, value: pool.inUse },
            { name: GAUGES.poolConnections.name, labels: { state: 'idle' }, value: pool.idle },
            { name: GAUGES.poolLimit.name, value: pool.limit },
            { name: GAUGES.poolWaiting.name, value: pool.waiting },
          ]),
    ];
  }

  private async readBacklog(): Promise<readonly Sample[]> {
    const { pending, dead, oldestCreatedAt } = await this.outbox.backlog();
    const age = oldestCreatedAt === null ? 0 : Math.max(0, this.clock.now() - oldestCreatedAt);
    return [
      { name: OUTBOX_GAUGES.messages.name, labels: { state: 'pending' }, value: pending },
      { name: OUTBOX_GAUGES.messages.name, labels: { state: 'dead' }, value: dead },
      { name: OUTBOX_GAUGES.oldest.name, value: age / 1_000 },
    ];
  }
}
