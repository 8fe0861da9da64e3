import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { parseDuration } from '../../common/duration.js';
import { AuthConfigurationError, type ConfigurationProblem } from '../errors/auth-configuration.error.js';
import { AccessMetadata, type DecoratedTarget, isContradictory } from './route-access.js';

/** Stops the boot when a handler or a class is open and requires something at the same time, or requires what nobody can read. */
@Injectable()
export class AccessBootCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    const problems = this.discovery.getControllers().flatMap(({ metatype }) => {
      const controller = metatype as Type;
      const prototype = controller.prototype as Record<string, () => unknown>;
      return [
        ...problemsOf(controller, controller.name),
        ...this.scanner.getAllMethodNames(prototype).flatMap((name) => problemsOf(prototype[name]!, `${controller.name}.${name}`)),
      ];
    });
    if (problems.length > 0) throw new AuthConfigurationError(problems);
  }
}

function problemsOf(target: DecoratedTarget, option: string): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  if (isContradictory(target)) {
    problems.push({
      option,
      problem: 'is open (@Public or @OptionalAuth) and requires something at the same time.',
      remedy: 'Remove one of the decorators.',
    });
  }
  const maxAge: unknown = Reflect.getMetadata(AccessMetadata.recentAuth, target);
  if (maxAge !== undefined && maxAge !== true && parseDuration(maxAge) === undefined) {
    problems.push({
      option,
      problem: `@RequireRecentAuth: ${JSON.stringify(maxAge)} is not a duration.`,
      remedy: "Use '10m' or a number of seconds.",
    });
  }
  return problems;
}
