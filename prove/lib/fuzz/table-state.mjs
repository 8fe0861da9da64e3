// What stands in the tables, so that requests which were refused can be shown to have written nothing.

/** Written by refusals on purpose: attempts are counted, and told to the log; leases are taken by timers. */
const WRITTEN_BY_REFUSALS = new Set(['auth_attempt', 'auth_audit', 'auth_lease']);
/** That somebody was there, which is noted of every session that is used. */
const WHEN_SEEN = ['last_seen_at', 'idle_expires_at', 'lastSeenAt', 'idleExpiresAt'];
/** How far the mail of earlier requests has come. */
const HOW_FAR = ['status', 'attempts', 'payload', 'available_at', 'claimed_by', 'dedup_key'];

/** @returns of every table a count and a digest of its rows, by name */
export async function tableState(tables) {
  const names = await tables.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename");
  const state = {};
  for (const { tablename } of names) {
    if (WRITTEN_BY_REFUSALS.has(tablename)) continue;
    const besides = tablename === 'auth_outbox' ? HOW_FAR : WHEN_SEEN;
    const row = `to_jsonb(t) - '{${besides.join(',')}}'::text[]`;
    const [found] = await tables.rows(
      `SELECT count(*)::int AS n, coalesce(md5(string_agg(md5((${row})::text), '' ORDER BY md5((${row})::text))), '') AS digest FROM "${tablename}" t`,
    );
    state[tablename] = `${found.n} rows ${found.digest}`;
  }
  return state;
}

/** @returns names of the tables that are not the same */
export const changedTables = (before, after) => Object.keys(after).filter((name) => before[name] !== after[name]);
