import { Inject, Injectable, Logger } from '@nestjs/common';
import { type QuestionTimes, SharedQuestion } from '../../common/shared-question.js';
import { reasonOf } from '../../core/mail/outbox-delivery.js';
import { Clock } from '../../core/ports/clock.js';
import { HealthInquiries } from './health-inquiries.js';
import { HEALTH_OPTIONS, type ResolvedHealthOptions } from './health.options.js';
import { HEALTH_PARTS, type HealthPart, type HealthReport } from './health-report.js';

/** Milliseconds; so that a flood of probes is answered from memory. */
const BELIEVED = 1_000;
/** Tables do not change by themselves, and looking at all of them costs several statements. */
const SCHEMA_BELIEVED = 60_000;

/** How the application is. For `@nestjs/terminus` there is {@link LatchkeyHealthIndicator}. */
@Injectable()
export class AuthHealth {
  private readonly logger = new Logger('AuthHealth');
  private readonly questions: ReadonlyMap<HealthPart, SharedQuestion<string | null>>;
  private readonly down = new Set<HealthPart>();

  constructor(
    @Inject(HEALTH_OPTIONS) private readonly options: ResolvedHealthOptions,
    inquiries: HealthInquiries,
    clock: Clock,
  ) {
    const { deadline, mailEvery } = options;
    const timesOf = (part: HealthPart): QuestionTimes => {
      if (part === 'mail') return { deadline, believed: mailEvery };
      // A database that was away for a moment has said nothing about its tables.
      if (part === 'migrations') return { deadline, believed: SCHEMA_BELIEVED, rejectionBelieved: BELIEVED };
      return { deadline, believed: BELIEVED };
    };
    const now = (): number => clock.now();
    this.questions = new Map(
      HEALTH_PARTS.flatMap((part) => {
        const inquiry = inquiries.about(part);
        return inquiry === null ? [] : [[part, new SharedQuestion(inquiry, timesOf(part), now)] as const];
      }),
    );
  }

  /** Never rejects; settles within the deadline. The log says once when a part goes down, and why, and once when it is back. */
  async check(): Promise<HealthReport> {
    const answers = await Promise.all(
      [...this.questions].map(async ([part, question]) => [part, await question.ask().catch(reasonOf)] as const),
    );
    for (const [part, fault] of answers) this.tell(part, fault);
    const isDown = (part: HealthPart): boolean => answers.some(([one, fault]) => one === part && fault !== null);
    return {
      status: this.options.critical.some(isDown) ? 'down' : answers.some(([, fault]) => fault !== null) ? 'degraded' : 'up',
      parts: Object.fromEntries(answers.map(([part, fault]) => [part, fault === null ? 'up' : 'down'])),
    };
  }

  private tell(part: HealthPart, fault: string | null): void {
    if (fault === null) {
      if (this.down.delete(part)) this.logger.log(`Up again: ${part}`);
    } else if (!this.down.has(part)) {
      this.down.add(part);
      this.logger.warn(`Down: ${part} (${fault})`);
    }
  }
}
