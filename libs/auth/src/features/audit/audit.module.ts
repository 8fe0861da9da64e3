import { ConfigurableModuleBuilder, type DynamicModule, Global, Module } from '@nestjs/common';
import { AuditLines } from './audit-lines.js';
import { AuditController } from './audit.controller.js';
import { AUDIT_OPTIONS, type AuditModuleOptions, resolveAuditOptions } from './audit.options.js';
import { AuditService } from './audit.service.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<AuditModuleOptions>({ moduleName: 'Audit' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createAuditOptions')
  .build();

/**
 * The audit log for administrators, its retention, and its lines in the host's logger. The rows themselves are the core's: they are written
 * whether or not this module is imported.
 *
 * @example
 * ```ts
 * AuditModule.forRoot({ retention: '400d' })
 * ```
 */
@Global()
@Module({
  controllers: [AuditController],
  providers: [
    { provide: AUDIT_OPTIONS, inject: [MODULE_OPTIONS_TOKEN], useFactory: resolveAuditOptions },
    AuditService,
    AuditLines,
  ],
  exports: [AuditService],
})
export class AuditModule extends ConfigurableModuleClass {
  /** @throws AuthConfigurationError while the application starts, with every problem and its remedy */
  static override forRoot(options: AuditModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
