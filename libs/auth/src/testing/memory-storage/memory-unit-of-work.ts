import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { MemoryDatabase } from './memory-database.js';

/** Units one after the other; the handle given to `work` is `undefined`, since there is no manager. */
@Injectable()
export class MemoryUnitOfWork extends UnitOfWork {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  async run<T>(work: (transaction: unknown) => Promise<T>): Promise<T> {
    if (this.database.unit !== undefined) return work(undefined);
    return this.database.transact(() => work(undefined));
  }

  override shareDeadline<T>(work: () => Promise<T>, spent?: number): Promise<T> {
    return this.database.time.share(work, spent);
  }

  override awaitAnswer<T>(answer: () => Promise<T>): Promise<T> {
    return this.database.time.awaitAnswer(answer);
  }

  afterCommit(effect: () => void): void {
    const unit = this.database.unit;
    if (unit !== undefined) {
      unit.effects.push(effect);
      return;
    }
    try {
      effect();
    } catch {
      // As after a commit: nobody's answer.
    }
  }
}
