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
  limit: number,
  condition: (statement: Statement) => string,
  order?: string,
): Promise<number> {
  const { dialect } = database;
  return database.affected((q) => {
    const first = (): string => `${condition(q)}${order === undefined ? '' : ` ORDER BY ${order}`} LIMIT ${q.value(limit)}`;
    if (dialect === 'mysql') return `DELETE FROM ${table} WHERE ${first()}`;
    // The others have LIMIT in a subquery only. What it finds is taken by its place in the table, without another look at an index.
    if (dialect === 'sqlite') return `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${first()})`;
    // The row itself is asked once more: it may have been changed since it was found, and of several partitions one may have another row at its
    // place. In a form that no index can answer, lest all that match are walked for each batch.
    return `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE ${first()})) AND (${condition(q)}) IS TRUE`;
  });
}
