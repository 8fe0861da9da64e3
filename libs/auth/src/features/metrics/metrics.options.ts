import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { OptionChecks } from '../../core/options/option-checks.js';
import type { OpenTelemetryMeterProvider } from './opentelemetry.meter.js';
import type { PrometheusRegistry } from './prometheus.meter.js';

/** What `MetricsModule.forRoot` takes, and what the factory of `forRootAsync` returns. */
export interface MetricsModuleOptions {
  /** `false` switches it off. @default on, with a registry of the module's own; off when only `opentelemetry` is named */
  prometheus?: { registry?: PrometheusRegistry } | boolean;
  /** `true` takes the global provider. @default false */
  opentelemetry?: { meterProvider?: OpenTelemetryMeterProvider } | boolean;
}

export interface ResolvedMetricsOptions {
  prometheus: { registry?: PrometheusRegistry } | null;
  opentelemetry: { meterProvider?: OpenTelemetryMeterProvider } | null;
}

export const METRICS_OPTIONS = Symbol('METRICS_OPTIONS');

/** @throws AuthConfigurationError with every problem at once */
export function resolveMetricsOptions(given: MetricsModuleOptions): ResolvedMetricsOptions {
  const checks = new OptionChecks();
  if (!checks.keys('', given, ['prometheus', 'opentelemetry'])) throw new AuthConfigurationError(checks.problems);
  const { opentelemetry = false, prometheus = opentelemetry === false } = given;
  const resolved = {
    prometheus: target<PrometheusRegistry, 'registry'>(checks, 'prometheus', prometheus, 'registry', 'getSingleMetric'),
    opentelemetry: target<OpenTelemetryMeterProvider, 'meterProvider'>(
      checks,
      'opentelemetry',
      opentelemetry,
      'meterProvider',
      'getMeter',
    ),
  };
  if (checks.problems.length === 0 && resolved.prometheus === null && resolved.opentelemetry === null) {
    checks.add('options', 'switch both systems off.', 'Leave MetricsModule out.');
  }
  if (checks.problems.length > 0) throw new AuthConfigurationError(checks.problems);
  return resolved;
}

function target<T, Key extends string>(
  checks: OptionChecks,
  option: string,
  given: unknown,
  key: Key,
  method: string,
): Partial<Record<Key, T>> | null {
  if (given === false) return null;
  if (given === true) return {};
  if (!checks.keys(option, given, [key])) return null;
  const value = given[key];
  if (value !== undefined && typeof (value as Record<string, unknown> | null)?.[method] !== 'function') {
    checks.add(`${option}.${key}`, `has no method ${method}().`, `Pass a ${key === 'registry' ? 'Registry' : 'MeterProvider'}.`);
  }
  return given as Partial<Record<Key, T>>;
}
