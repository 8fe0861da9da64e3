import type { AuthDatabase } from './auth-database.js';
import { driverErrorOf, storeFailureOf } from './sql/store-failure.js';
import type { UserTable } from './user-table.js';

/** Whether `error` is the refusal of a second account with this address, and not of some other unique column of the host. */
export async function isEmailTaken(error: unknown, email: string, table: UserTable, database: AuthDatabase): Promise<boolean> {
  if (storeFailureOf(error) !== 'unique') return false;
  const column = table.columnName('email');
  const { detail, message } = driverErrorOf(error) as { detail?: unknown; message?: unknown };
  switch (database.dialect) {
    case 'postgres':
      // "Key (email)=(ada@example.com) already exists.", in whatever language; lower((email)::text) for an index on an expression.
      return typeof detail === 'string' && mentions(detail.slice(0, detail.indexOf(')=')), column);
    case 'sqlite':
      // "UNIQUE constraint failed: auth_user.email"
      return typeof message === 'string' && mentions(message.slice(message.indexOf(':')), column);
    case 'mysql': {
      // The message names an index, not its columns. A locking read sees what was committed after the unit began.
      const rows = await database.rows(
        (q) => `SELECT 1 FROM ${table.path} WHERE ${table.column('email')} = ${q.text(email)} LOCK IN SHARE MODE`,
      );
      return rows.length > 0;
    }
  }
}

const mentions = (text: string, column: string): boolean => text.split(/[^\p{L}\p{N}_$]+/u).includes(column);
