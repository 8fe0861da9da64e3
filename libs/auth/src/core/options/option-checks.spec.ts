import { describe, expect, it } from 'vitest';
import { resolveLinkTarget } from './link-target.js';
import { OptionChecks } from './option-checks.js';

const said = expect.stringMatching(/\w/) as string;

describe('checks of options', () => {
  it.each([[null], ['text'], [7], [[]], [undefined]])('refuse %j where there are keys', (value) => {
    const checks = new OptionChecks();
    expect(checks.keys('', value, ['a'])).toBe(false);
    expect(checks.keys('lockout', value, ['a'])).toBe(false);
    expect(checks.problems).toEqual([
      { option: 'options', problem: 'is not an object.', remedy: said },
      { option: 'lockout', problem: 'is not an object.', remedy: said },
    ]);
  });

  it('name keys that nobody knows, and guess what was meant', () => {
    const checks = new OptionChecks();
    expect(checks.keys('', { window: 1, windwo: 1, zzz: 1 }, ['window', 'limit'])).toBe(true);
    expect(checks.keys('mail', { windwo: 1 }, ['window'])).toBe(true);
    expect(checks.problems).toEqual([
      { option: 'windwo', problem: 'is not an option.', remedy: 'Did you mean window?' },
      { option: 'zzz', problem: 'is not an option.', remedy: 'Known: window, limit.' },
      { option: 'mail.windwo', problem: 'is not an option.', remedy: 'Did you mean mail.window?' },
    ]);
  });

  it('say where a key belongs that has its place elsewhere', () => {
    const checks = new OptionChecks();
    checks.keys('', { storage: 1, storag: 1 }, ['secret'], ['storage']);
    expect(checks.problems).toMatchObject([
      { option: 'storage', problem: expect.stringContaining('module graph') as string, remedy: 'Pass it beside useFactory.' },
      { option: 'storag', remedy: 'Did you mean storage?' },
    ]);
  });

  it('say once that a value is null, unless more is known of it', () => {
    const checks = new OptionChecks();
    checks.keys('', { first: null, second: null, third: null }, ['first', 'second', 'third']);
    checks.add('second', 'is no path.', 'Use a path.');
    checks.add('second', 'is too long.', 'Use less.');
    checks.add('other', 'is wrong.', 'Mend it.');
    expect(checks.problems.map(({ option, problem }) => `${option} ${problem}`)).toEqual([
      'first is null.',
      'second is no path.',
      'third is null.',
      'second is too long.',
      'other is wrong.',
    ]);
    checks.add('first', 'is no list.', 'Use a list.');
    expect(checks.problems[0]).toMatchObject({ option: 'first', problem: 'is no list.' });
    expect(checks.problems).toHaveLength(5);
  });

  it.each<[string, (checks: OptionChecks, value: never) => unknown, unknown[], unknown[], unknown]>([
    ['integers', (checks, value) => checks.integer('one', value, 2, 5), [2, 3, 5], [1, 6, 2.5, '3', true, undefined, [3]], 2],
    ['truths', (checks, value) => checks.boolean('one', value), [true, false], ['true', 0, null, undefined], false],
    ['texts', (checks, value) => checks.text('one', value), ['a', ' a '], ['', '  ', 7, undefined, ['a']], ''],
    ['choices', (checks, value) => checks.oneOf('one', value, ['a', 'b']), ['a', 'b'], ['c', '', 7, undefined], 'a'],
    ['durations', (checks, value) => checks.duration('one', value), [], ['soon', '', -1, null, undefined], 1],
  ])('take %s as they are, and complain once of everything else', (_, check, good, bad, instead) => {
    const checks = new OptionChecks();
    for (const value of good) expect(check(checks, value as never)).toBe(value);
    expect(checks.problems).toEqual([]);
    for (const value of bad) expect(check(checks, value as never)).toBe(instead);
    expect(checks.problems.map(({ option }) => option)).toEqual(bad.map(() => 'one'));
  });

  it('repeat the value that is wrong', () => {
    const checks = new OptionChecks();
    checks.integer('one', 9, 2, 5);
    checks.boolean('two', 'yes');
    checks.oneOf('three', 'c', ['a', 'b']);
    checks.duration('four', 'soon');
    expect(checks.problems.map(({ problem, remedy }) => `${problem} ${remedy}`)).toEqual([
      expect.stringMatching(/^9 .* 2 .* 5/),
      expect.stringMatching(/^"yes" .*true/),
      expect.stringMatching(/^"c" .*'a' or 'b'/),
      expect.stringMatching(/^"soon" /),
    ]);
  });

  it('read durations as milliseconds', () => {
    const checks = new OptionChecks();
    expect([checks.duration('one', '2m'), checks.duration('one', 3)]).toEqual([120_000, 3_000]);
  });
});

describe('where links lead', () => {
  const target = (page: unknown) => {
    const checks = new OptionChecks();
    return { target: resolveLinkTarget(checks, page, 'auth', 'password/reset'), problems: checks.problems };
  };
  const BUILT_IN = { path: '/auth/password/reset', isBuiltIn: true, isDefault: true };

  it('is the page of the room where none is named', () => {
    expect(target(undefined)).toEqual({ target: BUILT_IN, problems: [] });
  });

  it.each([
    ['/reset', false],
    ['/', false],
    ['/a/b?from=mail', false],
    ['/auth/password/reset/now', false],
    ['/shop/auth/password/reset', true],
  ])('is the path that the host names (%s)', (path, isBuiltIn) => {
    expect(target(path)).toEqual({ target: { path, isBuiltIn, isDefault: false }, problems: [] });
  });

  it.each(['reset', '//evil.example', 'https://evil.example', '', '/a#b', '/a b', '/a\\b', 7, null, ['/reset']])(
    'is no path of another kind (%j)',
    (page) => {
      expect(target(page)).toEqual({ target: BUILT_IN, problems: [{ option: 'page', problem: said, remedy: said }] });
    },
  );
});
