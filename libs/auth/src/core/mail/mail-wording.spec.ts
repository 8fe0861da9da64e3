import { describe, expect, it } from 'vitest';
import type { MailWordingChanges, MailWordings } from '../options/mail.options.js';
import { MailKinds, type MailKind } from './mail-kinds.js';
import { changedWordings, filled, languageOf, wordingProblems } from './mail-wording.js';

const EN = { subject: 'Hello {name}', paragraphs: ['Welcome to {app}.'] };
const WORDING: MailWordings = { en: EN };
const compose = async () => null;
const HELLO: MailKind = { kind: 'hello', wording: WORDING, placeholders: ['name'], compose };

describe('the language of a mail', () => {
  const WORDINGS = { en: EN, de: EN, 'pt-BR': EN } as MailWordings;
  it.each([
    ['de', 'de'],
    ['DE', 'de'],
    ['de-AT', 'de'],
    ['de_AT', 'de'],
    ['pt-br', 'pt-BR'],
    ['pt_BR', 'pt-BR'],
    ['pt', 'en'],
    ['fr', 'en'],
    ['', 'en'],
    [undefined, 'en'],
  ])('for %s is %s', (wanted, language) => {
    expect(languageOf(WORDINGS, wanted)).toBe(language);
  });
});

describe('wordings', () => {
  it('change by the field, and may have languages more', () => {
    const changes = {
      en: { subject: 'Hi', button: undefined },
      de: { subject: 'Hallo', paragraphs: ['Da.'] },
    } as MailWordingChanges;
    expect(changedWordings(WORDING, changes)).toEqual({
      en: { ...EN, subject: 'Hi' },
      de: { subject: 'Hallo', paragraphs: ['Da.'] },
    });
    expect(changedWordings(WORDING, { en: { subject: undefined } })).toEqual(WORDING);
    expect(changedWordings(WORDING, undefined)).toEqual(WORDING);
    expect(WORDING).toEqual({ en: EN });
  });

  it('are filled once', () => {
    const values = new Map([
      ['name', '{app}'],
      ['app', 'Shop'],
    ]);
    expect(filled('{name} at {app}, {app} { not }', values)).toBe('{app} at Shop, Shop { not }');
    expect(() => filled('{nobody}', values)).toThrow(/\{nobody\}/);
  });

  const problems = (changes: Record<string, MailWordingChanges>, kinds: MailKind[] = [HELLO]) =>
    wordingProblems(kinds, changes).map(({ option, problem, remedy }) => [option, `${problem} ${remedy}`] as const);

  it('have nothing wrong with them by default, also where a room writes by itself', () => {
    expect(problems({})).toEqual([]);
    expect(problems({}, [{ kind: 'raw', compose }])).toEqual([]);
    expect(problems({ hello: { de: { subject: 'Hallo {name}', paragraphs: ['{app}'], footer: '{name}' } } })).toEqual([]);
  });

  it('are of a kind that there is', () => {
    expect(problems({ helo: {} })).toEqual([['mailWording.helo', expect.stringMatching(/Did you mean hello\?$/)]]);
    expect(problems({ invitation: {} })).toEqual([['mailWording.invitation', expect.stringMatching(/Known: hello\.$/)]]);
    expect(problems({ invitation: {} }, [])).toEqual([['mailWording.invitation', expect.stringMatching(/Known: none\.$/)]]);
  });

  it('of a language are whole', () => {
    expect(problems({ hello: { de: { subject: 'Hallo' } } })).toEqual([
      ['mailWording.hello.de.paragraphs', expect.stringMatching(/missing/)],
    ]);
    const bad = (change: object) => problems({ hello: { en: change as never } }).map(([option]) => option);
    expect(bad({ subject: '' })).toEqual(['mailWording.hello.en.subject']);
    expect(bad({ subject: 7 })).toEqual(['mailWording.hello.en.subject']);
    expect(bad({ paragraphs: [] })).toEqual(['mailWording.hello.en.paragraphs']);
    expect(bad({ paragraphs: ['a', 7] })).toEqual(['mailWording.hello.en.paragraphs']);
    expect(bad({ paragraphs: 'one' })).toEqual([]);
  });

  it('use the placeholders that there are', () => {
    expect(problems({ hello: { en: { subject: '{name} {link} {link}', footer: '{who}' } } })).toEqual([
      ['mailWording.hello.en', expect.stringMatching(/\{link\}.*Use \{name\}, \{app\}\.$/)],
      ['mailWording.hello.en', expect.stringMatching(/\{who\}/)],
    ]);
    expect(problems({ plain: { en: { subject: '{name}' } } }, [{ kind: 'plain', wording: WORDING, compose }])).toEqual([
      ['mailWording.plain.en', expect.stringMatching(/Use \{app\}\.$/)],
    ]);
  });
});

describe('kinds of mail', () => {
  it('are known by their name', () => {
    const kinds = new MailKinds();
    expect(kinds.all).toEqual([]);
    kinds.register(HELLO);
    expect([kinds.get('hello'), kinds.get('bye'), kinds.all]).toEqual([HELLO, undefined, [HELLO]]);
    expect(() => kinds.register(HELLO)).toThrow(/twice/);
  });

  it.each(['', 'Hello', '1st', '.a', 'a b', 'a_b', ' a', 'a!', `a${'b'.repeat(64)}`])('cannot be called "%s"', (kind) => {
    expect(() => new MailKinds().register({ kind, compose })).toThrow(TypeError);
  });

  it.each(['a', 'notice.new-sign-in', 'a1', `a${'b'.repeat(63)}`])('can be called "%s"', (kind) => {
    expect(() => new MailKinds().register({ kind, compose })).not.toThrow();
  });

  it('have English, if they have words', () => {
    expect(() => new MailKinds().register({ kind: 'hallo', wording: { de: EN } as never, compose })).toThrow(/English/);
  });
});
