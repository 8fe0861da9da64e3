import { StoreUnavailableException } from '../../../core/errors/auth.errors.js';

/**
 * What an error of the database means to the caller:
 * `conflict`: lost against a concurrent transaction, run again; `busy`: another process has SQLite's lock, wait and run again;
 * `unavailable`: no answer to be had; `unique`: a unique index refused; `value`: a value does not fit its column;
 * `other`: a mistake of ours or of the schema.
 */
export type StoreFailure = 'conflict' | 'busy' | 'unavailable' | 'unique' | 'value' | 'other';

// PostgreSQL: SQLSTATE (appendix A of its manual). MySQL, MariaDB: symbolic names of their error references. Node: system errors.
const CONFLICT = new Set(['40001', '40P01', 'ER_LOCK_DEADLOCK', 'ER_CHECKREAD']);
const UNIQUE = new Set(['23505', 'ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']);
// prettier-ignore
const VALUE = new Set([
  '22001', '22003', '22007', '22008', '22021', '22P02', '22P05', '23502', '23514',
  'ER_BAD_NULL_ERROR', 'ER_DATA_TOO_LONG', 'ER_WARN_DATA_OUT_OF_RANGE', 'ER_TRUNCATED_WRONG_VALUE', 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
  'ER_CONSTRAINT_FAILED', 'ER_CHECK_CONSTRAINT_VIOLATED', 'SQLITE_CONSTRAINT_CHECK', 'SQLITE_CONSTRAINT_NOTNULL', 'SQLITE_TOOBIG', 'SQLITE_MISMATCH',
]);
// prettier-ignore
const UNAVAILABLE = new Set([
  '25006', '25P03', '28000', '28P01', '3D000', '55P03', '57014', '57P01', '57P02', '57P03', '57P05',
  'ER_ACCESS_DENIED_ERROR', 'ER_BAD_DB_ERROR', 'ER_CON_COUNT_ERROR', 'ER_CONNECTION_KILLED', 'ER_LOCK_WAIT_TIMEOUT',
  'ER_OPTION_PREVENTS_STATEMENT', 'ER_QUERY_INTERRUPTED', 'ER_QUERY_TIMEOUT', 'ER_SERVER_SHUTDOWN', 'ER_STATEMENT_TIMEOUT',
  'ER_TOO_MANY_USER_CONNECTIONS', 'ER_USER_LIMIT_REACHED', 'PROTOCOL_CONNECTION_LOST', 'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'PROTOCOL_ENQUEUE_AFTER_QUIT', 'PROTOCOL_SEQUENCE_TIMEOUT', 'POOL_CLOSED', 'POOL_ENQUEUELIMIT', 'POOL_CONNLIMIT',
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT',
]);
const UNAVAILABLE_CLASSES = /^(08|53|58)...$|^SQLITE_(IOERR|FULL|CANTOPEN|READONLY|CORRUPT|NOTADB|AUTH|PERM)/;
const UNAVAILABLE_NAMES = new Set([
  'CannotExecuteNotConnectedError',
  'ConnectionIsNotSetError',
  'ConnectionNotFoundError',
  'QueryRunnerAlreadyReleasedError',
]);
// pg, mysql2 and better-sqlite3 have no code for these.
const UNAVAILABLE_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|connection error and is not queryable|client was closed|cannot use a pool after|pool is closed|queue limit reached|connection is in closed state|connection is not open|driver not connected|connection is not established|server closed the connection|the database system is (starting up|shutting down)/i;

// Errors of newer servers for which mysql2's table has no name: connection killed, statement timeout, idle timeout.
const UNAVAILABLE_NUMBERS = new Set<unknown>([1927, 1969, 3024, 4031]);

interface DriverError {
  code?: unknown;
  errno?: unknown;
  driverError?: unknown;
  name?: unknown;
  message?: unknown;
}

/** The driver's own error inside TypeORM's. */
export function driverErrorOf(error: unknown): DriverError {
  const outer = (error ?? {}) as DriverError;
  return typeof outer.driverError === 'object' && outer.driverError !== null ? outer.driverError : outer;
}

export function storeFailureOf(error: unknown): StoreFailure {
  if (error instanceof StoreUnavailableException) return 'unavailable';
  const { code, errno, name, message } = driverErrorOf(error);
  if (UNAVAILABLE_NUMBERS.has(errno)) return 'unavailable';
  if (typeof code === 'string') {
    if (CONFLICT.has(code)) return 'conflict';
    if (UNIQUE.has(code)) return 'unique';
    if (VALUE.has(code)) return 'value';
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
    if (UNAVAILABLE.has(code) || UNAVAILABLE_CLASSES.test(code)) return 'unavailable';
  }
  if (typeof message === 'string') {
    if (/database (table )?is locked/.test(message)) return 'busy';
    if (/UNIQUE constraint failed/.test(message)) return 'unique';
    if (UNAVAILABLE_MESSAGES.test(message)) return 'unavailable';
  }
  return typeof name === 'string' && UNAVAILABLE_NAMES.has(name) ? 'unavailable' : 'other';
}

/** The error to answer with: 503 when the store could not answer, else the error itself. */
export function asStoreError(error: unknown): Error {
  if (error instanceof StoreUnavailableException) return error;
  const failure = storeFailureOf(error);
  if (failure === 'conflict' || failure === 'busy' || failure === 'unavailable')
    return new StoreUnavailableException({ cause: error });
  return error instanceof Error ? error : new Error(String(error));
}
