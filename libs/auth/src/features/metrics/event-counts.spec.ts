import { describe, expect, it } from 'vitest';
import { EventCounts } from './event-counts.js';
import { METRICS, seriesOf } from './metric-catalogue.js';

const event = (type: string, data: object = {}) => ({ type, data });

describe('what is counted', () => {
  it.each<[string, object, string]>([
    ['signIn.succeeded', { method: 'password' }, 'signIns succeeded'],
    ['signIn.failed', { reason: 'wrong_password' }, 'signIns failed, signInFailures wrong_password'],
    ['signIn.vetoed', {}, 'signIns vetoed'],
    ['user.signedUp', {}, 'signUps'],
    ['user.locked', { reason: 'hard_stop' }, 'lockouts hard_stop'],
    ['session.created', { delivery: 'cookie' }, 'sessionsCreated cookie'],
    ['session.refreshed', {}, 'refreshes'],
    ['session.revoked', { reason: 'sign_out' }, 'sessionsRevoked sign_out'],
    ['session.reuseDetected', {}, 'refreshReuses'],
    ['throttle.limited', { limit: 'account' }, 'throttled account'],
    ['mail.queued', {}, 'mails queued'],
    ['mail.sent', {}, 'mails sent'],
    ['mail.failed', { dead: false }, 'mails failed'],
    ['mail.failed', { dead: true }, 'mails dead'],
    ['mail.limited', {}, 'mails limited'],
    ['badge.earned', {}, ''],
    ['constructor', {}, ''],
  ])('of %s with %j', (type, data, expected) => {
    const counts = new EventCounts().of(event(type, data));
    const own = counts.slice(0, -1).map(({ counter, labels }) => [counter, ...Object.values(labels)].join(' '));

    expect(own.join(', ')).toBe(expected);
    expect(counts.at(-1)).toEqual({ counter: 'events', labels: { type } });
  });

  it('has labels that are known beforehand, whatever an event holds', () => {
    const counts = new EventCounts();

    expect(counts.of(event('signIn.failed', { reason: 'ada@example.com' }))[1]!.labels).toEqual({ reason: 'other' });
    expect(counts.of(event('throttle.limited', { limit: 7 }))[0]!.labels).toEqual({ limit: 'other' });
    expect(counts.of(event('user.locked'))[0]!.labels).toEqual({ reason: 'other' });
  });

  it('has a bounded number of types', () => {
    const counts = new EventCounts();
    const types = new Set(Array.from({ length: 1_000 }, (_, at) => counts.of(event(`made.up${at}`)).at(-1)!.labels['type']));

    expect(types.size).toBe(101);
    expect(types).toContain('other');
    expect(counts.of(event('made.up0')).at(-1)!.labels).toEqual({ type: 'made.up0' });
  });
});

describe('the catalogue of metrics', () => {
  it('has names of one grammar, each once, and says what they are', () => {
    const names = METRICS.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    for (const { name, help, unit } of METRICS) {
      expect(name).toMatch(/^auth(_[a-z]+)+$/);
      expect(name.endsWith('_seconds')).toBe(unit === 's');
      expect(help).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('has a hundred series at most beside the types of events', () => {
    expect(METRICS.flatMap(seriesOf).length).toBeLessThanOrEqual(100);
  });
});
