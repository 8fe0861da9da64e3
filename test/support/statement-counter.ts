import type { Logger } from 'typeorm';

const TRANSACTION = /^\s*(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET TRANSACTION)/i;
const REVOCATION_POLL = /\bauth_revocation\b/i;
/** Whatever the dispatcher does with the outbox by itself: everything but writing a message. */
const OUTBOX_WORK = /^\s*(?!INSERT\b).*\bauth_outbox\b/is;

/** Counts what TypeORM sends to the database; give it to the data source as its logger. */
export class StatementCounter implements Logger {
  private statements: string[] = [];

  /** What was sent since the last call, without BEGIN and COMMIT and without what runs by itself: the log's and the outbox's reads. */
  take(): string[] {
    const taken = this.statements.filter(
      (sql) => !TRANSACTION.test(sql) && !OUTBOX_WORK.test(sql) && !(REVOCATION_POLL.test(sql) && /^\s*SELECT/i.test(sql)),
    );
    this.statements = [];
    return taken.map((sql) => sql.replace(/\s+/g, ' ').slice(0, 90));
  }

  logQuery(sql: string): void {
    this.statements.push(sql);
  }

  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
