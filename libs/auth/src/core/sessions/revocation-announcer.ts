import { Injectable } from '@nestjs/common';
import { type Revocation, RevocationLog } from '../ports/revocation-log.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import { Revocations } from './revocations.js';

/** Makes every process forget what it remembers: a row in the log with the act itself, this process and a message after its commit. */
@Injectable()
export class RevocationAnnouncer {
  constructor(
    private readonly log: RevocationLog,
    private readonly units: UnitOfWork,
    private readonly revocations: Revocations,
  ) {}

  /** Inside the unit of work of the act. */
  async announce(...revocations: Revocation[]): Promise<void> {
    await this.log.append(revocations);
    this.units.afterCommit(() => this.revocations.announce(revocations));
  }
}
