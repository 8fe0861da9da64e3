import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthModuleOptions } from './auth.options.js';
import { OptionChecks } from './option-checks.js';
import { resolveMailOptions } from './resolve-mail-options.js';

const DEFAULTS = { perMinute: 2, perHour: 5, perSource: 20 };

describe('options of mail', () => {
  let checks: OptionChecks;
  beforeEach(() => {
    checks = new OptionChecks();
  });

  const resolved = (given: object) => resolveMailOptions(checks, given as AuthModuleOptions);
  const complaints = () => checks.problems.map(({ option }) => option);

  it('are limits and nothing else unless more is said', () => {
    expect(resolved({})).toEqual({ mailWording: {}, mailLanguage: undefined, mailLimits: DEFAULTS });
    expect(complaints()).toEqual([]);
  });

  it('can be limits of which some are said', () => {
    expect(resolved({ mailLimits: { perMinute: 1, perHour: undefined } }).mailLimits).toEqual({ ...DEFAULTS, perMinute: 1 });
    expect(resolved({ mailLimits: { perHour: 6, perSource: 1_000_000 } }).mailLimits).toEqual({
      perMinute: 2,
      perHour: 6,
      perSource: 1_000_000,
    });
    expect(complaints()).toEqual([]);
  });

  it('can be no limits at all', () => {
    expect(resolved({ mailLimits: false }).mailLimits).toBe(false);
    expect(complaints()).toEqual([]);
  });

  it.each([
    ['mailLimits.perMinute', { perMinute: 0 }],
    ['mailLimits.perHour', { perHour: 1_000_001 }],
    ['mailLimits.perSource', { perSource: '20' }],
    ['mailLimits.perDay', { perDay: 7 }],
    ['mailLimits', true],
  ])('are complained of when they are no limits: %s', (option, mailLimits) => {
    resolved({ mailLimits });

    expect(complaints()).toEqual([option]);
  });

  it('are the defaults where limits are not understood', () => {
    expect(resolved({ mailLimits: 'few' }).mailLimits).toEqual(DEFAULTS);
  });

  it('take a function for the language of a user, and nothing else', () => {
    const mailLanguage = () => 'de';
    expect(resolved({ mailLanguage }).mailLanguage).toBe(mailLanguage);
    expect(complaints()).toEqual([]);

    resolved({ mailLanguage: 'de' });
    expect(complaints()).toEqual(['mailLanguage']);
  });

  it.each(['en', 'de', 'gsw', 'pt-BR', 'zh-Hant-TW', 'de-1996'])('take words in the language %s', (language) => {
    const mailWording = { 'password-reset': { [language]: { subject: 'New password', paragraphs: [], unnamed: 'somebody' } } };

    expect(resolved({ mailWording }).mailWording).toEqual(mailWording);
    expect(complaints()).toEqual([]);
  });

  it('take words for each of its parts', () => {
    const words = { subject: 'a', heading: 'b', paragraphs: ['c'], button: 'd', footer: 'e', unnamed: 'f' };
    resolved({ mailWording: { unlock: { en: words } } });

    expect(complaints()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['mailWording', 'friendly'],
    ['mailWording', null],
    ['mailWording', ['unlock']],
    ['mailWording.unlock', { unlock: 'friendly' }],
    ['mailWording.unlock', { unlock: null }],
    ['mailWording.unlock', { unlock: [] }],
    ['mailWording.unlock.english', { unlock: { english: { subject: 'a' } } }],
    ['mailWording.unlock.e', { unlock: { e: { subject: 'a' } } }],
    ['mailWording.unlock.en-', { unlock: { 'en-': { subject: 'a' } } }],
    ['mailWording.unlock.de.subjekt', { unlock: { de: { subjekt: 'a' } } }],
    ['mailWording.unlock.de', { unlock: { de: 'Hallo' } }],
    ['mailWording.unlock.de.subject', { unlock: { de: { subject: null } } }],
  ])('are complained of when they are no words, and stay as built in: %s', (option, mailWording) => {
    expect(resolved({ mailWording }).mailWording).toEqual({});
    expect(complaints()).toEqual([option]);
  });

  it('stay as built in when only some words of several are wrong', () => {
    const mailWording = { unlock: 'friendly', invitation: { en: { subject: 'Come in' }, tlh2: { subject: 'a' } } };

    expect(resolved({ mailWording }).mailWording).toEqual({});
    expect(complaints()).toEqual(['mailWording.unlock', 'mailWording.invitation.tlh2']);
  });

  it('stay as built in, too, when something else is wrong as well', () => {
    checks.add('secret', 'is missing.', 'Generate one.');

    expect(resolved({ mailWording: { unlock: { en: { subjekt: 'a' } } } }).mailWording).toEqual({});
  });

  it('do not lose their words by what is wrong elsewhere', () => {
    const mailWording = { unlock: { en: { subject: 'Come in' } } };
    checks.add('secret', 'is missing.', 'Generate one.');

    expect(resolved({ mailWording }).mailWording).toEqual(mailWording);
  });
});
