import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { fromBase64url, toBase64url } from './base64url.js';
import { KeyRing } from './key-ring.js';
import { constantTimeEqual, keyedHash } from './keyed-hash.js';
import { randomToken } from './random.js';
import { Sealer } from './sealer.js';

const OLD = 'the-older-secret-of-this-application-0001';
const NEW = 'the-newer-secret-of-this-application-0002';

describe('base64url', () => {
  it('has one spelling for one value', () => {
    expect(toBase64url('ÿþ')).toBe('w7_Dvg');
    for (const twin of ['w7_Dvg==', 'w7/Dvg', 'w7_Dvh', 'w7_D vg', 'w7_Dvg\n', 'w7_Dv']) expect(fromBase64url(twin)).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromBase64url(toBase64url(bytes))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 200 },
    );
  });

  it('makes random tokens of the asked size', () => {
    expect(fromBase64url(randomToken())).toHaveLength(32);
    expect(new Set(Array.from({ length: 1000 }, () => randomToken(16))).size).toBe(1000);
  });
});

describe('KeyRing', () => {
  it('derives purpose keys by HKDF, stable across processes', () => {
    const { key, id } = new KeyRing([NEW]).current('outbox');
    const expected = Buffer.from(hkdfSync('sha256', NEW, 'latchkey', 'latchkey/v1/outbox', 32));
    expect(key.export()).toEqual(expected);
    expect(id).toBe(createHmac('sha256', expected).update('latchkey key id').digest().subarray(0, 8).toString('base64url'));
    expect(new KeyRing([NEW]).current('outbox').id).toBe(id);
  });

  it('has another key and another id for each purpose and each secret', () => {
    const ring = new KeyRing([NEW, OLD]);
    const keys = ['a', 'b'].flatMap((purpose) => ring.all(purpose));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(4);
    expect(new Set(keys.map(({ key }) => key.export().toString('hex'))).size).toBe(4);
  });

  it('signs with the first secret and finds the keys of the others', () => {
    const old = new KeyRing([OLD]).current('a');
    const ring = new KeyRing([NEW, OLD]);
    expect(ring.current('a').id).toBe(new KeyRing([NEW]).current('a').id);
    expect(ring.get('a', old.id)?.key.equals(old.key)).toBe(true);
    expect(new KeyRing([NEW]).get('a', old.id)).toBeNull();
    expect(ring.get('b', old.id)).toBeNull();
    expect(ring.get('a', '__proto__')).toBeNull();
    expect(ring.fingerprint).toBe(new KeyRing([NEW]).fingerprint);
    expect(ring.fingerprint).not.toBe(new KeyRing([OLD]).fingerprint);
  });

  it('takes other secrets while it is in use, and has no key of those that are gone', () => {
    const ring = new KeyRing([OLD]);
    const old = ring.current('a');
    const sealer = new Sealer(ring, 'outbox');
    const sealed = sealer.seal('text', 'row');

    ring.replace([NEW, OLD]);
    expect(ring.version).toBe(1);
    expect(ring.current('a').id).toBe(new KeyRing([NEW]).current('a').id);
    expect(ring.get('a', old.id)?.key.equals(old.key)).toBe(true);
    expect(sealer.open(sealed, 'row')).toBe('text');
    expect(ring.fingerprints).toEqual([new KeyRing([NEW]).fingerprint, new KeyRing([OLD]).fingerprint]);

    ring.replace([NEW]);
    expect(ring.get('a', old.id)).toBeNull();
    expect(sealer.open(sealed, 'row')).toBeNull();
    expect(() => ring.replace([])).toThrow(TypeError);
    expect(ring.fingerprints).toEqual([new KeyRing([NEW]).fingerprint]);
  });

  it('derives once', () => {
    const ring = new KeyRing([NEW]);
    expect(ring.current('a')).toBe(ring.current('a'));
    expect(() => new KeyRing([])).toThrow(TypeError);
  });
});

describe('keyedHash', () => {
  const { key } = new KeyRing([NEW]).current('test');

  it('frames its parts', () => {
    const hashes = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc'], [1], ['1'], [Buffer.from('1')], []].map((parts) =>
      keyedHash(key, ...parts),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashes[0]).toMatch(/^[\w-]{43}$/);
    expect(keyedHash(key, 'ab', 'c')).toBe(hashes[0]);
    expect(keyedHash(new KeyRing([OLD]).current('test').key, 'ab', 'c')).not.toBe(hashes[0]);
  });

  it('stays what it is from one release to the next, since rows hold it', () => {
    const fixed = createSecretKey(Buffer.alloc(32, 7));

    expect(keyedHash(fixed, 'one', 'é')).toBe('mrUIDTcSY9R7YiU75GoEFaMOYtS_VZ836MEGcC4450w');
    expect(keyedHash(fixed, 1)).toBe('tkWo1GcoKiOb5FFm-wWG3n7VIhyZimuEVsqWYHR7KiA');
    expect(keyedHash(fixed, Buffer.from([1, 255]))).toBe('ebV3NXBF4kfyBTDZjMlLSPajLNBGLrRkUEBU2A5KEGM');
  });

  it('compares in constant time', () => {
    expect(constantTimeEqual('same', 'same')).toBe(true);
    expect(constantTimeEqual('same', 'sane')).toBe(false);
    expect(constantTimeEqual('same', 'same ')).toBe(false);
    expect(constantTimeEqual('é', 'ab')).toBe(false);
  });
});

describe('Sealer', () => {
  const sealer = new Sealer(new KeyRing([NEW]), 'outbox');

  it('gives back what it sealed, in the same context only', () => {
    const sealed = sealer.seal('to: josé@example.com\0', 'row 1');
    expect(sealer.open(sealed, 'row 1')).toBe('to: josé@example.com\0');
    expect(sealer.open(sealed, 'row 2')).toBeNull();
    expect(sealer.seal('', 'row 1')).not.toBe(sealer.seal('', 'row 1'));
    expect(sealer.open(sealer.seal('', 'x'), 'x')).toBe('');
  });

  it('outlives a rotation of the secret, until the secret is removed', () => {
    const sealed = new Sealer(new KeyRing([OLD]), 'outbox').seal('text', 'row');
    expect(new Sealer(new KeyRing([NEW, OLD]), 'outbox').open(sealed, 'row')).toBe('text');
    expect(sealer.open(sealed, 'row')).toBeNull();
    expect(new Sealer(new KeyRing([OLD]), 'totp').open(sealed, 'row')).toBeNull();
  });

  it('opens nothing that was altered anywhere', () => {
    const sealed = sealer.seal('text', 'row');
    for (let at = 0; at < sealed.length; at++) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      expect(sealer.open(sealed.slice(0, at) + other + sealed.slice(at + 1), 'row')).toBeNull();
    }
    for (const junk of ['', '.', '..', 'v1..', `${sealed}.`, sealed.slice(0, -8)]) expect(sealer.open(junk, 'row')).toBeNull();
  });

  it('opens nothing that is too short to have been sealed', () => {
    const prefix = sealer.seal('', 'row').split('.').slice(0, 2).join('.');

    for (const bytes of [0, 1, 12, 27])
      expect(sealer.open(`${prefix}.${'A'.repeat(Math.ceil((bytes * 4) / 3))}`, 'row')).toBeNull();
  });

  it('tells a key that has left the ring from what no key opens', () => {
    const sealed = new Sealer(new KeyRing([OLD]), 'outbox').seal('text', 'row');

    expect(new Sealer(new KeyRing([NEW, OLD]), 'outbox').hasKeyOf(sealed)).toBe(true);
    expect(sealer.hasKeyOf(sealed)).toBe(false);
    expect(sealer.hasKeyOf(sealer.seal('text', 'row'))).toBe(true);
    for (const junk of ['', 'v1', 'v2.unknown.body', 'text']) expect(sealer.hasKeyOf(junk)).toBe(true);
  });
});
