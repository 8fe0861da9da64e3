import { closest } from '../../common/closest.js';
import type { ConfigurationProblem } from '../errors/auth-configuration.error.js';
import type { MailWording, MailWordingChanges, MailWordings } from '../options/mail.options.js';
import type { MailKind } from './mail-kinds.js';

export const FALLBACK_LANGUAGE = 'en';
/** Offered to every wording. */
export const APP_PLACEHOLDER = 'app';

const PLACEHOLDER = /\{(\w+)\}/g;

/** The language of a set of wordings that fits best: itself, without its region, English. */
export function languageOf(wordings: MailWordings, wanted: string | undefined): string {
  const languages = Object.keys(wordings);
  const find = (tag: string): string | undefined => languages.find((one) => one.toLowerCase() === tag);
  const tag = wanted?.toLowerCase().replaceAll('_', '-') ?? FALLBACK_LANGUAGE;
  return find(tag) ?? find(tag.split('-')[0]!) ?? FALLBACK_LANGUAGE;
}

/** `base` with the changes of a host: single fields of a language, or languages more. */
export function changedWordings(base: MailWordings, changes: MailWordingChanges | undefined): MailWordings {
  const merged: Record<string, MailWording> = { ...base };
  for (const [language, change] of Object.entries(changes ?? {})) {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    merged[language] = { ...merged[language], ...Object.fromEntries(given) } as MailWording;
  }
  return merged;
}

/**
 * `text` with its placeholders replaced, once: what a value holds is never a placeholder.
 *
 * @throws TypeError when a placeholder has no value
 */
export function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(PLACEHOLDER, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new TypeError(`The mail has no value for {${name}}`);
    return value;
  });
}

/** What is wrong with the wordings of the application; asked while it starts, so that no mail fails of a slip of the pen. */
export function wordingProblems(
  kinds: readonly MailKind[],
  changes: Readonly<Record<string, MailWordingChanges>>,
): ConfigurationProblem[] {
  const names = kinds.map(({ kind }) => kind);
  const unknown = Object.keys(changes)
    .filter((kind) => !names.includes(kind))
    .map((kind) => {
      const suggestion = closest(kind, names);
      return {
        option: `mailWording.${kind}`,
        problem: 'is no kind of mail that this application sends.',
        remedy: suggestion === undefined ? `Known: ${names.join(', ') || 'none'}.` : `Did you mean ${suggestion}?`,
      };
    });
  return [...unknown, ...kinds.flatMap((kind) => problemsOfKind(kind, changes[kind.kind]))];
}

function problemsOfKind(
  { kind, wording, placeholders = [] }: MailKind,
  changes: MailWordingChanges | undefined,
): ConfigurationProblem[] {
  if (wording === undefined) return [];
  const reference = wording[FALLBACK_LANGUAGE];
  const known = [...placeholders, APP_PLACEHOLDER];
  return Object.entries(changedWordings(wording, changes)).flatMap(([language, one]) => {
    const option = `mailWording.${kind}.${language}`;
    const missing = Object.keys(reference ?? { subject: '', paragraphs: [] }).filter(
      (field) => !isText(one[field as keyof MailWording]),
    );
    const foreign = placeholdersOf(one).filter((name) => !known.includes(name));
    return [
      ...missing.map((field) => ({
        option: `${option}.${field}`,
        problem: 'is missing or no text.',
        remedy: 'Give the wording of a language whole.',
      })),
      ...foreign.map((name) => ({
        option,
        problem: `uses {${name}}, which this mail does not have.`,
        remedy: `Use ${known.map((other) => `{${other}}`).join(', ')}.`,
      })),
    ];
  });
}

const isText = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length > 0 && value.every((one) => typeof one === 'string')
    : typeof value === 'string' && value !== '';

const placeholdersOf = (wording: MailWording): string[] => [
  ...new Set([...Object.values(wording).flat().join('\n').matchAll(PLACEHOLDER)].map(([, name]) => name!)),
];
