import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../libs/auth/src/common/duration.js';
import { OptionChecks } from '../../libs/auth/src/core/options/option-checks.js';
import { resolveSessions } from '../../libs/auth/src/core/options/resolve-sessions.js';

/** Longest first, with the next shorter one and how often it goes into it. */
const UNITS = [
  ['d', 86_400_000n, 'h', 24n],
  ['h', 3_600_000n, 'm', 60n],
  ['m', 60_000n, 's', 60n],
  ['s', 1_000n, 'ms', 1_000n],
  ['ms', 1n, 'ms', 1n],
] as const;
const UNIT = fc.constantFrom(...UNITS);
/** In thousandths, so that what is right can be computed without rounding. */
const AMOUNT = fc.bigInt(1n, 999_999_999_999n);
const DURATION = /^\s*\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d)\s*$/;

const spelled = (thousandths: bigint): string =>
  `${thousandths / 1_000n}.${String(thousandths % 1_000n).padStart(3, '0')}`.replace(/\.?0+$/, '');
const wholeMilliseconds = (thousandths: bigint, unit: bigint): number => Number((thousandths * unit + 500n) / 1_000n);
const inReach = (ms: number): boolean => ms > 0 && ms <= 1e15 && Number.isInteger(ms);

describe('a duration', () => {
  it('is as many milliseconds as it says, to the nearest one', () => {
    fc.assert(
      fc.property(AMOUNT, UNIT, (amount, [unit, milliseconds]) => {
        const ms = wholeMilliseconds(amount, milliseconds);

        expect(parseDuration(`${spelled(amount)}${unit}`)).toBe(inReach(ms) ? ms : undefined);
      }),
    );
  });

  it('is the same in another unit, as a number of seconds, and with space around it', () => {
    const space = fc.stringMatching(/^[ \t\n]{0,3}$/);
    fc.assert(
      fc.property(fc.bigInt(1n, 40_000n), UNIT, space, space, (amount, [unit, milliseconds, shorter, times], before, after) => {
        const ms = parseDuration(`${amount}${unit}`);

        expect(parseDuration(`${before}${amount}${unit}${after}`)).toBe(ms);
        expect(parseDuration(`${amount * times}${shorter}`)).toBe(ms);
        expect(parseDuration(Number(amount * milliseconds) / 1_000)).toBe(ms);
      }),
    );
  });

  it('is longer when it says more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_998 }), UNIT, (amount, [unit]) => {
        const [shorter, longer] = [parseDuration(`${amount}${unit}`), parseDuration(`${amount + 1}${unit}`)];

        expect(longer === undefined || longer > shorter!).toBe(true);
      }),
    );
  });

  it('is a whole, positive number of milliseconds that can be counted, or none at all', () => {
    const anything = fc.oneof(fc.anything(), fc.double(), fc.double({ min: 0, max: 0.01 }), fc.double({ min: 1e12 }), almost());
    fc.assert(
      fc.property(anything, (value) => {
        const ms = parseDuration(value);

        expect(ms === undefined || inReach(ms)).toBe(true);
        if (typeof value === 'string' && ms !== undefined) expect(value).toMatch(DURATION);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('an option that is a duration', () => {
  it('is the same in every spelling', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 40_000n), UNIT, (amount, [unit, milliseconds, shorter, times]) => {
        const grace = (refreshGrace: unknown) =>
          resolveSessions(new OptionChecks(), { refreshGrace: refreshGrace as never }, undefined).refreshGrace;

        const ms = Number(amount * milliseconds);
        expect([grace(`${amount}${unit}`), grace(`${amount * times}${shorter}`), grace(ms / 1_000)]).toEqual([ms, ms, ms]);
      }),
    );
  });

  it('is named, once, when it is something else', () => {
    fc.assert(
      fc.property(
        fc.anything().filter((value) => value !== undefined && parseDuration(value) === undefined && isJson(value)),
        (value) => {
          const checks = new OptionChecks();
          checks.duration('sessions.refreshGrace', value);

          expect(checks.problems.map(({ option }) => option)).toEqual(['sessions.refreshGrace']);
        },
      ),
    );
  });
});

/** Texts that are a duration but for something. */
function almost(): fc.Arbitrary<string> {
  const piece = fc.constantFrom(
    '1',
    '15',
    '0',
    '.',
    '-',
    '+',
    'e',
    'm',
    's',
    'ms',
    'h',
    'd',
    'w',
    ' ',
    ',',
    '٣',
    '\0',
    'M',
    '0x1f',
  );
  return fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
}

/** Whoever writes options in code writes nothing that refers to itself. */
function isJson(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
