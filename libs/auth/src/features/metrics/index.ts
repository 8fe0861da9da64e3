export { MetricsModule } from './metrics.module.js';
export type { MetricsModuleOptions } from './metrics.options.js';
export { AuthMetrics } from './metrics.service.js';
export type { OpenTelemetryMeterProvider } from './opentelemetry.meter.js';
export type { PrometheusRegistry } from './prometheus.meter.js';
