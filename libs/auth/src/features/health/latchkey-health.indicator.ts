import type { HealthPart, HealthReport, HealthStatus } from './health-report.js';
import type { AuthHealth } from './health.service.js';

/** As Terminus has it; from Terminus 12 on the status may also be `'degraded'`, which the types of 11 do not know. */
export type AuthHealthResult<Key extends string = string> = Record<
  Key,
  { status: 'up' | 'down'; degraded?: true; parts: Partial<Record<HealthPart, 'up' | 'down'>> }
>;

/**
 * An indicator for `@nestjs/terminus`.
 *
 * @example
 * ```ts
 * \@Public()
 * \@HealthCheck()
 * \@Get('health')
 * check() {
 *   return this.terminus.check([() => this.auth.isHealthy('auth')]);
 * }
 * ```
 */
export class LatchkeyHealthIndicator {
  constructor(
    private readonly health: Pick<AuthHealth, 'check'>,
    /** Whether the host's Terminus has a status for it: one that has not would leave the answer out. */
    private readonly knowsDegraded: boolean,
  ) {}

  /** Never rejects. Degraded is up: Terminus answers 200, and says what is missing. */
  async isHealthy<const Key extends string = 'auth'>(key: Key = 'auth' as Key): Promise<AuthHealthResult<Key>> {
    return { [key]: this.resultOf(await this.health.check()) } as unknown as AuthHealthResult<Key>;
  }

  private resultOf({ status, parts }: HealthReport): { status: HealthStatus; degraded?: true; parts: HealthReport['parts'] } {
    if (status !== 'degraded') return { status, parts };
    return this.knowsDegraded ? { status, parts } : { status: 'up', degraded: true, parts };
  }
}

/** Without Terminus nobody asks the indicator. */
export async function terminusKnowsDegraded(): Promise<boolean> {
  try {
    const { HealthIndicatorService } = await import('@nestjs/terminus');
    return 'degraded' in new HealthIndicatorService().check('auth');
  } catch {
    return false;
  }
}
