/** Contract: names in mail are cut at 100 characters. */
const MAX_NAME = 100;

/** Control characters, line and paragraph separators, and marks that reorder what is read. Joiners stay: names are written with them. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;

/** One line without control characters and surrounding spaces, at most `max` code points. */
export function oneLine(text: string, max = Infinity): string {
  const line = text.toWellFormed().replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= max ? line : characters.slice(0, max).join('').trimEnd();
}

/**
 * A name that somebody has chosen, as it may stand in a mail to somebody else: one line of at most 100 characters, without addresses and
 * links, and with nothing that a mail program makes a link of. May be empty.
 */
export function displayName(name: string | null | undefined): string {
  if (name === null || name === undefined) return '';
  const words = oneLine(name.toWellFormed().normalize('NFKC')).split(' ');
  const harmless = words.filter((word) => !/@|:\/\/|^(?:mailto|javascript|data|tel):/i.test(word)).join(' ');
  // `evil.example` becomes `evil. example`; initials keep their dots.
  return oneLine(harmless.replace(/([\p{L}\p{N}])\.(?=[\p{L}\p{N}-]{2,})/gu, '$1. '), MAX_NAME);
}
