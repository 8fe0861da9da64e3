import type { ThrottleName } from '../../core/access/auth-throttle.decorator.js';
import type { RevocationReason, SignInFailure } from '../../core/events/auth.events.js';

/** Values of a label that are known beforehand; what is none of them is counted as `other`. */
type Labels = Readonly<Record<string, readonly string[]>>;

export interface MetricDescription {
  /** As Prometheus has it. OpenTelemetry's is `auth.` and the rest without the ending that names the unit. */
  name: string;
  help: string;
  unit?: 's';
  labels?: Labels;
}

export const OTHER = 'other';

/** All members of a union: one that is added there and not here does not compile. */
const every = <T extends string>(members: Readonly<Record<T, true>>): readonly T[] => Object.keys(members) as T[];

const FAILURES = every<SignInFailure>({
  unknown_user: true,
  wrong_password: true,
  no_password: true,
  disabled: true,
  locked: true,
  throttled: true,
});
const REVOCATIONS = every<RevocationReason>({
  sign_out: true,
  ended_by_user: true,
  ended_by_administrator: true,
  password_changed: true,
  password_reset: true,
  email_changed: true,
  address_proved: true,
  reuse: true,
  disabled: true,
  locked: true,
  deleted: true,
});
const LIMITS = every<ThrottleName | 'account' | 'source' | 'device' | 'session' | 'route'>({
  account: true,
  source: true,
  device: true,
  session: true,
  signIn: true,
  signUp: true,
  mail: true,
  token: true,
  route: true,
});

/** Counted as events come. */
export const COUNTERS = {
  signIns: {
    name: 'auth_sign_ins_total',
    help: 'Sign-ins by result.',
    labels: { result: ['succeeded', 'failed', 'vetoed'] },
  },
  signInFailures: {
    name: 'auth_sign_in_failures_total',
    help: 'Failed sign-ins by reason, which clients are not told.',
    labels: { reason: [...FAILURES, OTHER] },
  },
  signUps: { name: 'auth_sign_ups_total', help: 'New accounts.' },
  refreshes: { name: 'auth_refreshes_total', help: 'Refresh tokens that were replaced.' },
  refreshReuses: { name: 'auth_refresh_reuses_total', help: 'Replaced refresh tokens that came back, so they were copied.' },
  lockouts: {
    name: 'auth_lockouts_total',
    help: 'Accounts that were locked, by hand or by the hard stop.',
    labels: { reason: ['manual', 'hard_stop', OTHER] },
  },
  throttled: { name: 'auth_throttled_total', help: 'Requests refused by a limit.', labels: { limit: [...LIMITS, OTHER] } },
  sessionsCreated: {
    name: 'auth_sessions_created_total',
    help: 'Sessions that were opened.',
    labels: { delivery: ['bearer', 'cookie', OTHER] },
  },
  sessionsRevoked: {
    name: 'auth_sessions_revoked_total',
    help: 'Acts that ended sessions, by reason.',
    labels: { reason: [...REVOCATIONS, OTHER] },
  },
  mails: {
    name: 'auth_mails_total',
    help: 'Mail: queued, sent, failed at the first attempt, given up, and not written because of a limit.',
    labels: { result: ['queued', 'sent', 'failed', 'dead', 'limited'] },
  },
  events: { name: 'auth_events_total', help: 'Every event by type.', labels: { type: [] } },
} as const satisfies Record<string, MetricDescription>;

export type CounterKey = keyof typeof COUNTERS;

/** Seconds, from a bcrypt of cost 4 to the longest that a hash waits for its turn. */
export const HASH_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export const HISTOGRAMS = {
  hashDuration: { name: 'auth_hash_duration_seconds', help: 'How long a password hash was computed.', unit: 's' },
  hashWait: { name: 'auth_hash_wait_seconds', help: 'How long a password hash waited for its turn.', unit: 's' },
} as const satisfies Record<string, MetricDescription>;

/** Counted elsewhere, and read when somebody collects. */
export const OBSERVED_COUNTERS = {
  lookUps: {
    name: 'auth_session_lookups_total',
    help: 'Look-ups of sessions by where the answer came from.',
    labels: { tier: ['memory', 'sql'] },
  },
  hashRefused: { name: 'auth_hash_refused_total', help: 'Password hashes refused for want of room or time.' },
} as const satisfies Record<string, MetricDescription>;

export const GAUGES = {
  hashRunning: { name: 'auth_hash_running', help: 'Password hashes being computed.' },
  hashWaiting: { name: 'auth_hash_waiting', help: 'Password hashes waiting for their turn.' },
  hashConcurrency: { name: 'auth_hash_concurrency', help: 'Password hashes that may be computed at the same time.' },
  poolConnections: {
    name: 'auth_pool_connections',
    help: 'Open connections of the store.',
    labels: { state: ['in_use', 'idle'] },
  },
  poolLimit: { name: 'auth_pool_limit', help: 'Connections of the store that can be open at the same time.' },
  poolWaiting: { name: 'auth_pool_waiting', help: 'Who waits for a connection of the store.' },
} as const satisfies Record<string, MetricDescription>;

/** Cost a statement. */
export const OUTBOX_GAUGES = {
  messages: {
    name: 'auth_outbox_messages',
    help: 'Messages in the outbox: on their way, and given up.',
    labels: { state: ['pending', 'dead'] },
  },
  oldest: { name: 'auth_outbox_oldest_seconds', help: 'Age of the oldest message that is on its way.', unit: 's' },
} as const satisfies Record<string, MetricDescription>;

export const METRICS: readonly MetricDescription[] = [COUNTERS, HISTOGRAMS, OBSERVED_COUNTERS, GAUGES, OUTBOX_GAUGES].flatMap(
  (group) => Object.values<MetricDescription>(group),
);

/** Every combination of the known values; `[{}]` for a metric without labels. */
export function seriesOf({ labels = {} }: MetricDescription): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (series, [label, values]) => series.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}
