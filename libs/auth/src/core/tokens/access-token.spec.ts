import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify, SignJWT, type JSONWebKeySet } from 'jose';
import { describe, expect, it } from 'vitest';
import { toBase64url } from '../crypto/base64url.js';
import { KeyRing } from '../crypto/key-ring.js';
import { TokenExpiredException, TokenInvalidException } from '../errors/auth.errors.js';
import type { AsymmetricAlgorithm } from '../ports/key-provider.js';
import { AccessTokenKeys } from './access-token-keys.js';
import { AccessTokenSigner } from './access-token-signer.js';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { toKeyPair } from './static-key-provider.js';

const NOW = 1_800_000_000_000;
const SECRET = 'the-secret-of-this-application-000000001';
const PARTIES = { issuer: 'https://app.example.com', audience: 'https://app.example.com' };
const SUBJECT = { sub: 'user-1', sid: 'session-1', authTime: NOW - 60_000, amr: ['pwd'] };

const PRIVATE: Record<AsymmetricAlgorithm, KeyObject> = {
  EdDSA: generateKeyPairSync('ed25519').privateKey,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  RS256: generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey,
};
const pairOf = (algorithm: AsymmetricAlgorithm) => toKeyPair(PRIVATE[algorithm], algorithm);

const hmacKeys = AccessTokenKeys.fromKeyRing(new KeyRing([SECRET]));
const keysFor = {
  HS256: hmacKeys,
  EdDSA: AccessTokenKeys.fromPairs([pairOf('EdDSA')], 'EdDSA'),
  ES256: AccessTokenKeys.fromPairs([pairOf('ES256')], 'ES256'),
  RS256: AccessTokenKeys.fromPairs([pairOf('RS256')], 'RS256'),
};
const ALGORITHMS = ['HS256', 'EdDSA', 'ES256', 'RS256'] as const;

const signerOf = (keys: AccessTokenKeys) => new AccessTokenSigner(keys, { ...PARTIES, ttl: 900_000 });
const verifierOf = (keys: AccessTokenKeys) => new AccessTokenVerifier(keys, PARTIES);

const decoded = (part: string | undefined) =>
  JSON.parse(Buffer.from(part as string, 'base64url').toString()) as Record<string, unknown>;
const goodClaims = () => decoded(signerOf(hmacKeys).sign(SUBJECT, NOW).split('.')[1]);
const goodHeader = () => decoded(hmacKeys.signing.header);

/** A token signed with the right HS256 key, whatever it says. */
const forge = (header: unknown, claims: unknown, key: KeyObject | string | Buffer = hmacKeys.signing.verifying): string => {
  const input = `${toBase64url(JSON.stringify(header))}.${toBase64url(JSON.stringify(claims))}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
};

const refuses = (token: unknown, keys: AccessTokenKeys = hmacKeys, now = NOW) =>
  expect(() => verifierOf(keys).verify(token as string, now)).toThrow(TokenInvalidException);

describe.each(ALGORITHMS)('access tokens with %s', (algorithm) => {
  const keys = keysFor[algorithm];
  const token = signerOf(keys).sign(SUBJECT, NOW);

  it('say what was signed, in milliseconds', () => {
    const verified = verifierOf(keys).verify(token, NOW);
    expect(verified).toMatchObject({ ...SUBJECT, iat: NOW, exp: NOW + 900_000 });
    expect(verified.jti).toMatch(/^[\w-]{22}$/);
    expect(decoded(token.split('.')[0])).toEqual({ alg: algorithm, typ: 'at+jwt', kid: keys.signing.kid });
  });

  it('are what jose understands', async () => {
    const key = algorithm === 'HS256' ? keys.signing.verifying : createLocalJWKSet(keys.jwks as unknown as JSONWebKeySet);
    const options = { ...PARTIES, typ: 'at+jwt', algorithms: [algorithm], currentDate: new Date(NOW) };
    const { payload } = await jwtVerify(token, key as never, options);
    expect(payload).toEqual(verifierOf(keys).verify(token, NOW).claims);
  });

  it('are understood when jose signs them, with the members of the header in its order', async () => {
    const signed = await new SignJWT(goodClaims())
      .setProtectedHeader({ kid: keys.signing.kid, typ: 'at+jwt', alg: algorithm })
      .sign(keys.signing.signing as KeyObject);
    expect(verifierOf(keys).verify(signed, NOW)).toMatchObject(SUBJECT);
  });

  it('are refused with any bit of any part changed, padded or cut', () => {
    const [header, payload, signature] = token.split('.') as [string, string, string];
    for (const part of [0, 1, 2]) {
      const parts = [header, payload, signature];
      parts[part] = (parts[part] as string).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
      refuses(parts.join('.'), keys);
    }
    for (const twin of [
      `${token}=`,
      `${token}==`,
      `${token}A`,
      token.slice(0, -1),
      `${token}.`,
      `.${token}`,
      `${token} `,
      `${token}\n`,
    ]) {
      refuses(twin, keys);
    }
    refuses(`${header}.${payload}.`, keys);
    refuses(`${header}..${signature}`, keys);
    refuses(`.${payload}.${signature}`, keys);
    refuses(`${header}=.${payload}.${signature}`, keys);
  });

  it('are refused under every other key', () => {
    for (const other of ALGORITHMS) if (other !== algorithm) refuses(token, keysFor[other]);
  });

  it('expire, and are then said to have expired only when all else is right', () => {
    const verifier = verifierOf(keys);
    expect(verifier.verify(token, NOW + 899_999)).toBeDefined();
    expect(() => verifier.verify(token, NOW + 900_000)).toThrow(TokenExpiredException);
    expect(() => verifierOf(keys).verify(token, NOW + 900_000)).toThrow(TokenExpiredException);
    refuses(`${token.slice(0, -6)}AAAAAA`, keys, NOW + 900_000);
  });
});

describe('the signature of a token that was seen before', () => {
  it.each(ALGORITHMS)('vouches for nothing else (%s)', (algorithm) => {
    const keys = keysFor[algorithm];
    const verifier = verifierOf(keys);
    const token = signerOf(keys).sign(SUBJECT, NOW);
    const other = signerOf(keys).sign({ ...SUBJECT, sub: 'user-2' }, NOW);
    const [[header, payload, signature], [, otherPayload]] = [token.split('.'), other.split('.')] as [string[], string[]];
    verifier.verify(token, NOW);

    for (const forged of [
      `${header}.${otherPayload}.${signature}`,
      `${toBase64url('{}')}.${payload}.${signature}`,
      `${header}.${signature}`,
      `.${signature}`,
      `${signature}`,
    ]) {
      for (const now of [NOW, NOW + 900_000]) expect(() => verifier.verify(forged, now), forged).toThrow(TokenInvalidException);
    }
    expect(verifier.verify(token, NOW).sub).toBe('user-1');
  });
});

describe('a token with a re-encoded signature', () => {
  it('is refused although a lenient decoder reads the same bytes', () => {
    const token = signerOf(hmacKeys).sign(SUBJECT, NOW);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(token.at(-1) as string);
    const twin = token.slice(0, -1) + alphabet[last ^ 1];
    expect(Buffer.from(twin.split('.')[2] as string, 'base64url')).toEqual(Buffer.from(token.split('.')[2] as string, 'base64url'));
    refuses(twin);
  });
});

describe('the other signature that ECDSA has for the same text', () => {
  it('is of the same session, by which tokens are revoked', () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const token = signerOf(keysFor.ES256).sign(SUBJECT, NOW);
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const bytes = Buffer.from(signature, 'base64url');
    const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
    const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
    const verifier = verifierOf(keysFor.ES256);
    expect(verifier.verify(`${header}.${payload}.${twin.toString('base64url')}`, NOW).sid).toBe(verifier.verify(token, NOW).sid);
  });
});

describe('algorithm confusion', () => {
  const none = (alg: unknown, signature = '') =>
    `${toBase64url(JSON.stringify({ ...goodHeader(), alg }))}.${toBase64url(JSON.stringify(goodClaims()))}.${signature}`;

  it('refuses none in every spelling, and any alg but that of the key', () => {
    for (const alg of [
      'none',
      'None',
      'nOnE',
      'NONE',
      '',
      null,
      undefined,
      0,
      [],
      ['HS256'],
      {},
      'hs256',
      'HS512',
      'RS256',
      'EdDSA',
    ]) {
      refuses(none(alg));
      refuses(none(alg, toBase64url('signature')));
      refuses(forge({ ...goodHeader(), alg }, goodClaims()));
    }
  });

  it('refuses HS256 made with what is public of an asymmetric key', () => {
    for (const algorithm of ['EdDSA', 'ES256', 'RS256'] as const) {
      const keys = keysFor[algorithm];
      const { verifying, kid } = keys.signing;
      const header = { alg: 'HS256', typ: 'at+jwt', kid };
      const secrets = [
        verifying.export({ format: 'pem', type: 'spki' }),
        verifying.export({ format: 'der', type: 'spki' }),
        JSON.stringify(verifying.export({ format: 'jwk' })),
        JSON.stringify(keys.jwks.keys[0]),
        '',
        kid,
      ];
      for (const secret of secrets) {
        refuses(forge(header, goodClaims(), secret), keys);
        refuses(forge({ ...header, alg: algorithm }, goodClaims(), secret), keys);
      }
    }
  });

  it('refuses a signature of one kind of key under the name of another', () => {
    const keys = AccessTokenKeys.fromPairs([pairOf('EdDSA'), pairOf('ES256'), pairOf('RS256')], 'EdDSA');
    for (const [named, used] of [
      ['EdDSA', 'ES256'],
      ['ES256', 'RS256'],
      ['RS256', 'EdDSA'],
    ] as const) {
      const header = toBase64url(JSON.stringify({ alg: named, typ: 'at+jwt', kid: keysFor[named].signing.kid }));
      const input = `${header}.${toBase64url(JSON.stringify(goodClaims()))}`;
      refuses(
        `${input}.${sign(used === 'EdDSA' ? null : 'sha256', Buffer.from(input), PRIVATE[used]).toString('base64url')}`,
        keys,
      );
    }
  });

  it('refuses an ES256 signature in DER', () => {
    const keys = keysFor.ES256;
    const input = `${keys.signing.header}.${toBase64url(JSON.stringify(goodClaims()))}`;
    refuses(`${input}.${sign('sha256', Buffer.from(input), PRIVATE.ES256).toString('base64url')}`, keys);
  });
});

describe('the header', () => {
  it('names its key by a look-up only', () => {
    const kids = [
      '__proto__',
      'constructor',
      '../../dev/null',
      "' OR 1=1 --",
      '\0',
      'x'.repeat(10_000),
      '',
      1,
      null,
      [],
      {},
      undefined,
    ];
    for (const kid of kids) refuses(forge({ ...goodHeader(), kid }, goodClaims()));
    for (const kid of kids) refuses(forge({ ...goodHeader(), kid }, goodClaims(), ''));
  });

  it('brings no key of its own', () => {
    const attacker = generateKeyPairSync('ed25519');
    const jwk = attacker.publicKey.export({ format: 'jwk' });
    for (const kid of [keysFor.EdDSA.signing.kid, 'attacker', undefined]) {
      const header = {
        alg: 'EdDSA',
        typ: 'at+jwt',
        kid,
        jwk,
        jku: 'http://127.0.0.1:1/jwks',
        x5u: 'http://127.0.0.1:1/',
        x5c: ['MIIB'],
      };
      const input = `${toBase64url(JSON.stringify(header))}.${toBase64url(JSON.stringify(goodClaims()))}`;
      refuses(`${input}.${sign(null, Buffer.from(input), attacker.privateKey).toString('base64url')}`, keysFor.EdDSA);
    }
  });

  it('says exactly at+jwt, and demands nothing critical', () => {
    for (const typ of [undefined, 'JWT', 'jwt', 'AT+JWT', 'application/at+jwt', 'at+jwt ', null, ['at+jwt']]) {
      refuses(forge({ ...goodHeader(), typ }, goodClaims()));
    }
    for (const crit of [['exp'], [], ['b64'], null]) refuses(forge({ ...goodHeader(), crit }, goodClaims()));
    expect(verifierOf(hmacKeys).verify(forge({ ...goodHeader(), cty: 'json' }, goodClaims()), NOW)).toMatchObject(SUBJECT);
  });
});

describe('the claims', () => {
  const seconds = NOW / 1000;
  const withClaims = (changes: Record<string, unknown>) => forge(goodHeader(), { ...goodClaims(), ...changes });

  it.each<[string, unknown[]]>([
    ['exp', [undefined, null, 'soon', String(seconds + 60), [seconds + 60], seconds + 10 * 365 * 86_400, -1, seconds + 3601]],
    ['iat', [undefined, null, 'now', seconds + 6, seconds + 3600, -5]],
    ['nbf', [null, 'now', seconds + 6]],
    ['iss', [undefined, 'https://evil.example.com', 'https://app.example.com/', [PARTIES.issuer], null]],
    ['aud', [undefined, 'https://evil.example.com', [PARTIES.audience], [PARTIES.audience, 'x'], null, '']],
    ['sub', [undefined, null, 1, '', ['user-1'], {}]],
    ['sid', [undefined, null, 1, '', ['session-1']]],
    ['jti', [undefined, null, 1, '']],
    ['auth_time', [undefined, null, 'now']],
    ['amr', [undefined, null, 'pwd', [1], {}]],
  ])('refuse a wrong or missing %s', (claim, values) => {
    for (const value of values) refuses(withClaims({ [claim]: value }));
  });

  it('allow for clocks that differ by five seconds', () => {
    const token = withClaims({ iat: seconds + 5, nbf: seconds + 5 });
    expect(verifierOf(hmacKeys).verify(token, NOW)).toMatchObject(SUBJECT);
  });

  it('are an object', () => {
    for (const claims of [[], [goodClaims()], 'text', 1, null, true]) refuses(forge(goodHeader(), claims));
    for (const header of [[], [goodHeader()], 'text', 1, null]) refuses(forge(header, goodClaims()));
  });

  it('keep further ones, which never replace ours', () => {
    const token = signerOf(hmacKeys).sign(SUBJECT, NOW, { claims: { plan: 'free', sub: 'admin', exp: 0, iss: 'x' } });
    const verified = verifierOf(hmacKeys).verify(token, NOW);
    expect(verified).toMatchObject({ ...SUBJECT, exp: NOW + 900_000, claims: { plan: 'free', iss: PARTIES.issuer } });
    expect(() => Object.assign(verified.claims, { plan: 'gold' })).toThrow(TypeError);
  });

  it('end with the session when that is sooner', () => {
    const token = signerOf(hmacKeys).sign(SUBJECT, NOW, { notAfter: NOW + 60_000 });
    expect(verifierOf(hmacKeys).verify(token, NOW).exp).toBe(NOW + 60_000);
  });
});

describe('the bounds of a token', () => {
  const seconds = NOW / 1000;
  const withClaims = (changes: Record<string, unknown>) => forge(goodHeader(), { ...goodClaims(), ...changes });

  it('are an hour, the leeway of five seconds, and the beginning of time', () => {
    const hour = withClaims({ iat: seconds, exp: seconds + 3600 });
    expect(verifierOf(hmacKeys).verify(hour, NOW).exp).toBe(NOW + 3_600_000);
    expect(verifierOf(hmacKeys).verify(withClaims({ nbf: 0, auth_time: 0 }), NOW).authTime).toBe(0);
    refuses(withClaims({ auth_time: Number.NaN }));
    refuses(withClaims({ amr: ['pwd', 1] }));
  });

  it('are 8 KiB, which is still read', () => {
    const filled = (filler: number) => withClaims({ filler: 'x'.repeat(filler) });
    let filler = 5_000;
    while (filled(filler + 1).length <= 8_192) filler++;
    expect(filled(filler).length).toBeGreaterThanOrEqual(8_191);
    expect(verifierOf(hmacKeys).verify(filled(filler), NOW)).toMatchObject(SUBJECT);
    const long = filled(filler + 1);
    refuses(long);
    expect(verifierOf(hmacKeys).identify(long, NOW)).toBeNull();
  });

  it('are three parts, none of them empty', () => {
    const [header, payload, signature] = signerOf(hmacKeys).sign(SUBJECT, NOW).split('.') as [string, string, string];
    const signed = (input: string) =>
      `${input}.${createHmac('sha256', hmacKeys.signing.verifying).update(input).digest('base64url')}`;
    for (const input of [header, `.${payload}`, `${header}.`, `${header}.${payload}.${payload}`, `${header}..${payload}`, payload])
      refuses(signed(input));
    refuses(`${header}.${payload}`);
    refuses(`${header}.${payload}.`);
    refuses(`.${header}.${payload}.${signature}`);
    expect(verifierOf(hmacKeys).verify(`${header}.${payload}.${signature}`, NOW)).toMatchObject(SUBJECT);
  });

  it('hold in memory, too: a token that was seen before expires, and stays expired', () => {
    const verifier = verifierOf(hmacKeys);
    const token = signerOf(hmacKeys).sign(SUBJECT, NOW);
    const first = verifier.verify(token, NOW);
    expect(verifier.verify(token, NOW + 899_999)).toBe(first);
    for (let times = 0; times < 2; times++) expect(() => verifier.verify(token, NOW + 900_000)).toThrow(TokenExpiredException);
  });
});

describe('a token whose time is over', () => {
  const token = signerOf(hmacKeys).sign(SUBJECT, NOW);

  it('still says whose it is to who signs out', () => {
    expect(verifierOf(hmacKeys).identify(token, NOW + 10 * 3_600_000)).toMatchObject(SUBJECT);
    expect(verifierOf(hmacKeys).identify(token, NOW)).toMatchObject(SUBJECT);
  });

  it('says nothing when it is not ours', () => {
    const other = AccessTokenKeys.fromKeyRing(new KeyRing(['another-secret-of-another-application-01']));
    expect(verifierOf(other).identify(token, NOW)).toBeNull();
    expect(verifierOf(hmacKeys).identify(`${token.slice(0, -4)}AAAA`, NOW)).toBeNull();
    expect(verifierOf(hmacKeys).identify('nonsense', NOW)).toBeNull();
  });
});

describe('what is verified', () => {
  it('is frozen to the last member, null among them', () => {
    const claims = { plan: { name: 'free', until: null, tags: ['a'] } };
    const verified = verifierOf(hmacKeys).verify(signerOf(hmacKeys).sign(SUBJECT, NOW, { claims }), NOW);
    const plan = verified.claims['plan'] as { name: string; tags: string[] };
    expect(plan).toEqual(claims.plan);
    expect(() => (plan.name = 'gold')).toThrow(TypeError);
    expect(() => plan.tags.push('b')).toThrow(TypeError);
  });

  it('is nothing where no key is', () => {
    const none = AccessTokenKeys.none();
    expect([none.all, none.jwks, none.find('x')]).toEqual([[], { keys: [] }, undefined]);
    refuses(signerOf(hmacKeys).sign(SUBJECT, NOW), none);
  });

  it('is remembered as often as it is asked to be', () => {
    const verifier = new AccessTokenVerifier(hmacKeys, { ...PARTIES, remember: 0 });
    const token = signerOf(hmacKeys).sign(SUBJECT, NOW);
    expect(verifier.verify(token, NOW)).not.toBe(verifier.verify(token, NOW));
    const remembering = new AccessTokenVerifier(hmacKeys, { ...PARTIES, remember: 1 });
    expect(remembering.verify(token, NOW)).toBe(remembering.verify(token, NOW));
  });
});

describe('anything else', () => {
  it('is one refusal', () => {
    const token = signerOf(hmacKeys).sign(SUBJECT, NOW);
    const junk: unknown[] = [
      '',
      '.',
      '..',
      '...',
      'a.b.c',
      'a.b.c.d.e',
      '💥.💥.💥',
      'Bearer',
      `${token}.${token}`,
      undefined,
      null,
      7,
      {},
      [],
    ];
    for (const value of junk) refuses(value);
    refuses('A'.repeat(8193));
    refuses(`${hmacKeys.signing.header}.${'A'.repeat(100_000)}.AAAA`);
    const deep = toBase64url('['.repeat(2500));
    refuses(`${deep}.${deep}.${deep}`);
    refuses(`${toBase64url('['.repeat(2500) + ']'.repeat(2500))}.e30.AAAA`);
  });

  it('never throws anything but the two exceptions, whatever is done to a token', () => {
    const verifier = verifierOf(hmacKeys);
    const token = signerOf(hmacKeys).sign(SUBJECT, NOW);
    const mutation = fc.oneof(
      fc.string({ maxLength: 60, unit: 'binary' }),
      fc
        .tuple(fc.nat(token.length), fc.nat(8), fc.string({ maxLength: 8, unit: 'binary' }))
        .map(([at, cut, put]) => token.slice(0, at) + put + token.slice(at + cut)),
      fc.tuple(fc.json(), fc.json()).map(([header, claims]) => forgeText(header, claims)),
      fc.json().map((claims) => forgeText(JSON.stringify(goodHeader()), claims)),
      fc
        .dictionary(fc.constantFrom('alg', 'typ', 'kid', 'crit', '__proto__'), fc.jsonValue())
        .map((changes) => forge({ ...goodHeader(), ...changes }, goodClaims())),
      fc
        .dictionary(fc.constantFrom('iss', 'aud', 'sub', 'sid', 'exp', 'iat', 'amr'), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 })
        .map((changes) => forge(goodHeader(), { ...goodClaims(), ...changes })),
    );
    let refused = 0;
    fc.assert(
      fc.property(mutation, (mutant) => {
        try {
          verifier.verify(mutant, NOW);
        } catch (error) {
          refused++;
          expect(error instanceof TokenInvalidException || error instanceof TokenExpiredException).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(1500);
  });

  const forgeText = (header: string, claims: string): string => {
    const input = `${toBase64url(header)}.${toBase64url(claims)}`;
    return `${input}.${createHmac('sha256', hmacKeys.signing.verifying).update(input).digest('base64url')}`;
  };
});

describe('rotation', () => {
  const OTHER = 'another-secret-of-this-application-00002';

  it('of the secret: the older key verifies until it is removed', () => {
    const token = signerOf(hmacKeys).sign(SUBJECT, NOW);
    expect(verifierOf(AccessTokenKeys.fromKeyRing(new KeyRing([OTHER, SECRET]))).verify(token, NOW)).toMatchObject(SUBJECT);
    refuses(token, AccessTokenKeys.fromKeyRing(new KeyRing([OTHER])));
  });

  it('of key pairs, in the running process: publish, sign, remove', () => {
    const [older, newer] = [pairOf('EdDSA'), toKeyPair(generateKeyPairSync('ed25519').privateKey, 'newer')];
    const keys = AccessTokenKeys.fromPairs([older], 'EdDSA');
    const [signer, verifier] = [signerOf(keys), verifierOf(keys)];
    const first = signer.sign(SUBJECT, NOW);

    keys.replace([older, newer]);
    expect(keys.jwks.keys).toHaveLength(2);
    expect(verifier.verify(first, NOW)).toMatchObject(SUBJECT);

    keys.replace([newer, older]);
    const second = signer.sign(SUBJECT, NOW);
    expect(decoded(second.split('.')[0])['kid']).not.toBe(decoded(first.split('.')[0])['kid']);
    expect(verifier.verify(first, NOW)).toMatchObject(SUBJECT);
    expect(verifier.verify(second, NOW)).toMatchObject(SUBJECT);

    keys.replace([newer]);
    expect(() => verifier.verify(first, NOW)).toThrow(TokenInvalidException);
    expect(verifier.verify(second, NOW)).toMatchObject(SUBJECT);
    expect(() => keys.replace([])).toThrow(/no key pair/);
    expect(verifier.verify(second, NOW)).toMatchObject(SUBJECT);
  });
});

describe('the JWK set', () => {
  it('has public parts only, under their RFC 7638 thumbprints', async () => {
    const { keys } = AccessTokenKeys.fromPairs([pairOf('EdDSA'), pairOf('ES256'), pairOf('RS256')], 'EdDSA').jwks;
    expect(keys.map(({ alg, use, kty }) => [alg, use, kty])).toEqual([
      ['EdDSA', 'sig', 'OKP'],
      ['ES256', 'sig', 'EC'],
      ['RS256', 'sig', 'RSA'],
    ]);
    for (const key of keys) {
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) expect(key).not.toHaveProperty(member);
      expect(key.kid).toBe(await calculateJwkThumbprint(key));
    }
  });

  it('is empty with HS256', () => {
    expect(hmacKeys.jwks).toEqual({ keys: [] });
  });
});
