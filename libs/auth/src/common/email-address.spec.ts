import { describe, expect, it } from 'vitest';
import { foldEmail, isEmailAddress } from './email-address.js';

describe('foldEmail', () => {
  it.each([
    [' Alice@Example.COM ', 'alice@example.com'],
    ['jose\u0301@example.com', 'josé@example.com'],
    ['JOSE\u0301@EXAMPLE.com', 'josé@example.com'],
    ['a@xn--mnchen-3ya.de', 'a@münchen.de'],
    ['a@MÜNCHEN.de', 'a@münchen.de'],
    ['user+Tag@example.com', 'user+tag@example.com'],
    ['a@b。com', 'a@b.com'],
  ])('%j is %j', (given, folded) => expect(foldEmail(given)).toBe(folded));
});

describe('isEmailAddress', () => {
  it.each([
    '"John..Doe"@example.com',
    'admin@mailserver1',
    'медведь@с-балалайкой.рф',
    'user+tag@example.com',
    "o'neil@example.co.uk",
  ])('accepts %s', (email) => expect(isEmailAddress(foldEmail(email))).toBe(true));

  it.each([
    'john..doe@example.com',
    'john.doe@-example.com',
    'john.doe@example.1',
    'A@b@c@example.com',
    'john.doe@example.',
    'noatsign',
    '',
    '@',
    'a@',
    '@b.com',
    'a＠b.com',
    'Ａ@b.com',
    'straße@example.com',
    'mıke@example.org',
    'İ@example.org',
    '"a b"@x.com',
    'a@b.com,c@d.com',
    'a@b.com\r\nBcc: c@d.com',
    'a b@example.com',
    '<a@b.com>',
    'a@b.com\u0000',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b'.repeat(64)}.com`,
    'a@[127.0.0.1]',
    'ﬁ@example.com',
    'a@example.com/x',
    'a@ex%61mple.com',
    'a@exam\tple.com',
  ])('refuses %j', (email) => expect(isEmailAddress(foldEmail(email))).toBe(false));
});
