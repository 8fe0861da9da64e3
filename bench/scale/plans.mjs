// Whether a statement finds its rows by an index, whatever the size of the table.

/** Tables of which nobody may read everything. */
export const LARGE = 10_000;

const INDEX_SCANS = new Set(['Index Scan', 'Index Only Scan', 'Bitmap Index Scan']);

/** Every access of a plan to a table that is large. @param sizes rows by table */
export function accessesOf(plan, sizes, relation = plan['Relation Name']) {
  const table = plan['Relation Name'] ?? relation;
  const below = (plan.Plans ?? []).flatMap((child) => accessesOf(child, sizes, table));
  const isLarge = (sizes.get(table) ?? 0) > LARGE;
  if (plan['Node Type'] === 'Seq Scan') return isLarge ? [...below, { table, by: 'every row', isBad: true }] : below;
  if (!INDEX_SCANS.has(plan['Node Type']) || !isLarge) return below;
  const condition = plan['Index Cond'];
  // An index that is walked from one end to the other is no better than the table.
  return [
    ...below,
    { table, by: condition === undefined ? 'a whole index' : columnsOf(condition), isBad: condition === undefined },
  ];
}

/** `((id)::text = '…'::text)` is about `id`. */
const columnsOf = (condition) =>
  [...new Set([...condition.matchAll(/\(?\(?([a-z_]+)\)?(?:::\w+)? (?:=|<|>|<=|>=|IS) /g)].map(([, name]) => name))].join(', ');

/** What a statement does, in a few words. */
export const gist = (query) => {
  const [, verb, table] = /^\s*(SELECT|INSERT|UPDATE|DELETE)\b.*?\b(?:FROM|INTO|UPDATE)?\s*"?(auth_\w+)"?/is.exec(query) ?? [
    null,
    'SELECT',
    '?',
  ];
  return `${verb} ${table}`;
};
