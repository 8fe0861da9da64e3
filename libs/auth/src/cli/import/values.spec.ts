import { describe, expect, it } from 'vitest';
import { namesOf, sinceOf, timeOf } from './values.js';

const iso = (value: unknown): string | null | undefined => {
  const time = timeOf(value);
  return time instanceof Date ? time.toISOString() : time;
};

describe('a time', () => {
  it.each([
    ['2024-05-01', '2024-05-01T00:00:00.000Z'],
    ['2024-05-01 12:30', '2024-05-01T12:30:00.000Z'],
    ['2024-05-01 12:30:15', '2024-05-01T12:30:15.000Z'],
    ['2024-05-01 12:30:15.123456', '2024-05-01T12:30:15.123Z'],
    ['2024-05-01 12:30:15.5+02', '2024-05-01T10:30:15.500Z'],
    ['2024-05-01 12:30:15 UTC', '2024-05-01T12:30:15.000Z'],
    ['2024-05-01T12:30:15-0330', '2024-05-01T16:00:15.000Z'],
    ['2024-05-01T12:30:15.000Z', '2024-05-01T12:30:15.000Z'],
    [' 2024-02-29 ', '2024-02-29T00:00:00.000Z'],
    [1_714_566_600, '2024-05-01T12:30:00.000Z'],
    ['1714566600000', '2024-05-01T12:30:00.000Z'],
  ])('may be written %s', (value, expected) => expect(iso(value)).toBe(expected));

  it.each(['yesterday', '2024-13-01', '2024-02-30', '2023-02-29', '01.05.2024', '5/1/2024', '2024-05-01 25:00', true, {}, []])(
    'is not %s',
    (value) => expect(iso(value)).toBeUndefined(),
  );

  it.each([undefined, null, ''])('is absent for %s', (value) => expect(iso(value)).toBeNull());
});

describe('since when something holds', () => {
  const now = new Date('2026-01-01T00:00:00Z');

  it('is now for a yes, never for a no, and else a time', () => {
    for (const yes of [true, 1, '1', 'true', 'T', 'yes', ' Y ']) expect(sinceOf(yes, now)).toBe(now);
    for (const no of [false, 0, '0', 'False', 'f', 'no', '', null, undefined]) expect(sinceOf(no, now)).toBeNull();
    expect(sinceOf('2024-05-01', now)).toEqual(new Date('2024-05-01T00:00:00Z'));
    for (const neither of ['perhaps', {}, [], '2024-02-31']) expect(sinceOf(neither, now)).toBeUndefined();
  });
});

describe('names', () => {
  it('are separated by one of several characters, or are a list', () => {
    expect(namesOf('admin| editor ;admin,')).toEqual(['admin', 'editor']);
    expect(namesOf(['admin', 'two words', 'admin'])).toEqual(['admin', 'two words']);
    expect(namesOf('')).toEqual([]);
    expect(namesOf(null)).toEqual([]);
    for (const none of [1, {}, ['a', 1]]) expect(namesOf(none)).toBeUndefined();
  });
});
