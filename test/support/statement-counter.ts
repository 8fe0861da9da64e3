import type { Logger } from 'typeorm';

const TRANSACTION = /^\s*(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET TRANSACTION)/i;
const REVOCATION_POLL = /\bauth_revocation\b/i;

/** Counts what TypeORM sends to the database; give it to the data source as its logger. */
export class StatementCounter implements Logger {
  private statements: string[] = [];

  /** What was sent since the last call, without BEGIN and COMMIT and without the revocation log's own half-second read. */
  take(): string[] {
    const taken = this.statements.filter(
      (sql) => !TRANSACTION.test(sql) && !(REVOCATION_POLL.test(sql) && /^\s*SELECT/i.test(sql)),
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
