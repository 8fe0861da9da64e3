import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayName, oneLine } from './display-name.js';

describe('displayName', () => {
  it.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['  Ada \t Lovelace\r\n', 'Ada Lovelace'],
    ['J.R.R. Tolkien', 'J.R.R. Tolkien'],
    ["O'Neil-Ström, José", "O'Neil-Ström, José"],
    ['میرزا\u200cخانی', 'میرزا\u200cخانی'],
    ['Win a prize at evil.example/now', 'Win a prize at evil. example/now'],
    ['Ada https://evil.example/x now', 'Ada now'],
    ['mallory@evil.example Ada', 'Ada'],
    ['mallory＠evil.example Ada', 'Ada'],
    ['javascript:alert(1)', ''],
    ['Ada\u202egnp.exe', 'Ada gnp. exe'],
    ['Ada\r\nBcc: mallory@evil.example', 'Ada Bcc:'],
    [null, ''],
    [undefined, ''],
  ])('%j is shown as %j', (name, shown) => expect(displayName(name)).toBe(shown));

  it('is one line of at most 100 characters without addresses, whatever somebody calls himself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const shown = displayName(name);
        expect([...shown].length).toBeLessThanOrEqual(100);
        expect(shown).not.toMatch(/[\p{Cc}@]|:\/\//u);
      }),
    );
  });

  it('counts characters, not halves of them', () => {
    expect([...displayName('🦊'.repeat(150))]).toHaveLength(100);
  });
});

describe('oneLine', () => {
  it('leaves no line break of any kind', () => {
    expect(oneLine('a\r\nb\u2028c\u0085d\u0000e\u000bf')).toBe('a b c d e f');
  });
});
