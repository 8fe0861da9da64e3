import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { Public } from 'nestjs-latchkey';
import { LatchkeyHealthIndicator } from 'nestjs-latchkey/health';

/** What load balancers ask. */
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly terminus: HealthCheckService,
    private readonly auth: LatchkeyHealthIndicator,
  ) {}

  @HealthCheck()
  @Get()
  check() {
    return this.terminus.check([() => this.auth.isHealthy('auth')]);
  }
}
