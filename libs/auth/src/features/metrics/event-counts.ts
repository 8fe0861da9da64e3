import type { AuthEvent } from '../../core/events/auth-event.js';
import { COUNTERS, type CounterKey, type MetricDescription, OTHER } from './metric-catalogue.js';
import type { LabelValues } from './meter.js';

export interface Count {
  counter: CounterKey;
  labels: LabelValues;
}

type Data = Readonly<Record<string, unknown>>;
type Counting = (data: Data) => Count;

const count = (counter: CounterKey, labels: LabelValues = {}): Count => ({ counter, labels });

/** A value of the event as a label, if it is one of those that are known: whatever an event may hold adds no series. */
function known(counter: CounterKey, label: string, value: unknown): Count {
  const { labels = {} }: MetricDescription = COUNTERS[counter];
  return count(counter, { [label]: labels[label]!.includes(value as string) ? (value as string) : OTHER });
}

/** By the type of the event. */
const COUNTINGS: Readonly<Record<string, readonly Counting[]>> = {
  'signIn.succeeded': [() => count('signIns', { result: 'succeeded' })],
  'signIn.failed': [() => count('signIns', { result: 'failed' }), ({ reason }) => known('signInFailures', 'reason', reason)],
  'signIn.vetoed': [() => count('signIns', { result: 'vetoed' })],
  'user.signedUp': [() => count('signUps')],
  'user.locked': [({ reason }) => known('lockouts', 'reason', reason)],
  'session.created': [({ delivery }) => known('sessionsCreated', 'delivery', delivery)],
  'session.refreshed': [() => count('refreshes')],
  'session.revoked': [({ reason }) => known('sessionsRevoked', 'reason', reason)],
  'session.reuseDetected': [() => count('refreshReuses')],
  'throttle.limited': [({ limit }) => known('throttled', 'limit', limit)],
  'mail.queued': [() => count('mails', { result: 'queued' })],
  'mail.sent': [() => count('mails', { result: 'sent' })],
  'mail.failed': [({ dead }) => count('mails', { result: dead === true ? 'dead' : 'failed' })],
  'mail.limited': [() => count('mails', { result: 'limited' })],
};

/** Far more than there are; a host that makes types up as it goes must not make series. */
const MAX_TYPES = 100;

/** Turns events into counts. */
export class EventCounts {
  private readonly types = new Set<string>();

  of({ type, data }: Pick<AuthEvent, 'type' | 'data'>): Count[] {
    const own = Object.hasOwn(COUNTINGS, type) ? COUNTINGS[type]! : [];
    return [...own.map((counting) => counting(data as Data)), count('events', { type: this.typeOf(type) })];
  }

  private typeOf(type: string): string {
    if (this.types.has(type)) return type;
    if (this.types.size >= MAX_TYPES) return OTHER;
    this.types.add(type);
    return type;
  }
}
