import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { OutsideContext } from '../common/outside-context.js';
import { BootCheck } from '../core/ports/boot-check.js';
import type { BootFacts } from './boot-facts.js';
import type { BootFactsReader } from './boot-facts-reader.js';
import type { BootMode } from './boot-mode.js';
import { judge } from './checklist.js';
import { acknowledged, type ChecklistItem, type ChecklistReport, notes, refusals, warnings } from './checklist-report.js';
import { mailUnverifiedRule } from './rules/mail-unverified.rule.js';
import { RefusedStartError } from './refused-start.error.js';

/**
 * The one place where the boot rules decide about a start. It asks twice: while Nest makes the providers, before anything listens, any timer
 * runs or any room touches the database; and what only the rooms can tell, once they have said it.
 */
export class ChecklistBootCheck extends BootCheck implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Latchkey');
  private readonly outside = new OutsideContext();
  private readonly closing = new AbortController();
  override readonly isServing: boolean;
  override readonly isReadOnly: boolean;
  private verdict: Promise<void> | undefined;

  private constructor(
    private readonly reader: BootFactsReader,
    private readonly early: BootFacts,
    mode: BootMode,
  ) {
    super();
    this.isServing = mode === 'refuse';
    this.isReadOnly = mode === 'report';
  }

  /** @throws AuthConfigurationError when a rule refuses the start */
  static async begin(reader: BootFactsReader, mode: BootMode = 'refuse'): Promise<ChecklistBootCheck> {
    const check = new ChecklistBootCheck(reader, await reader.readEarly(), mode);
    try {
      check.refuse(await judge(check.early));
    } catch (refusal) {
      await reader.release();
      throw refusal;
    }
    return check;
  }

  passed(): Promise<void> {
    this.verdict ??= this.judgeRooms();
    return this.verdict;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.passed();
    if (this.isServing && this.early.environment === 'production' && !this.closing.signal.aborted) {
      void this.outside.run(() => this.askMailServer());
    }
  }

  /** Before the transport ends its connections, which would look like a fault of the mail server. */
  onModuleDestroy(): void {
    this.closing.abort();
  }

  /** Beside the start, which neither waits for a mail server nor depends on one. */
  private async askMailServer(): Promise<void> {
    const { signal } = this.closing;
    const fault = await this.reader.mailFault(this.early, signal);
    if (fault !== null && !signal.aborted) {
      this.logger.warn(`The mail server cannot be used: ${fault}. Mail waits until it can. [${mailUnverifiedRule.id}]`);
    }
  }

  private async judgeRooms(): Promise<void> {
    const report = await judge(await this.reader.withRooms(this.early));
    this.refuse(report);
    this.tell(report);
  }

  private refuse(report: ChecklistReport): void {
    if (!this.isReadOnly && refusals(report).length > 0) throw new RefusedStartError(report);
  }

  private tell(report: ChecklistReport): void {
    const [warned, accepted, noted] = [warnings(report), acknowledged(report), notes(report)];
    const blocks = [
      ...(warned.length > 0 ? [`To be mended (${warned.length}):`, ...warned.flatMap(linesOf)] : []),
      ...(accepted.length > 0 ? [`Knowingly accepted (${accepted.length}):`, ...accepted.flatMap(linesOf)] : []),
    ];
    if (blocks.length > 0) this.logger.warn(blocks.join('\n'));
    if (noted.length > 0) this.logger.log([`Good to know (${noted.length}):`, ...noted.flatMap(linesOf)].join('\n'));
  }
}

const linesOf = ({ id, option, findings, reason }: ChecklistItem): string[] =>
  reason === null
    ? findings.map((finding) => `  - ${finding.option}: ${finding.problem} ${finding.remedy} [${id}]`)
    : [`  - ${option}: could not be judged: ${reason}. [${id}]`];
