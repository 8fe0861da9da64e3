import type { DataSource, Logger } from 'typeorm';

export interface StatementCount {
  /** Every statement since the last reset, in order, those that begin and end transactions included. */
  readonly statements: string[];
  /** Statements besides those that begin and end transactions. */
  readonly count: number;
  reset(): void;
  /** Puts the data source's own logger back. */
  stop(): void;
}

const TRANSACTION = /^\s*(BEGIN|START TRANSACTION|SET TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE SAVEPOINT)\b/i;

/** Counts what a data source sends, ours and the host's alike, by standing before its logger. */
export function countStatements(dataSource: DataSource): StatementCount {
  const statements: string[] = [];
  const original = dataSource.logger;
  const counting: Logger = new Proxy(original, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (property === 'logQuery') statements.push(String(args[0]));
        return (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  dataSource.logger = counting;
  return {
    statements,
    get count() {
      return statements.filter((sql) => !TRANSACTION.test(sql)).length;
    },
    reset: () => void statements.splice(0),
    stop: () => void (dataSource.logger = original),
  };
}
