import { EMPTY_BUCKET, withFailure } from '../../../core/passwords/attempt-rules.js';
import type { AttemptRules } from '../../../core/ports/attempt.repository.js';
import type { Statement } from '../sql/statement.js';

/** Milliseconds since the epoch have 13 digits until the year 2286. */
const DIGITS = 13;
/** Packs two numbers into MySQL's one `LAST_INSERT_ID`. Consecutive failures stay far below. */
export const LEVEL_UNIT = 1_000_000;

const COLUMNS = 'bucket, consecutive, level, blocked_until, pending, pending_until, recent_failures, granted, touched_at';

const timeText = (time: number): string => String(time).padStart(DIGITS, '0');

export function failuresToText(times: readonly number[]): string {
  return times.map(timeText).join('');
}

export function failuresFromText(text: string): number[] {
  return Array.from({ length: Math.floor(text.length / DIGITS) }, (_, index) =>
    Number(text.slice(index * DIGITS, (index + 1) * DIGITS)),
  );
}

/** Failures up to this text are outside the window; the empty text is before every time. */
const windowText = (rules: AttemptRules, now: number): string => (now < rules.window ? '' : timeText(now - rules.window));

/** `decideReservation`, `withReservation` and `withFailure` of core/passwords/attempt-rules, as SQL over a row named `row`. */
class RowRules {
  constructor(
    private readonly q: Statement,
    private readonly rules: AttemptRules,
    private readonly now: number,
    private readonly row: string,
  ) {}

  get livePending(): string {
    return `CASE WHEN ${this.row}pending_until > ${this.q.integer(this.now)} THEN ${this.row}pending ELSE 0 END`;
  }

  get isGranted(): string {
    const { q, rules, row } = this;
    const oldestOfFull = `SUBSTR(${row}recent_failures, (${rules.maxFailures - 1} - (${this.livePending})) * ${DIGITS} + 1, ${DIGITS})`;
    return `${row}consecutive + (${this.livePending}) < ${rules.hardStop} AND ${row}blocked_until <= ${q.integer(this.now)}
      AND ((${row}level > 0 AND (${this.livePending}) = 0)
      OR (${row}level = 0 AND (${this.livePending}) < ${rules.maxFailures} AND ${oldestOfFull} <= ${q.text(windowText(rules, this.now))}))`;
  }

  get startsDelay(): string {
    const { q, rules, row } = this;
    if (rules.maxFailures <= 1) return '1 = 1';
    const oldest = `SUBSTR(${row}recent_failures, ${(rules.maxFailures - 2) * DIGITS + 1}, ${DIGITS})`;
    return `(${row}level > 0 OR ${oldest} > ${q.text(windowText(rules, this.now))})`;
  }

  /** End of the delay that a failure starts which takes the bucket to `level`. */
  blockedUntil(level: string): string {
    const { delays } = this.rules;
    const cases = delays.slice(0, -1).map((delay, index) => `WHEN ${index + 1} THEN ${delay}`);
    const delay =
      cases.length === 0 ? String(delays.at(-1) ?? 0) : `CASE ${level} ${cases.join(' ')} ELSE ${delays.at(-1) ?? 0} END`;
    return `${this.q.integer(this.now)} + ${delay}`;
  }

  /** @param joined the time of this failure before the earlier ones */
  kept(joined: string): string {
    return `SUBSTR(${joined}, 1, ${(this.rules.maxFailures - 1) * DIGITS})`;
  }
}

/** PostgreSQL and SQLite: refused = no row affected. */
export function reserveUpsert(q: Statement, table: string, bucket: string, rules: AttemptRules, now: number): string {
  const row = new RowRules(q, rules, now, 'a.');
  const until = now + rules.lease;
  return `${insertReserved(q, `${table} AS a`, bucket, until, now)}
    ON CONFLICT (bucket) DO UPDATE SET pending = (${row.livePending}) + 1,
    pending_until = CASE WHEN a.pending_until > ${q.integer(until)} THEN a.pending_until ELSE ${q.integer(until)} END,
    granted = 1, touched_at = ${q.integer(now)} WHERE ${row.isGranted}`;
}

/** MySQL and MariaDB: insertId 0 = first reservation, 1 = granted, 2 = refused. */
export function reserveOnDuplicate(q: Statement, table: string, bucket: string, rules: AttemptRules, now: number): string {
  const row = new RowRules(q, rules, now, '');
  const until = now + rules.lease;
  // Assignments are made from left to right: the decision first, then what reads the columns before they are changed.
  return `${insertReserved(q, table, bucket, until, now)}
    ON DUPLICATE KEY UPDATE granted = LAST_INSERT_ID(IF(${row.isGranted}, 1, 2)),
    pending = IF(granted = 1, (${row.livePending}) + 1, pending),
    pending_until = IF(granted = 1, GREATEST(pending_until, ${q.integer(until)}), pending_until),
    touched_at = IF(granted = 1, ${q.integer(now)}, touched_at)`;
}

/** PostgreSQL and SQLite: returns `consecutive` and `level`. */
export function failUpsert(q: Statement, table: string, bucket: string, rules: AttemptRules, now: number): string {
  const row = new RowRules(q, rules, now, 'a.');
  return `${insertFailed(q, `${table} AS a`, bucket, rules, now)}
    ON CONFLICT (bucket) DO UPDATE SET consecutive = a.consecutive + 1,
    level = CASE WHEN ${row.startsDelay} THEN a.level + 1 ELSE 0 END,
    blocked_until = CASE WHEN ${row.startsDelay} THEN ${row.blockedUntil('a.level + 1')} ELSE a.blocked_until END,
    recent_failures = ${row.kept(`${q.text(timeText(now))} || a.recent_failures`)},
    pending = CASE WHEN a.pending > 0 THEN a.pending - 1 ELSE 0 END, touched_at = ${q.integer(now)}
    RETURNING consecutive, level`;
}

/** MySQL and MariaDB: insertId 0 = first failure, else `level * LEVEL_UNIT + consecutive`. */
export function failOnDuplicate(q: Statement, table: string, bucket: string, rules: AttemptRules, now: number): string {
  const row = new RowRules(q, rules, now, '');
  return `${insertFailed(q, table, bucket, rules, now)}
    ON DUPLICATE KEY UPDATE consecutive = consecutive + 1,
    level = IF(${row.startsDelay}, level + 1, 0),
    blocked_until = IF(level > 0, ${row.blockedUntil('level')}, blocked_until),
    recent_failures = ${row.kept(`CONCAT(${q.text(timeText(now))}, recent_failures)`)},
    pending = IF(pending > 0, pending - 1, 0), touched_at = ${q.integer(now)},
    granted = IF(LAST_INSERT_ID(level * ${LEVEL_UNIT} + consecutive) = 0, granted, granted)`;
}

function insertReserved(q: Statement, into: string, bucket: string, until: number, now: number): string {
  return `INSERT INTO ${into} (${COLUMNS}) VALUES (${q.text(bucket)}, 0, 0, 0, 1, ${q.integer(until)}, '', 1, ${q.integer(now)})`;
}

function insertFailed(q: Statement, into: string, bucket: string, rules: AttemptRules, now: number): string {
  const first = withFailure(EMPTY_BUCKET, rules, now).bucket;
  return `INSERT INTO ${into} (${COLUMNS}) VALUES (${q.text(bucket)}, ${q.integer(first.consecutive)}, ${q.integer(first.level)},
    ${q.integer(first.blockedUntil)}, 0, 0, ${q.text(failuresToText(first.recentFailures))}, 1, ${q.integer(now)})`;
}
