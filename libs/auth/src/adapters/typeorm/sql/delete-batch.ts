import type { AuthDatabase } from '../auth-database.js';
import type { Statement } from './statement.js';

/**
 * Deletes at most `limit` rows that match, in one short statement; returns how many.
 *
 * @param order the column of the condition's index: with it the database walks along the index to the rows, without it may read a table
 *   full of rows that stay
 */
export function deleteBatch(
  database: AuthDatabase,
  table: string,
  key: string,
  limit: number,
  condition: (statement: Statement) => string,
  order?: string,
): Promise<number> {
  const first = order === undefined ? '' : ` ORDER BY ${order}`;
  return database.affected((q) => {
    // MySQL has LIMIT in DELETE but not in a subquery of its own table; the others the other way round.
    if (database.dialect === 'mysql') return `DELETE FROM ${table} WHERE ${condition(q)}${first} LIMIT ${q.value(limit)}`;
    return `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${condition(q)}${first} LIMIT ${q.value(limit)})`;
  });
}
