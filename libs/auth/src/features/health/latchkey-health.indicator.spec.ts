import { describe, expect, it } from 'vitest';
import type { HealthReport, HealthStatus } from './health-report.js';
import { LatchkeyHealthIndicator, terminusKnowsDegraded } from './latchkey-health.indicator.js';

const parts = { database: 'up', cache: 'down' } as const;
const health = (status: HealthStatus) => ({ check: async (): Promise<HealthReport> => ({ status, parts }) });

describe('the indicator for Terminus', () => {
  it('says it by the name that the host chose', async () => {
    const indicator = new LatchkeyHealthIndicator(health('up'), true);

    expect(await indicator.isHealthy('accounts')).toEqual({ accounts: { status: 'up', parts } });
    expect(await indicator.isHealthy()).toEqual({ auth: { status: 'up', parts } });
  });

  it('is degraded where Terminus has a word for it', async () => {
    expect(await new LatchkeyHealthIndicator(health('degraded'), true).isHealthy()).toEqual({
      auth: { status: 'degraded', parts },
    });
    expect(await terminusKnowsDegraded()).toBe(true);
  });

  it('is up, and says so, where Terminus has none (11)', async () => {
    const { auth } = await new LatchkeyHealthIndicator(health('degraded'), false).isHealthy();

    expect(auth).toEqual({ status: 'up', degraded: true, parts });
  });

  it('is down where it is down', async () => {
    for (const knowsDegraded of [true, false]) {
      const { auth } = await new LatchkeyHealthIndicator(health('down'), knowsDegraded).isHealthy();
      expect(auth).toEqual({ status: 'down', parts });
    }
  });
});
