/** What is asked; a part that the application does not have is not in the report. */
export const HEALTH_PARTS = ['database', 'migrations', 'pool', 'cache', 'mail', 'outbox', 'keys'] as const;

export type HealthPart = (typeof HEALTH_PARTS)[number];

/** `degraded`: something is down that the application can do without for a while, e.g. Redis. */
export type HealthStatus = 'up' | 'degraded' | 'down';

/** Fit for strangers: which parts are up, and neither addresses, versions nor messages. Reasons are in the log. */
export interface HealthReport {
  status: HealthStatus;
  parts: Partial<Record<HealthPart, 'up' | 'down'>>;
}
