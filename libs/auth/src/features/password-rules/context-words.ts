import type { PasswordContext } from '../../core/ports/password-policy.js';
import { isTrifle, MIN_WORD, plain, readings } from './word-forms.js';

/** Parts of names and addresses that are shorter stand in too many passwords by chance. */
const MIN_PART = 3;
const BETWEEN_WORDS = /[^\p{L}\p{N}]+/u;

const backwards = (word: string): string => [...word].reverse().join('');

/**
 * What somebody who knows the application and the person would try first: the words themselves, their parts and both backwards, longest
 * first. Of host names all labels but the last.
 */
export function contextWords(fixed: readonly string[], hosts: readonly string[], { email, name }: PasswordContext): string[] {
  const [local = '', domain = ''] = (email ?? '').split('@');
  const labels = [...hosts, domain].flatMap((host) => host.split('.').slice(0, host.includes('.') ? -1 : undefined));
  const whole = [...fixed, ...hosts, ...labels, email ?? '', domain, local, name ?? ''].map(plain);
  const parts = whole.flatMap((one) => [one, one.split(BETWEEN_WORDS).join(''), ...one.split(BETWEEN_WORDS)]);
  const words = new Set(parts.filter((part) => [...part].length >= MIN_PART && /\p{L}/u.test(part)));
  return [...words].flatMap((word) => [word, backwards(word)]).sort((a, b) => b.length - a.length);
}

/**
 * Whether `password` (in `plain` form) is one of the words, or several of them together, with no more than trifles or one common word
 * besides.
 */
export function isMadeOf(password: string, words: readonly string[], isCommon: (word: string) => boolean): boolean {
  return [password, ...readings(password)].some((reading) => {
    let rest = reading;
    let found = 0;
    for (const word of words) {
      const without = rest.split(word).join('\n');
      found += without === rest ? 0 : word.length;
      rest = without;
    }
    if (found < MIN_WORD) return false;
    // Substitutes were read as letters for the words; what is left of them counts by its length all the same.
    const beside = rest.replaceAll('\n', '');
    return isTrifle(beside) || isCommon(beside);
  });
}
