import { Controller, Get, Header } from '@nestjs/common';
import { Public } from 'nestjs-latchkey';
import { AuthMetrics } from 'nestjs-latchkey/metrics';

/** What Prometheus scrapes, in its text format. */
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: AuthMetrics) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  text(): Promise<string> {
    return this.metrics.text();
  }
}
