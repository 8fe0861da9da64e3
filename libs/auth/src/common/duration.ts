/** `'15m'`, `'30d'`, `'500ms'`, or a number of seconds. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Some 30,000 years: what is added to the present is still a date. */
const MAX_MS = 1e15;

/** Milliseconds of a duration; `undefined` when it is none, rounds to zero, or is longer than 1e15 milliseconds. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return counted(value * 1000);
  if (typeof value !== 'string') return undefined;
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(value.trim());
  if (match === null) return undefined;
  return counted(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]);
}

function counted(milliseconds: number): number | undefined {
  const ms = Math.round(milliseconds);
  return ms > 0 && ms <= MAX_MS ? ms : undefined;
}
