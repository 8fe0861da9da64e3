import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldEmail, isEmailAddress } from '../../libs/auth/src/common/email-address.js';

/** Ways to write what looks, sounds or is compared alike; some of them are one letter, and some are not. */
const ALIKE = [
  ['a', 'A', 'ａ', 'á', 'a\u0301', 'ª', 'а'],
  ['i', 'I', 'ı', 'İ', 'i\u0307', 'ｉ', 'і'],
  ['s', 'S', 'ſ', 'ß', 'ẞ', 'ss', 'SS'],
  ['k', 'K', '\u212a', 'ｋ'],
  ['ö', 'Ö', 'o\u0308', 'O\u0308', 'oe'],
  ['å', 'Å', '\u212b', 'A\u030a'],
  ['σ', 'ς', 'Σ'],
  ['ж', 'Ж'],
  ['fi', 'ﬁ', 'FI'],
  ['1', '１', '¹', '½'],
  ['日', '本'],
  ['-', '_', '+'],
] as const;
const SOUND = ['a', 'B', 'é', 'Ö', 'ж', 'Я', '日', '7', 'x', 'Q'];

const text = (letters: readonly string[], most: number) =>
  fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: most }).map((all) => all.join(''));
const TOP = fc.constantFrom('com', 'COM', 'de', 'рф', 'xn--p1ai');
/** What is accepted, in any spelling. */
const SOUND_ADDRESS = fc.tuple(text(SOUND, 5), text(SOUND, 5), TOP).map(([local, name, top]) => `${local}.${local}@${name}.${top}`);
const ACCEPTED = SOUND_ADDRESS.map(foldEmail);
/** Two that differ at most in letters that are alike. */
const ALIKE_PAIR = fc
  .array(
    fc.constantFrom(...ALIKE).chain((letters) => fc.tuple(fc.constantFrom(...letters), fc.constantFrom(...letters), fc.boolean())),
    { minLength: 1, maxLength: 3 },
  )
  .chain((places) => {
    const written = (which: 0 | 1) => {
      const part = (inLocal: boolean) =>
        places
          .filter((place) => place[2] === inLocal)
          .map((place) => place[which])
          .join('');
      return `n${part(true)}@m${part(false)}.com`;
    };
    return fc.tuple(fc.constant(written(0)), fc.constant(written(1)));
  });

const split = (address: string): [string, string] => {
  const at = address.lastIndexOf('@');
  return [address.slice(0, at), address.slice(at + 1)];
};

/** Ways to write an address that mean the same mailbox. */
const spellingsOf = (address: string): string[] => {
  const [local, domain] = split(address);
  return [
    address,
    address.toUpperCase(),
    address.normalize('NFD'),
    ` \t${address}\n`,
    `${local}@${domainToASCII(domain)}`,
    `${local.toUpperCase().normalize('NFD')}@${domain.replaceAll('.', '。')}`,
  ];
};

/** As the most forgiving system compares addresses: compatibility forms, upper case, one DNS name. */
const roughly = (address: string): string => {
  const [local, domain] = split(address);
  return `${local.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')}@${domainToASCII(domain)}`;
};

type Fold = (email: string) => string;
type Accepts = (folded: string) => boolean;

const idempotent = (fold: Fold) =>
  fc.property(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.emailAddress(),
      ALIKE_PAIR.map(([one]) => one),
    ),
    (email) => {
      expect(fold(fold(email))).toBe(fold(email));
    },
  );

const oneMailbox = (fold: Fold) =>
  fc.property(ACCEPTED, (address) => {
    expect([...new Set(spellingsOf(address).map(fold))]).toEqual([address]);
  });

const apart = (fold: Fold, accepts: Accepts) =>
  fc.property(ALIKE_PAIR, (pair) => {
    const [one, other] = pair.map(fold) as [string, string];
    if (accepts(one) && accepts(other) && one !== other) expect(roughly(one)).not.toBe(roughly(other));
  });

const together = (fold: Fold, accepts: Accepts) =>
  fc.property(ALIKE_PAIR, ([one, other]) => {
    if (!accepts(fold(one)) || fold(one) !== fold(other)) return;
    const [[local, domain], [otherLocal, otherDomain]] = [split(one), split(other)];
    expect(local.normalize('NFC').toLowerCase()).toBe(otherLocal.normalize('NFC').toLowerCase());
    expect(domainToASCII(domain.toLowerCase())).toBe(domainToASCII(otherDomain.toLowerCase()));
  });

const NO_TEXT = fc.oneof(
  fc.integer({ min: 0, max: 0x1f }).map((unit) => String.fromCharCode(unit)),
  fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
  fc.constantFrom('\x7f', '\u0085', '\u2028', ' ', '\u00a0'),
);

const refusesNoText = (fold: Fold, accepts: Accepts) =>
  fc.property(ACCEPTED, NO_TEXT, fc.nat(), (address, bad, position) => {
    // Not at the ends, where space is trimmed.
    const at = 1 + (position % (address.length - 1));
    expect(accepts(fold(`${address.slice(0, at)}${bad}${address.slice(at)}`))).toBe(false);
  });

/** What means something to a parser of URLs, and nothing to a mail server. */
const NO_NAME = fc.constantFrom(...'\t\r\n/\\?#%:@[]<>"^|*&+,;=!()', '%61', '%2e', '/x', ':25', '?x', '#x');

const refusesNoName = (fold: Fold, accepts: Accepts) =>
  fc.property(ACCEPTED, NO_NAME, fc.nat(), (address, bad, position) => {
    const [local, domain] = split(address);
    const at = 1 + (position % (domain.length - 1));
    expect(accepts(fold(`${local}@${domain.slice(0, at)}${bad}${domain.slice(at)}`))).toBe(false);
  });

describe('folding an e-mail address', () => {
  it('twice is folding it once', () => fc.assert(idempotent(foldEmail), { numRuns: 500 }));

  it('makes one of every spelling of a mailbox', () => fc.assert(oneMailbox(foldEmail), { numRuns: 500 }));

  it('leaves no two accounts with addresses that another system takes for one', () =>
    fc.assert(apart(foldEmail, isEmailAddress), { numRuns: 3_000 }));

  it('never makes one mailbox of two', () => fc.assert(together(foldEmail, isEmailAddress), { numRuns: 3_000 }));

  it('leaves nothing to accept of NUL, surrogates, control characters and space', () =>
    fc.assert(refusesNoText(foldEmail, isEmailAddress), { numRuns: 1_000 }));

  it('takes for a domain only what is one', () => fc.assert(refusesNoName(foldEmail, isEmailAddress), { numRuns: 1_000 }));

  it('leaves sound addresses such that mail can be sent there', () => {
    fc.assert(
      fc.property(ACCEPTED, (address) => {
        expect(isEmailAddress(address)).toBe(true);
        expect(domainToASCII(split(address)[1])).not.toBe('');
      }),
    );
  });
});

/** A property that holds of everything holds of mistakes too: these must not. */
describe('the properties of folding notice', () => {
  const lower: Fold = (email) => email.trim().toLowerCase();
  const compatible: Fold = (email) => foldEmail(email.normalize('NFKC'));
  const anything: Accepts = () => true;

  it.each([
    ['an address that is folded anew each time', idempotent((email) => `_${foldEmail(email)}`)],
    ['that composition and domains are forgotten', oneMailbox(lower)],
    ['letters with two spellings that are accepted', apart(foldEmail, anything)],
    ['that other letters are joined', together(compatible, isEmailAddress)],
    ['a domain that was read as a URL', refusesNoName((email) => `a@${domainToASCII(split(email)[1])}`, isEmailAddress)],
    ['that anything is accepted', refusesNoText(foldEmail, anything)],
  ])('%s', (_, property) => {
    expect(() => fc.assert(property as fc.IProperty<unknown>, { numRuns: 3_000, endOnFailure: true })).toThrow(/Property failed/);
  });
});
