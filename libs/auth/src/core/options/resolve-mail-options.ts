import type { AuthModuleOptions, ResolvedAuthOptions } from './auth.options.js';
import { AUTH_DEFAULTS } from './auth.defaults.js';
import type { MailWordingChanges } from './mail.options.js';
import type { OptionChecks } from './option-checks.js';

type MailOptions = Pick<ResolvedAuthOptions, 'mailWording' | 'mailLanguage' | 'mailLimits'>;

const FIELDS = ['subject', 'heading', 'paragraphs', 'button', 'footer', 'unnamed'] as const;
const LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i;

/** Checks and completes what concerns mail. Whether kinds of mail and placeholders exist is asked later, when the rooms have named theirs. */
export function resolveMailOptions(checks: OptionChecks, options: AuthModuleOptions): MailOptions {
  if (options.mailLanguage !== undefined && typeof options.mailLanguage !== 'function') {
    checks.add('mailLanguage', 'is not a function.', "Pass e.g. (user) => user?.locale, which answers 'de' or undefined.");
  }
  return {
    mailWording: resolveWording(checks, options.mailWording),
    mailLanguage: options.mailLanguage,
    mailLimits: resolveLimits(checks, options.mailLimits),
  };
}

function resolveWording(checks: OptionChecks, given: AuthModuleOptions['mailWording']): Record<string, MailWordingChanges> {
  if (given === undefined) return {};
  const isObject = (path: string, value: unknown): value is object => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return true;
    checks.add(path, 'is not an object.', "Use e.g. { 'password-reset': { en: { subject: '…' } } }.");
    return false;
  };
  if (!isObject('mailWording', given)) return {};
  for (const [kind, languages] of Object.entries(given)) {
    if (!isObject(`mailWording.${kind}`, languages)) continue;
    for (const [language, wording] of Object.entries(languages)) {
      const path = `mailWording.${kind}.${language}`;
      if (!LANGUAGE.test(language)) checks.add(path, 'is not under a language.', "Use a tag such as 'de' or 'pt-BR'.");
      checks.keys(path, wording, FIELDS);
    }
  }
  return checks.problems.some(({ option }) => option.startsWith('mailWording')) ? {} : { ...given };
}

function resolveLimits(checks: OptionChecks, given: AuthModuleOptions['mailLimits']): MailOptions['mailLimits'] {
  if (given === false) return false;
  const defaults = AUTH_DEFAULTS.mailLimits;
  if (given !== undefined && !checks.keys('mailLimits', given, Object.keys(defaults))) return defaults;
  const limit = (name: keyof typeof defaults): number =>
    checks.integer(`mailLimits.${name}`, given?.[name] ?? defaults[name], 1, 1_000_000);
  return { perMinute: limit('perMinute'), perHour: limit('perHour'), perSource: limit('perSource') };
}
