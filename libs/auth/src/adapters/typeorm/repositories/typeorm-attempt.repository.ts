import { decideReservation, delayOfLevel, EMPTY_BUCKET, withFailure } from '../../../core/passwords/attempt-rules.js';
import {
  type AttemptBucket,
  AttemptRepository,
  type AttemptReservation,
  type AttemptRules,
  type AttemptSettlement,
} from '../../../core/ports/attempt.repository.js';
import type { AuthDatabase } from '../auth-database.js';
import { AuthAttemptEntity } from '../entities/auth-attempt.entity.js';
import { deleteBatch } from '../sql/delete-batch.js';
import { isKey } from '../sql/statement.js';
import { failOnDuplicate, failUpsert, failuresFromText, LEVEL_UNIT, reserveOnDuplicate, reserveUpsert } from './attempt-sql.js';

/** The bucket may change between the refusal and the look at its reason. */
const RESERVE_ROUNDS = 3;

/** The ledger of attempts in `auth_attempt`. */
export class TypeOrmAttemptRepository extends AttemptRepository {
  private readonly table: string;

  constructor(private readonly database: AuthDatabase) {
    super();
    this.table = database.table(AuthAttemptEntity);
  }

  async reserve(bucket: string, rules: AttemptRules, now: number): Promise<AttemptReservation> {
    for (let round = 0; round < RESERVE_ROUNDS; round += 1) {
      if (await this.tryToReserve(bucket, rules, now)) return { outcome: 'granted' };
      const reason = decideReservation((await this.find(bucket)) ?? EMPTY_BUCKET, rules, now);
      if (reason.outcome !== 'granted') return reason;
    }
    return { outcome: 'pending' };
  }

  async fail(bucket: string, rules: AttemptRules, now: number): Promise<AttemptSettlement> {
    const isMySql = this.database.dialect === 'mysql';
    const { rows, insertId } = await this.database.run((q) =>
      (isMySql ? failOnDuplicate : failUpsert)(q, this.table, bucket, rules, now),
    );
    if (isMySql && insertId === 0) return withFailure(EMPTY_BUCKET, rules, now).settlement;
    const consecutive = isMySql ? insertId % LEVEL_UNIT : Number(rows[0]?.['consecutive']);
    const level = isMySql ? Math.floor(insertId / LEVEL_UNIT) : Number(rows[0]?.['level']);
    return {
      consecutive,
      blockedUntil: level > 0 ? now + delayOfLevel(level, rules) : null,
      reachedHardStop: consecutive === rules.hardStop,
    };
  }

  async release(bucket: string): Promise<void> {
    await this.database.affected(
      (q) => `UPDATE ${this.table} SET pending = pending - 1 WHERE bucket = ${q.text(bucket)} AND pending > 0`,
    );
  }

  async clear(bucket: string): Promise<void> {
    await this.database.affected((q) => `DELETE FROM ${this.table} WHERE bucket = ${q.text(bucket)}`);
  }

  async find(bucket: string): Promise<AttemptBucket | null> {
    if (!isKey(bucket)) return null;
    const [row] = await this.database.rows(
      (q) => `SELECT consecutive, level, blocked_until, pending, pending_until, recent_failures
        FROM ${this.table} WHERE bucket = ${q.text(bucket)}`,
    );
    if (row === undefined) return null;
    return {
      consecutive: Number(row['consecutive']),
      level: Number(row['level']),
      blockedUntil: Number(row['blocked_until']),
      pending: Number(row['pending']),
      pendingUntil: Number(row['pending_until']),
      recentFailures: failuresFromText(row['recent_failures'] as string),
    };
  }

  async deleteIdle(before: number, rules: AttemptRules, limit: number): Promise<number> {
    return deleteBatch(
      this.database,
      this.table,
      limit,
      (q) => `touched_at < ${q.integer(before)} AND consecutive < ${q.integer(rules.hardStop)}`,
      'touched_at',
    );
  }

  private async tryToReserve(bucket: string, rules: AttemptRules, now: number): Promise<boolean> {
    if (this.database.dialect === 'mysql') {
      const { insertId } = await this.database.run((q) => reserveOnDuplicate(q, this.table, bucket, rules, now));
      return insertId !== 2;
    }
    return (await this.database.affected((q) => reserveUpsert(q, this.table, bucket, rules, now))) > 0;
  }
}
