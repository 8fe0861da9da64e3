import { Injectable } from '@nestjs/common';
import type { ConfigurationProblem } from '../errors/auth-configuration.error.js';

type FindProblems = () => readonly ConfigurationProblem[] | Promise<readonly ConfigurationProblem[]>;

/**
 * What rooms find wrong with their own configuration. Each finding belongs to a boot rule, which says how bad it is; nobody throws on their own.
 */
@Injectable()
export class BootFindings {
  private readonly sources: { rule: string; find: FindProblems }[] = [];

  /**
   * While the application starts (`onModuleInit`).
   *
   * @param rule id of a boot rule, e.g. `storage.unfilled-column`
   * @param find asked after every module's `onModuleInit`; an empty list when all is well
   */
  contribute(rule: string, find: FindProblems): void {
    this.sources.push({ rule, find });
  }

  /** By rule. @throws whatever a source throws */
  async collect(): Promise<ReadonlyMap<string, readonly ConfigurationProblem[]>> {
    const found = await Promise.all(this.sources.map(async ({ rule, find }) => ({ rule, problems: await find() })));
    const byRule = new Map<string, ConfigurationProblem[]>();
    for (const { rule, problems } of found) byRule.set(rule, [...(byRule.get(rule) ?? []), ...problems]);
    return byRule;
  }
}
