// The rows of a database that has been in use for a month, made by formula, so that whoever knows the number of a session has its tokens.
import { createHash } from 'node:crypto';

export const SESSIONS_EACH = 5;
/** The first session of everybody has been ended today. */
const ENDED_EACH = 1;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const USER_AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36';
const ROWS_OF_A_STATEMENT = 250_000;

const md5 = (text) => createHash('md5').update(text).digest('hex');

export const emailOf = (user) => `user${user}@example.com`;

/** What its tokens are made of. Sessions of one user lie far apart in the table, as they do when people sign in. */
export function sessionOf(number, { users, keyId, startedAt }) {
  const digest = md5(`u${number % users}`);
  return {
    id: md5(`s${number}`).slice(0, 22),
    userId: digest.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    delivery: 'bearer',
    seed: `${md5(`seed${number}`)}${md5(`s${number}`).slice(0, 11)}`,
    generation: 1,
    keyId,
    amr: ['pwd'],
    authTime: startedAt,
    absoluteExpiresAt: startedAt + 60 * DAY,
  };
}

/** Numbers of the sessions of a user that live. */
export const liveSessionsOf = (user, users) =>
  Array.from({ length: SESSIONS_EACH - ENDED_EACH }, (_, at) => user + (at + ENDED_EACH) * users);

const userId = (user) => `md5('u' || (${user}))::uuid::text`;
const hex = (milliseconds) => `lpad(to_hex((${milliseconds})::bigint), 12, '0')`;

/** Sessions `i`. */
const sessions = ({ owner, ended, createdAt, ends, key, keyId }) => `
  INSERT INTO auth_session (id, user_id, delivery, remembered, credentials_version, secret_hash, seed, generation, rotated_at, key_id, amr,
    auth_time, created_at, last_seen_at, idle_expires_at, absolute_expires_at, ip, user_agent, revoked_at)
  SELECT left(md5('${key}' || i), 22), ${userId(owner)}, 'bearer', 0, 1, NULL, md5('seed' || i) || left(md5('${key}' || i), 11), 1, ${createdAt},
    '${keyId}', '["pwd"]', ${createdAt}, ${createdAt}, ${createdAt}, ${ends}, ${ends} + ${30 * DAY}, '192.0.2.' || (i % 250), '${USER_AGENT}',
    ${ended}`;

const parts = (from, to) =>
  Array.from({ length: Math.ceil((to - from) / ROWS_OF_A_STATEMENT) }, (_, part) => {
    const first = from + part * ROWS_OF_A_STATEMENT;
    return `FROM generate_series(${first}, ${Math.min(to, first + ROWS_OF_A_STATEMENT) - 1}) AS i`;
  });

/**
 * Statements that fill the tables, by table. Sessions have begun within the last 29 days, in the order of their numbers; each sign-in has left two
 * rows of audit, everybody a role and a known device, every third address an attempt, every fiftieth a revocation and a mail.
 */
export function fill({ users, keyId, passwordHash, startedAt }) {
  const all = users * SESSIONS_EACH;
  const createdAt = `${startedAt - 29 * DAY}::bigint + i::bigint * ${28 * DAY} / ${all}`;
  const audit = (event, sequence) =>
    parts(0, all).map(
      (rows) => `
      INSERT INTO auth_audit (id, event, at, user_id, session_id, ip, user_agent, request_id, data)
      SELECT ${hex(createdAt)} || lpad(to_hex(i * 2 + ${sequence}), 8, '0') || left(md5('a' || i), 12), '${event}', ${createdAt},
        ${userId(`i % ${users}`)}, left(md5('s' || i), 22), '192.0.2.' || (i % 250), '${USER_AGENT}', NULL, '{"method":"password"}' ${rows}`,
    );
  return {
    auth_user: parts(0, users).map(
      (rows) => `
      INSERT INTO auth_user (id, email, email_confirmed_at, password_hash)
      SELECT ${userId('i')}, 'user' || i || '@example.com', now(), '${passwordHash}' ${rows}`,
    ),
    auth_user_role: parts(0, users).map(
      (rows) => `INSERT INTO auth_user_role (user_id, role) SELECT ${userId('i')}, 'member' ${rows}`,
    ),
    auth_session: parts(0, all).map(
      (rows) =>
        `${sessions({
          owner: `i % ${users}`,
          key: 's',
          keyId,
          createdAt,
          ends: `${createdAt} + ${30 * DAY}`,
          ended: `CASE WHEN i < ${users * ENDED_EACH} THEN ${startedAt - 20 * HOUR} + i % ${19 * HOUR} END`,
        })} ${rows}`,
    ),
    auth_audit: [...audit('sign_in.succeeded', 0), ...audit('session.created', 1)],
    auth_one_time_token: parts(0, users).map(
      (rows) => `
      INSERT INTO auth_one_time_token (selector, secret_hash, purpose, subject, group_key, user_id, email_version, payload, created_at, expires_at)
      SELECT left(md5('d' || i), 22), md5('h' || i) || left(md5('d' || i), 11), 'known-device', left(md5('d' || i), 22), NULL, ${userId('i')}, 1, NULL,
        ${startedAt}, ${startedAt + 100 * DAY} + i ${rows}`,
    ),
    auth_attempt: parts(0, Math.ceil(users / 3)).map(
      (rows) => `
      INSERT INTO auth_attempt (bucket, consecutive, level, blocked_until, pending, pending_until, recent_failures, granted, touched_at)
      SELECT md5('b' || i) || left(md5('c' || i), 11), 1, 0, 0, 0, 0, '${startedAt - DAY}', 1, ${startedAt} - i ${rows}`,
    ),
    auth_revocation: parts(0, Math.ceil(users / 50)).map(
      (rows) => `INSERT INTO auth_revocation (id, kind, subject, at) SELECT md5('r' || i), 'session', left(md5('s' || i), 22),
      ${startedAt - HOUR / 2} - i ${rows}`,
    ),
    auth_outbox: parts(0, Math.ceil(users / 50)).map(
      (rows) => `INSERT INTO auth_outbox (id, kind, dedup_key, payload, status, attempts, claimed_by, created_at, available_at)
      SELECT md5('m' || i), 'new_sign_in', NULL, NULL, 'sent', 1, 'x', ${startedAt - HOUR}, ${startedAt - HOUR} - i ${rows}`,
    ),
  };
}

/** Statements for rows whose time is over, `count` of each kind, spread over all users. Removed by housekeeping. */
export function expired({ users, keyId, startedAt, count }) {
  const rows = `FROM generate_series(1, ${count}) AS i`;
  const long = startedAt - 500 * DAY;
  return [
    `${sessions({
      owner: `(i::bigint * 7919) % ${users}`,
      key: 'x',
      keyId,
      createdAt: `${startedAt - 40 * DAY}::bigint`,
      ends: `${startedAt - 3 * DAY}::bigint + i`,
      ended: 'NULL::bigint',
    })} ${rows}`,
    `INSERT INTO auth_audit (id, event, at, user_id, session_id, ip, user_agent, request_id, data)
     SELECT ${hex(`${long} + i`)} || md5('y' || i)::varchar(20), 'session.created', ${long} + i, ${userId(`(i::bigint * 7919) % ${users}`)},
       NULL, '192.0.2.1', '${USER_AGENT}', NULL, '{}' ${rows}`,
    `INSERT INTO auth_one_time_token (selector, secret_hash, purpose, subject, group_key, user_id, email_version, payload, created_at, expires_at)
     SELECT left(md5('z' || i), 22), md5('h' || i), 'known-device', left(md5('z' || i), 22), NULL, ${userId(`(i::bigint * 7919) % ${users}`)}, 1, NULL,
       0, ${startedAt - DAY} + i ${rows}`,
    `INSERT INTO auth_attempt (bucket, consecutive, level, blocked_until, pending, pending_until, recent_failures, granted, touched_at)
     SELECT md5('q' || i), 1, 0, 0, 0, 0, '${long}', 1, ${startedAt - 40 * DAY} + i ${rows}`,
    `INSERT INTO auth_revocation (id, kind, subject, at)
     SELECT md5('p' || i), 'session', md5('p' || i), ${startedAt - 3 * HOUR} + i ${rows}`,
  ];
}

/** Statements that give some users thousands of sessions, most recent last. @param heavy users, from the first on */
export function crowded({ keyId, startedAt, heavy, each }) {
  return [
    `${sessions({
      owner: `i % ${heavy}`,
      key: 'w',
      keyId,
      createdAt: `${startedAt - DAY}::bigint + i`,
      ends: `${startedAt + 20 * DAY}::bigint + i`,
      ended: 'NULL::bigint',
    })} FROM generate_series(1, ${heavy * each}) AS i`,
  ];
}
