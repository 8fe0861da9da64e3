// What is sent in place of what is asked for. JSON is written as text, because some of it has no other spelling.

/** Values of other types, and objects that are made to be mistaken for text or for a query. `good` is what the field is for. */
export const otherTypes = (good) => [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '1.5',
  '123',
  '1e999',
  '9007199254740993',
  '[]',
  `[${good}]`,
  `[[${good}]]`,
  `[${good},${good}]`,
  '[null]',
  `[${Array(1_000).fill(0).join()}]`,
  '{}',
  '{"$ne":null}',
  '{"$gt":""}',
  '{"length":20,"trim":1,"normalize":1}',
  '{"toString":1,"valueOf":1}',
  '{"toJSON":1,"then":1}',
  `{"value":${good}}`,
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  `${'['.repeat(30)}${']'.repeat(30)}`,
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  '""',
  '" "',
  '"null"',
  '"undefined"',
  '"true"',
  '"0"',
  '"[object Object]"',
  '"2026-11-23T10:00:00Z"',
];

/** Bodies that are not what was asked for as a whole. */
export const OTHER_BODIES = [
  '',
  ' ',
  'null',
  'true',
  '1',
  '"text"',
  '[]',
  '[{}]',
  '{',
  '{"a"',
  '{"a":}',
  '{"a":1}}',
  "{'a':1}",
  '{"a":1,}',
  '{a:1}',
  'undefined',
  'NaN',
  '\uFEFF{}',
  '{}{}',
  '{"__proto__":null}',
  '{"constructor":{"prototype":{}}}',
  '{"":""}',
  `{"a":${'['.repeat(20_000)}`,
  `{${Array.from({ length: 2_000 }, (_, at) => `"f${at}":1`).join()}}`,
  `"${'a'.repeat(90_000)}"`,
];

/** Fields that would change who somebody is. */
export const STRANGE_FIELDS = [
  'userId',
  'id',
  'roles',
  'isAdmin',
  'emailVerified',
  'emailConfirmedAt',
  'passwordHash',
  'credentialsVersion',
  'disabledAt',
  '',
  '$where',
  'hasOwnProperty',
  'toString',
  '__defineGetter__',
  'EMAIL',
  'ｅｍａｉｌ',
  'email ',
  'a.b.c',
  'email[]',
  'x'.repeat(5_000),
];

const NUL = '\u0000';
/** Text that is hard to store, to compare, to show or to escape. */
export const HARD_TEXT = [
  NUL,
  `a${NUL}b`,
  '\ud800',
  '\udc00x',
  'x\udbff',
  '\udfff\ud800',
  '\u0001\u0007\u001b[31m\u007f',
  '\u0085\u2028\u2029',
  '\ufeff\u200b\u200d\u2060',
  '\u202Egnp.exe',
  '\u2066\u2069\u061c',
  'e\u0301'.repeat(50),
  `Z${'\u0300\u0316\u0334'.repeat(400)}`,
  '𝒜𝓁𝒾𝒸𝑒',
  'Ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ',
  'ﬁ ﷺ ㎒ ½',
  'straße STRASSE ẞ',
  'İıiI ŞşĞğ',
  'Σσς',
  '👩‍👩‍👧‍👦🏳️‍🌈🇩🇪',
  '\u{10ffff}\u{fffff}\ufffe\uffff',
  '\u{1f600}'.repeat(256),
  'шеллы 日本語 العربية עברית',
  '\r\nBcc: victim@example.net',
  'a\r\nSet-Cookie: latchkey=x\r\n\r\n<html>',
  '\n{"event":"user.signedUp"}',
  "' OR '1'='1",
  "'; DROP TABLE auth_user;--",
  "1' AND SLEEP(5)#",
  '\\',
  '\\u0000',
  '%00',
  '%0d%0aX: y',
  '%s%n%x',
  '{{7*7}}${7*7}<%= 7*7 %>#{7*7}',
  '${jndi:ldap://127.0.0.1/a}',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '| id; `id` $(id)',
  '=HYPERLINK("http://x")',
  'true',
  '-0',
  'NaN',
  '__proto__',
];

const LENGTHS = [0, 1, 63, 64, 65, 127, 128, 129, 254, 255, 256, 1_023, 1_024, 1_025, 4_097, 20_000, 90_000];

/** A text of a length at which somebody has a limit, of one character of one to four bytes. */
export const longText = (random) => random.pick(['a', 'ß', '€', '😀', ' ', '.', '@', '\u0301']).repeat(random.pick(LENGTHS));

/** Several pieces, so that what breaks stands also in the middle of what does not. */
export function hardText(random, canary) {
  const pieces = Array.from({ length: random.between(1, 3) }, () =>
    random.pick([
      () => random.pick(HARD_TEXT),
      () => random.pick(HARD_TEXT),
      () => longText(random),
      () => anyCharacters(random),
      () => canary,
    ])(),
  );
  return pieces.join('');
}

/** Of all of UTF-16, surrogates alone among them. */
const anyCharacters = (random) =>
  String.fromCharCode(...Array.from({ length: random.between(1, 40) }, () => random.between(0, random.pick([0x1f, 0xff, 0xffff]))));

export const ADDRESSES = (canary) => [
  `${canary}@example.com\u0000`,
  `${canary}@example.com\r\nBcc: other@example.net`,
  `${canary}@example.com,other@example.net`,
  `<${canary}@example.com>`,
  `"${canary}"@example.com`,
  `${canary}＠example。com`,
  `${canary}@EXAMPLE.com`,
  ` ${canary}@example.com `,
  `${canary}@xn--mnchen-3ya.de`,
  `${canary}@xn--a.com`,
  `${canary}@[127.0.0.1]`,
  `${canary}@example.com.`,
  `${canary}@-example.com`,
  `${canary}@${'a.'.repeat(120)}com`,
  `${'a'.repeat(65)}@example.com`,
  `${canary}@@example.com`,
  `@example.com`,
  `${canary}@`,
  `${canary}@ex\ud800ample.com`,
  `${canary}%40example.com`,
  `${canary}@localhost`,
  `${canary}@\u202eexample.com`,
];
