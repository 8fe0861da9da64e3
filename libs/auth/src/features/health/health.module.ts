import { ConfigurableModuleBuilder, type DynamicModule, Global, Module } from '@nestjs/common';
import { HealthInquiries } from './health-inquiries.js';
import { HEALTH_OPTIONS, type HealthModuleOptions, resolveHealthOptions } from './health.options.js';
import { AuthHealth } from './health.service.js';
import { LatchkeyHealthIndicator, terminusKnowsDegraded } from './latchkey-health.indicator.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<HealthModuleOptions>({
  moduleName: 'Health',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createHealthOptions')
  .build();

/**
 * Tells how the application is: {@link AuthHealth}, and {@link LatchkeyHealthIndicator} for `@nestjs/terminus`. It has no route of its own.
 *
 * @example
 * ```ts
 * HealthModule.forRoot({ outboxAge: '15m' })
 * ```
 */
@Global()
@Module({
  providers: [
    { provide: HEALTH_OPTIONS, inject: [MODULE_OPTIONS_TOKEN], useFactory: resolveHealthOptions },
    HealthInquiries,
    AuthHealth,
    {
      provide: LatchkeyHealthIndicator,
      inject: [AuthHealth],
      useFactory: async (health: AuthHealth) => new LatchkeyHealthIndicator(health, await terminusKnowsDegraded()),
    },
  ],
  exports: [AuthHealth, LatchkeyHealthIndicator],
})
export class HealthModule extends ConfigurableModuleClass {
  /** @throws AuthConfigurationError while the application starts, with every problem and its remedy */
  static override forRoot(options: HealthModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
