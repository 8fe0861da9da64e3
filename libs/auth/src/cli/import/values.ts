const YES = new Set(['true', 't', 'yes', 'y', '1']);
const NO = new Set(['false', 'f', 'no', 'n', '0', '']);

/** ISO 8601 and what databases print: `2024-05-01`, `2024-05-01 12:00:00.123456+02`, `2024-05-01 12:00:00 UTC`. */
const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,9}))?)?\s?(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/;
/** Numbers below are seconds since the epoch, above milliseconds: a time between 1973 and 5138 is one of the two. */
const SECONDS_BELOW = 100_000_000_000;

/** `null` for nothing; `undefined` for what is no time. Without a zone it is UTC. */
export function timeOf(value: unknown): Date | null | undefined {
  if (value === undefined || value === null || value === '') return null;
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : undefined;
  if (number !== undefined) return validDate(new Date(number < SECONDS_BELOW ? number * 1000 : number));
  const match = typeof value === 'string' ? TIME.exec(value.trim()) : null;
  if (match === null) return undefined;
  const [, day, minute = '00:00', second = ':00', fraction = '0', zone = 'Z'] = match;
  const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}` : 'Z';
  const date = new Date(`${day}T${minute}${second}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
  // 2024-02-31 would be the 2nd of March.
  return Number.isNaN(date.getTime()) || Number(day!.slice(8)) > daysIn(day!) ? undefined : date;
}

/** A yes at `whenYes`, a no as `null`, or the time since when; `undefined` for what is none of them. */
export function sinceOf(value: unknown, whenYes: Date): Date | null | undefined {
  if (value === true || value === 1) return whenYes;
  if (value === undefined || value === null || value === false || value === 0) return null;
  if (typeof value !== 'string') return timeOf(value);
  const word = value.trim().toLowerCase();
  if (YES.has(word)) return whenYes;
  return NO.has(word) ? null : timeOf(value);
}

/** Names separated by `|`, `;` or `,`, or a list of them; `undefined` for anything else. */
export function namesOf(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [...new Set(value.split(/[|;,]/).flatMap((name) => name.trim() || []))];
  return Array.isArray(value) && value.every((name) => typeof name === 'string') ? [...new Set(value)] : undefined;
}

const validDate = (date: Date): Date | undefined => (Number.isNaN(date.getTime()) ? undefined : date);

const daysIn = (day: string): number => new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 0)).getUTCDate();
