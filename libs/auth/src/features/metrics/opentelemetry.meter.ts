import type { BatchObservableCallback, Meter as OtelMeter, MeterProvider, Observable } from '@opentelemetry/api';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { LabelValues, Meter, Observed } from './meter.js';
import type { MetricDescription } from './metric-catalogue.js';

const SCOPE = 'nestjs-latchkey';

/** A `MeterProvider` of OpenTelemetry; the package is optional, so its types stay out of ours. */
export interface OpenTelemetryMeterProvider {
  getMeter(name: string, version?: string): unknown;
}

/** Instruments of OpenTelemetry's API; what becomes of them is the host's SDK. */
export class OpenTelemetryMeter implements Meter {
  private readonly meter: OtelMeter;
  private readonly callbacks: { callback: BatchObservableCallback; observables: Observable[] }[] = [];

  private constructor(provider: MeterProvider) {
    this.meter = provider.getMeter(SCOPE);
  }

  /** @param provider the global one unless given @throws AuthConfigurationError when the API is not installed */
  static async create(provider?: OpenTelemetryMeterProvider): Promise<OpenTelemetryMeter> {
    return new OpenTelemetryMeter((provider as MeterProvider | undefined) ?? (await loadApi()).metrics.getMeterProvider());
  }

  counter(description: MetricDescription): (labels: LabelValues, by: number) => void {
    const counter = this.meter.createCounter(...instrument(description));
    return (labels, by) => counter.add(by, labels);
  }

  histogram(description: MetricDescription, buckets: readonly number[]): (value: number) => void {
    const [name, options] = instrument(description);
    const histogram = this.meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: [...buckets] } });
    return (value) => histogram.record(value);
  }

  observe({ counters, gauges, read }: Observed): void {
    const byName = new Map<string, Observable>([
      ...counters.map((one) => [one.name, this.meter.createObservableCounter(...instrument(one))] as const),
      ...gauges.map((one) => [one.name, this.meter.createObservableGauge(...instrument(one))] as const),
    ]);
    const callback: BatchObservableCallback = async (result) => {
      for (const { name, value, labels = {} } of await read()) result.observe(byName.get(name)!, value, labels);
    };
    const observables = [...byName.values()];
    this.meter.addBatchObservableCallback(callback, observables);
    this.callbacks.push({ callback, observables });
  }

  close(): void {
    for (const { callback, observables } of this.callbacks.splice(0)) {
      this.meter.removeBatchObservableCallback(callback, observables);
    }
  }
}

/** `auth_sign_ins_total` is `auth.sign_ins`: exporters add the ending that Prometheus wants. */
export function instrument({
  name,
  help,
  unit,
}: MetricDescription): [name: string, options: { description: string; unit?: string }] {
  const bare = name.replace(/^auth_/, 'auth.').replace(/_(total|seconds)$/, '');
  return [bare, { description: help, ...(unit === undefined ? {} : { unit }) }];
}

async function loadApi(): Promise<typeof import('@opentelemetry/api')> {
  try {
    return await import('@opentelemetry/api');
  } catch (cause) {
    throw new AuthConfigurationError(
      [
        {
          option: 'opentelemetry',
          problem: 'is on, but @opentelemetry/api is not installed.',
          remedy: 'npm install @opentelemetry/api',
        },
      ],
      { cause },
    );
  }
}
