import { KEYBOARD_ROWS } from './keyboard-rows.js';

/** Shorter runs are found in every sentence. */
const MIN_RUN = 3;
/** Characters that may stand beside the runs of a sequence, as in `qwerty12345!`. */
const MAX_BESIDE = 2;
/** With so few different characters even a long password is soon tried. */
const MIN_DISTINCT = 4;

/** The part that a password consists of when it is written again and again (the last time maybe not to its end), or `null`. */
export function repeatedPart(password: string): string | null {
  const characters = [...password];
  for (let period = 1; period * 2 <= characters.length; period++) {
    if (characters.every((one, index) => index < period || one === characters[index - period])) {
      return characters.slice(0, period).join('');
    }
  }
  return null;
}

export const hasFewCharacters = (password: string): boolean => new Set(password).size < MIN_DISTINCT;

/** Runs of an alphabet or a keyboard and nothing else worth mentioning; also two of them typed alternately, as in `1q2w3e4r`. */
export function isSequence(password: string): boolean {
  const characters = [...password];
  const everySecond = (offset: number): string[] => characters.filter((_, index) => index % 2 === offset);
  return isMadeOfRuns(characters) || (isMadeOfRuns(everySecond(0), 0) && isMadeOfRuns(everySecond(1), 0));
}

function isMadeOfRuns(characters: readonly string[], maxBeside = MAX_BESIDE): boolean {
  const beside = runsOf(characters).filter((run) => run === 1).length;
  return characters.length >= MIN_RUN && beside <= maxBeside && beside * 2 < characters.length;
}

/** How many independent choices a text holds when each of its runs counts as one. */
export const choices = (text: string): number => runsOf([...text]).length;

/** Lengths of the runs and of the single characters between them, in order. */
function runsOf(characters: readonly string[]): number[] {
  const lengths: number[] = [];
  for (let start = 0; start < characters.length;) {
    const run = Math.max(equalFrom(characters, start), rowFrom(characters, start));
    const length = run >= MIN_RUN ? run : 1;
    lengths.push(length);
    start += length;
  }
  return lengths;
}

function equalFrom(characters: readonly string[], start: number): number {
  let end = start + 1;
  while (end < characters.length && characters[end] === characters[start]) end++;
  return end - start;
}

function rowFrom(characters: readonly string[], start: number): number {
  let end = start + 1;
  while (end < characters.length && KEYBOARD_ROWS.includes(characters.slice(start, end + 1).join(''))) end++;
  return end - start;
}
