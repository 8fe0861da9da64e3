import type { MetricDescription } from './metric-catalogue.js';

export type LabelValues = Record<string, string>;

/** One value of one series at the moment of collection. */
export interface Sample {
  name: string;
  value: number;
  labels?: LabelValues;
}

export interface Observed {
  counters: readonly MetricDescription[];
  gauges: readonly MetricDescription[];
  /** What it does not name has no series. Never rejects. */
  read: () => Promise<readonly Sample[]>;
}

/** A system that metrics go to. */
export interface Meter {
  counter(description: MetricDescription): (labels: LabelValues, by: number) => void;
  /** @returns what takes a value in seconds */
  histogram(description: MetricDescription, buckets: readonly number[]): (value: number) => void;
  observe(observed: Observed): void;
  /** Takes everything away again. */
  close(): void;
}
