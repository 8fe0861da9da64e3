import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AuthMetrics } from 'nestjs-latchkey/metrics';
import { Counter, Gauge, type Registry } from 'prom-client';

/** How often the event loop is looked at, in milliseconds. */
const RESOLUTION = 20;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** Metrics of the process, beside those of the library. */
@Injectable()
export class ProcessMetrics implements OnModuleInit, OnModuleDestroy {
  private lag: IntervalHistogram;

  constructor(private readonly metrics: AuthMetrics) {}

  onModuleInit(): void {
    this.lag = monitorEventLoopDelay({ resolution: RESOLUTION });
    this.lag.enable();
    this.gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss());
    this.gauge('process_uptime_seconds', 'How long the process has been running.', () => process.uptime());
    this.gauge('nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed);
    this.gauge('nodejs_eventloop_lag_p99_seconds', 'Event loop delay at the 99th percentile since the last scrape.', () =>
      this.lagSinceLastScrape(),
    );
    this.counter('process_cpu_seconds_total', 'CPU time of the process, user and system.', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / MICROSECONDS;
    });
  }

  onModuleDestroy(): void {
    this.lag?.disable();
  }

  private lagSinceLastScrape(): number {
    // What is measured includes the timer's own interval.
    const p99 = Math.max(0, this.lag.percentile(99) / NANOSECONDS - RESOLUTION / 1_000);
    this.lag.reset();
    return p99;
  }

  private get registers(): Registry[] {
    return [this.metrics.registry as Registry];
  }

  private gauge(name: string, help: string, value: () => number): void {
    const collect = function (this: Gauge): void {
      this.set(value());
    };
    new Gauge({ name, help, registers: this.registers, collect });
  }

  private counter(name: string, help: string, value: () => number): void {
    const collect = function (this: Counter): void {
      this.reset();
      this.inc(value());
    };
    new Counter({ name, help, registers: this.registers, collect });
  }
}
