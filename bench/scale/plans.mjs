// Whether a statement finds its rows by an index, whatever the size of the table.

/** Tables that are worth a word: a smaller one is read in a moment. */
export const LARGE = 10_000;
/** Tables of which nobody may read everything; of a smaller one PostgreSQL may rather do so than look up a whole batch. */
export const FAR_TOO_LARGE = 100_000;
/** What a statement may cost by the planner's own estimate, in pages read in order: an index walked for most of a table costs more. */
export const MOST = 5_000;

const INDEX_SCANS = new Set(['Index Scan', 'Index Only Scan', 'Bitmap Index Scan']);

/** @param sizes rows by table @returns how a statement finds its rows in large tables, what it costs, and whether that is bad */
export function judgePlan(plan, sizes) {
  const accesses = accessesOf(plan, sizes);
  const cost = plan['Total Cost'];
  return { accesses, cost, isBad: cost > MOST || accesses.some(({ isBad }) => isBad) };
}

function accessesOf(plan, sizes, relation = plan['Relation Name']) {
  const table = plan['Relation Name'] ?? relation;
  const below = (plan.Plans ?? []).flatMap((child) => accessesOf(child, sizes, table));
  const rows = sizes.get(table) ?? 0;
  if (rows <= LARGE) return below;
  if (plan['Node Type'] === 'Seq Scan') return [...below, { table, by: 'every row', isBad: rows > FAR_TOO_LARGE }];
  if (!INDEX_SCANS.has(plan['Node Type'])) return below;
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
