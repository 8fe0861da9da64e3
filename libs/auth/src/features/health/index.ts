export { HealthModule } from './health.module.js';
export type { HealthModuleOptions } from './health.options.js';
export type { HealthPart, HealthReport, HealthStatus } from './health-report.js';
export { AuthHealth } from './health.service.js';
export { type AuthHealthResult, LatchkeyHealthIndicator } from './latchkey-health.indicator.js';
