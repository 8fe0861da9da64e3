import { beforeEach, describe, expect, it } from 'vitest';
import { OptionChecks } from './option-checks.js';

describe('checks of options', () => {
  let checks: OptionChecks;
  beforeEach(() => {
    checks = new OptionChecks();
  });

  const complaints = () => checks.problems.map(({ option }) => option);
  const said = () => checks.problems.map(({ option, problem, remedy }) => `${option} ${problem} ${remedy}`);

  describe('of the keys of an object', () => {
    const KNOWN = ['idle', 'absolute'];

    it('take what is known, whatever its value', () => {
      expect(checks.keys('sessions', { idle: '1h', absolute: undefined }, KNOWN)).toBe(true);
      expect(complaints()).toEqual([]);
    });

    it.each([
      ['text', 'text'],
      ['null', null],
      ['a list', ['idle']],
      ['nothing', undefined],
      ['a number', 7],
    ])('complain of %s in the place of an object', (_, value) => {
      expect(checks.keys('sessions', value, KNOWN)).toBe(false);
      expect(said()).toEqual([expect.stringMatching(/^sessions is not an object\. Pass an object/)]);
    });

    it('call the outermost object the options', () => {
      checks.keys('', null, KNOWN);

      expect(complaints()).toEqual(['options']);
    });

    it('complain of what is unknown by its path, with what was meant or what is possible', () => {
      expect(checks.keys('sessions', { idel: '1h' }, KNOWN)).toBe(true);
      checks.keys('', { zebra: 1 }, KNOWN);

      expect(said()).toEqual([
        expect.stringMatching(/^sessions\.idel .*Did you mean sessions\.idle\?$/),
        expect.stringMatching(/^zebra .*Known: idle, absolute\.$/),
      ]);
    });

    it('say where an option stands that has its place elsewhere', () => {
      checks.keys('', { storage: {}, storaje: {} }, KNOWN, ['storage']);

      expect(said()).toEqual([
        expect.stringMatching(/^storage .*Pass it beside useFactory/),
        expect.stringMatching(/^storaje .*Did you mean storage\?$/),
      ]);
    });

    it('complain of null, and leave it at that when more can be said', () => {
      checks.keys('sessions', { idle: null, absolute: null }, KNOWN);
      expect(said()).toEqual([
        expect.stringMatching(/^sessions\.idle is null/),
        expect.stringMatching(/^sessions\.absolute is null/),
      ]);

      checks.duration('sessions.absolute', null);
      expect(said()).toEqual([
        expect.stringMatching(/^sessions\.idle is null/),
        expect.stringMatching(/^sessions\.absolute null is not a duration/),
      ]);
      checks.duration('sessions.idle', null);
      expect(said()).toEqual([
        expect.stringMatching(/^sessions\.idle null is not a duration/),
        expect.stringMatching(/^sessions\.absolute null is not a duration/),
      ]);
    });
  });

  it('say everything that is wrong with one option, in their order', () => {
    checks.add('secret', 'is short.', 'Use more.');
    checks.add('baseUrl', 'is relative.', 'Use a URL.');
    checks.add('secret', 'is weak.', 'Use another.');

    expect(said()).toEqual(['secret is short. Use more.', 'baseUrl is relative. Use a URL.', 'secret is weak. Use another.']);
  });

  it('understand durations, and put a millisecond in the place of what is none', () => {
    expect([checks.duration('ttl', '15m'), checks.duration('ttl', 90)]).toEqual([900_000, 90_000]);
    expect(complaints()).toEqual([]);

    expect(checks.duration('ttl', 'soon')).toBe(1);
    expect(said()).toEqual([expect.stringMatching(/^ttl "soon" .*'15m'/)]);
  });

  it.each([1, 2, 3])('take the whole number %d from 1 to 3', (value) => {
    expect(checks.integer('limit', value, 1, 3)).toBe(value);
    expect(complaints()).toEqual([]);
  });

  it.each([0, 4, 1.5, Number.NaN, '2', [2], null])('put the least in the place of %j where 1 to 3 are possible', (value) => {
    expect(checks.integer('limit', value, 1, 3)).toBe(1);
    expect(said()).toEqual([expect.stringMatching(/^limit .* from 1 to 3/)]);
  });

  it('take one of what is possible, and put the first in the place of all else', () => {
    expect(checks.oneOf('sameSite', 'strict', ['lax', 'strict'])).toBe('strict');
    expect(complaints()).toEqual([]);

    expect(checks.oneOf('sameSite', 'loose', ['lax', 'strict'])).toBe('lax');
    expect(said()).toEqual([expect.stringMatching(/^sameSite "loose" .* 'lax' or 'strict'\.$/)]);
  });

  it('take true and false, and false in the place of all else', () => {
    expect([checks.boolean('nist', true), checks.boolean('nist', false)]).toEqual([true, false]);
    expect(complaints()).toEqual([]);

    expect([checks.boolean('nist', 'true'), checks.boolean('nist', 1)]).toEqual([false, false]);
    expect(said()).toEqual([expect.stringMatching(/^nist "true" .*true or false/), expect.stringMatching(/^nist 1 /)]);
  });

  it('take text as it is, and nothing in the place of what is empty or none', () => {
    expect(checks.text('appName', ' Acme ')).toBe(' Acme ');
    expect(complaints()).toEqual([]);

    expect(['', ' \t', 7, null].map((value) => checks.text('appName', value))).toEqual(['', '', '', '']);
    expect(complaints()).toEqual(['appName', 'appName', 'appName', 'appName']);
    expect(said()[0]).toMatch(/not empty/);
  });
});
