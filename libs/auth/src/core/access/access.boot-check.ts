import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import { isContradictory } from './route-access.js';

/** Stops the boot when a handler is open and requires something at the same time. */
@Injectable()
export class AccessBootCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    const problems = this.discovery.getControllers().flatMap(({ metatype }) => {
      const prototype: object = (metatype as Type).prototype;
      return this.scanner
        .getAllMethodNames(prototype)
        .filter((name) => isContradictory((prototype as Record<string, () => unknown>)[name]!))
        .map((name) => ({
          option: `${(metatype as Type).name}.${name}`,
          problem: 'is open (@Public or @OptionalAuth) and requires something at the same time.',
          remedy: 'Remove one of the decorators.',
        }));
    });
    if (problems.length > 0) throw new AuthConfigurationError(problems);
  }
}
