import type { Counter, Gauge, Registry } from 'prom-client';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { LabelValues, Meter, Observed, Sample } from './meter.js';
import type { MetricDescription } from './metric-catalogue.js';

type PromClient = typeof import('prom-client');

/** A `Registry` of `prom-client`; the package is optional, so its types stay out of ours. */
export interface PrometheusRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

/** Counters, gauges and histograms of `prom-client`. */
export class PrometheusMeter implements Meter {
  private readonly names: string[] = [];

  private constructor(
    private readonly client: PromClient,
    readonly registry: PrometheusRegistry,
  ) {}

  /**
   * @param registry a new one unless given: that of the process would be shared by all applications in it
   * @throws AuthConfigurationError when prom-client is not installed
   */
  static async create(registry?: PrometheusRegistry): Promise<PrometheusMeter> {
    const client = await loadPromClient();
    return new PrometheusMeter(client, registry ?? new client.Registry());
  }

  counter(description: MetricDescription): (labels: LabelValues, by: number) => void {
    const counter = new this.client.Counter(this.settings(description));
    return (labels, by) => counter.inc(labels, by);
  }

  histogram(description: MetricDescription, buckets: readonly number[]): (value: number) => void {
    const histogram = new this.client.Histogram({ ...this.settings(description), buckets: [...buckets] });
    return (value) => histogram.observe(value);
  }

  observe({ counters, gauges, read }: Observed): void {
    const samplesOf = async (name: string): Promise<Sample[]> => (await read()).filter((sample) => sample.name === name);
    for (const description of counters) {
      const collect = async function (this: Counter): Promise<void> {
        const samples = await samplesOf(description.name);
        this.reset();
        for (const { value, labels = {} } of samples) this.inc(labels, value);
      };
      new this.client.Counter({ ...this.settings(description), collect });
    }
    for (const description of gauges) {
      const collect = async function (this: Gauge): Promise<void> {
        const samples = await samplesOf(description.name);
        // What is not known has no series, rather than the value it had.
        if (description.labels === undefined) this.remove();
        else this.reset();
        for (const { value, labels = {} } of samples) this.set(labels, value);
      };
      new this.client.Gauge({ ...this.settings(description), collect });
    }
  }

  close(): void {
    for (const name of this.names.splice(0)) this.registry.removeSingleMetric(name);
  }

  private settings({ name, help, labels = {} }: MetricDescription) {
    if (this.registry.getSingleMetric(name) !== undefined) {
      throw new AuthConfigurationError([
        {
          option: 'prometheus.registry',
          problem: `has a metric ${name} already: that of another application in this process, perhaps.`,
          remedy: 'Give each application a registry of its own: new Registry().',
        },
      ]);
    }
    this.names.push(name);
    return { name, help, labelNames: Object.keys(labels), registers: [this.registry as Registry] };
  }
}

async function loadPromClient(): Promise<PromClient> {
  try {
    const module = (await import('prom-client')) as PromClient & { default?: PromClient };
    return module.default ?? module;
  } catch (cause) {
    throw new AuthConfigurationError(
      [{ option: 'prometheus', problem: 'is on, but prom-client is not installed.', remedy: 'npm install prom-client' }],
      { cause },
    );
  }
}
