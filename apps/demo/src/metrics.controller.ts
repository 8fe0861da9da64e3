import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Controller, Get, Header, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HashGate, Public } from 'nestjs-latchkey';

/** `[name, type, help, value]` */
type Metric = [string, 'gauge' | 'counter', string, number];

/** How often the event loop is looked at, in milliseconds. */
const RESOLUTION = 20;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** What Prometheus scrapes, in its text format. */
@Public()
@Controller('metrics')
export class MetricsController implements OnModuleInit, OnModuleDestroy {
  private lag: IntervalHistogram;

  constructor(private readonly gate: HashGate) {}

  onModuleInit(): void {
    this.lag = monitorEventLoopDelay({ resolution: RESOLUTION });
    this.lag.enable();
  }

  onModuleDestroy(): void {
    this.lag?.disable();
  }

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  metrics(): string {
    return this.values()
      .map(([name, type, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`)
      .join('');
  }

  private values(): Metric[] {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    // What is measured includes the timer's own interval.
    const lagP99 = Math.max(0, this.lag.percentile(99) / NANOSECONDS - RESOLUTION / 1_000);
    // Each scrape tells of the time since the one before.
    this.lag.reset();
    return [
      ['process_resident_memory_bytes', 'gauge', 'Memory of the process.', rss],
      ['process_cpu_seconds_total', 'counter', 'CPU time of the process, user and system.', (user + system) / MICROSECONDS],
      ['process_uptime_seconds', 'gauge', 'How long the process has been running.', process.uptime()],
      ['nodejs_heap_size_used_bytes', 'gauge', 'Heap in use.', heapUsed],
      ['nodejs_eventloop_lag_p99_seconds', 'gauge', 'Event loop delay at the 99th percentile since the last scrape.', lagP99],
      ['auth_hash_running', 'gauge', 'Password hashes being computed.', this.gate.inFlight],
      ['auth_hash_waiting', 'gauge', 'Password hashes waiting for their turn.', this.gate.queued],
      ['auth_hash_concurrency', 'gauge', 'Password hashes that may be computed at the same time.', this.gate.concurrency],
    ];
  }
}
