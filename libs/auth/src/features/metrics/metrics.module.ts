import { ConfigurableModuleBuilder, type DynamicModule, Global, Module } from '@nestjs/common';
import type { Meter } from './meter.js';
import {
  METRICS_OPTIONS,
  type MetricsModuleOptions,
  type ResolvedMetricsOptions,
  resolveMetricsOptions,
} from './metrics.options.js';
import { AuthMetrics, METERS } from './metrics.service.js';
import { OpenTelemetryMeter } from './opentelemetry.meter.js';
import { PrometheusMeter } from './prometheus.meter.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<MetricsModuleOptions>({
  moduleName: 'Metrics',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createMetricsOptions')
  .build();

/**
 * Metrics for Prometheus (install `prom-client`) and OpenTelemetry (install `@opentelemetry/api`). It has no route of its own.
 *
 * @example
 * ```ts
 * MetricsModule.forRoot({ prometheus: { registry }, opentelemetry: true })
 * ```
 */
@Global()
@Module({
  providers: [
    { provide: METRICS_OPTIONS, inject: [MODULE_OPTIONS_TOKEN], useFactory: resolveMetricsOptions },
    { provide: METERS, inject: [METRICS_OPTIONS], useFactory: metersOf },
    AuthMetrics,
  ],
  exports: [AuthMetrics],
})
export class MetricsModule extends ConfigurableModuleClass {
  /** @throws AuthConfigurationError while the application starts, with every problem and its remedy */
  static override forRoot(options: MetricsModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}

async function metersOf({ prometheus, opentelemetry }: ResolvedMetricsOptions): Promise<readonly Meter[]> {
  return Promise.all([
    ...(prometheus === null ? [] : [PrometheusMeter.create(prometheus.registry)]),
    ...(opentelemetry === null ? [] : [OpenTelemetryMeter.create(opentelemetry.meterProvider)]),
  ]);
}
