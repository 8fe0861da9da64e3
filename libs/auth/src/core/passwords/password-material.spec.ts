import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { passwordBytes, passwordDigest, unwrap, wrap } from './password-material.js';

const PEPPER = { id: '2026', secret: 'the pepper of this application' };
const BCRYPT = '$2b$04$abcdefghijklmnopqrstuv';

describe('the bytes of a password', () => {
  it('are its UTF-8', () => expect(passwordBytes('pässword🔑').toString('utf8')).toBe('pässword🔑'));

  it('tell halves of characters from each other, and from what is written in their place', () => {
    const texts = ['\ud800', '\ud801', '\udfff', '\ufffd', '\u{10ffff}', '\u{10ffff}d800;', '\ud800\ud800', 'a\ud800', 'a\ud800b'];
    const bytes = texts.map((text) => passwordBytes(text).toString('hex'));

    expect(new Set(bytes).size).toBe(texts.length);
    expect(passwordBytes('a\ud800b').toString('utf8')).toBe('a\u{10ffff}d800;b');
  });
});

describe('the digest of a password', () => {
  it('is short text, keyed by the pepper', () => {
    const expected = createHmac('sha384', PEPPER.secret).update('password').digest('base64');

    expect(passwordDigest('password', PEPPER).toString('latin1')).toBe(expected);
    expect(expected).toHaveLength(64);
  });

  it('without a pepper is the same for ever', () => {
    expect(passwordDigest('password', undefined).toString('latin1')).toBe(
      createHmac('sha384', 'latchkey password digest v1').update('password').digest('base64'),
    );
  });
});

describe('the envelope of a hash', () => {
  it('says what was done, and is read again', () => {
    const wrapped = wrap('bcrypt', PEPPER, BCRYPT);

    expect(wrapped).toBe(`$lk$v=1,alg=bcrypt-sha384,k=2026${BCRYPT}`);
    expect(unwrap(wrapped)).toEqual({ algorithm: 'bcrypt', pepperId: '2026', encoded: BCRYPT });
  });

  it('names no pepper where there is none', () => {
    const wrapped = wrap('bcrypt', undefined, BCRYPT);

    expect(wrapped).toBe(`$lk$v=1,alg=bcrypt-sha384${BCRYPT}`);
    expect(unwrap(wrapped)).toEqual({ algorithm: 'bcrypt', pepperId: undefined, encoded: BCRYPT });
  });

  it('is around no other string', () => {
    const others = [
      '',
      BCRYPT,
      `$lk$v=2,alg=bcrypt-sha384${BCRYPT}`,
      '$lk$v=1,alg=bcrypt-sha384',
      ` $lk$v=1,alg=bcrypt-sha384${BCRYPT}`,
    ];

    expect(others.map(unwrap)).toEqual(others.map(() => null));
  });
});
