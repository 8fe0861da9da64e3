import { choices } from './guessable-shapes.js';

/** Digits and signs that people put around a word; more of them are worth something themselves. A year and two signs are 6. */
const MAX_AROUND = 6;
/** Shorter words say nothing. */
export const MIN_WORD = 4;

/** What people write for a letter. Where two letters are usual, the second reading has the other one. */
const SUBSTITUTES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '2': 'z',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'g',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
  '+': 't',
  '(': 'c',
  '€': 'e',
  '£': 'l',
};
const SECOND_READING: Readonly<Record<string, string>> = { '1': 'l', '!': 'l', '|': 'i', '6': 'b', '7': 'l' };

const LETTER = /\p{L}/u;

/** Lower case without accents, so that `Pässword` is `password`. */
export const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();

/** The text with its usual substitutes read as letters, in each of the two readings. */
export function readings(text: string): string[] {
  const read = (alternative: Readonly<Record<string, string>>): string =>
    [...text].map((one) => alternative[one] ?? SUBSTITUTES[one] ?? one).join('');
  return [...new Set([read({}), read(SECOND_READING)])];
}

/** Whether so much around a word makes it no better: few characters, runs such as `12345` counting as one. */
export const isTrifle = (around: string): boolean => choices(around) <= MAX_AROUND;

/**
 * Every word that `password` (in {@link plain} form) may be a disguise of: without digits and signs at its ends, with substitutes read as
 * letters. Empty when there is more than one word in it, or too much around it.
 */
export function disguisedWords(password: string): Set<string> {
  const words = new Set<string>();
  const characters = [...password];
  const first = characters.findIndex((one) => LETTER.test(one));
  const last = characters.findLastIndex((one) => LETTER.test(one));
  if (first === -1) return words;
  // A substitute may be the first or the last letter, so the edges of the word are tried, too.
  for (let start = Math.max(0, first - MIN_WORD); start <= first; start++) {
    for (let end = last; end < Math.min(characters.length, last + 1 + MIN_WORD); end++) {
      const core = characters.slice(start, end + 1);
      if (core.length < MIN_WORD) continue;
      if (!isTrifle([...characters.slice(0, start), ...characters.slice(end + 1)].join(''))) continue;
      for (const reading of readings(core.join(''))) if ([...reading].every((one) => LETTER.test(one))) words.add(reading);
    }
  }
  return words;
}
