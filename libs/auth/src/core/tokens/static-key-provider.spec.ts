import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import type { SigningKeyPair } from '../ports/key-provider.js';
import { AccessTokenKeys } from './access-token-keys.js';
import { signingKeyProblems } from './signing-key.rules.js';
import { StaticKeyProvider } from './static-key-provider.js';

const ed = generateKeyPairSync('ed25519');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 3072 });
const pem = {
  private: ed.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  public: ec.publicKey.export({ format: 'pem', type: 'spki' }) as string,
};

describe('StaticKeyProvider', () => {
  it('reads PEM, JWK, JWK as text and Node keys, and knows their algorithms', async () => {
    const provider = new StaticKeyProvider([
      pem.private,
      pem.public,
      rsa.privateKey.export({ format: 'jwk' }),
      JSON.stringify(ec.privateKey.export({ format: 'jwk' })),
      rsa.publicKey,
    ]);
    const pairs = await provider.keyPairs();
    expect(pairs.map(({ algorithm, privateKey }) => [algorithm, privateKey !== undefined])).toEqual([
      ['EdDSA', true],
      ['ES256', false],
      ['RS256', true],
      ['ES256', true],
      ['RS256', false],
    ]);
    expect(pairs[0]?.publicKey.equals(ed.publicKey)).toBe(true);
    expect(pairs.every(({ publicKey }) => publicKey.type === 'public')).toBe(true);
  });

  it('reads a pair in one text, and refuses a text with two keys, of which one would be passed over in silence', async () => {
    const own = ed.publicKey.export({ format: 'pem', type: 'spki' }) as string;
    const other = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const read = (text: string) => new StaticKeyProvider([text]).keyPairs();
    const [pair] = await read(own + pem.private);
    expect(pair?.privateKey?.equals(ed.privateKey)).toBe(true);
    await expect(read(pem.private + other)).rejects.toThrow('it holds 2 keys');
    await expect(read(own + pem.public)).rejects.toThrow('it holds 2 keys');
  });

  it('says which key it can not read and nothing of it', async () => {
    const broken = pem.private.replace(/\n.{20}/, '\nQUFBQUFBQUFBQUFBQUFB');
    for (const material of [
      'SECRETTEXT',
      broken,
      '{"kty":"SECRETTEXT"}',
      '{',
      { kty: 'oct', k: 'SECRETTEXT' },
      generateKeyPairSync('x25519').privateKey,
    ]) {
      const error = await new StaticKeyProvider([material]).keyPairs().then(String, String);
      expect(error).toContain('KeyProvider.keyPairs[0]');
      expect(error).not.toMatch(/SECRETTEXT|QUFB/);
    }
  });
});

const rsaOf = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey;
const secp224r1 = generateKeyPairSync('ec', { namedCurve: 'secp224r1' });

describe('signing keys', () => {
  const good: SigningKeyPair = { algorithm: 'EdDSA', ...ed };
  const flaws = (...pairs: SigningKeyPair[]) => signingKeyProblems(pairs, 'EdDSA').map(({ problem }) => problem);

  it('are fit when they are what the algorithm needs', () => {
    expect(flaws(good, { algorithm: 'ES256', publicKey: ec.publicKey }, { algorithm: 'RS256', ...rsa })).toEqual([]);
  });

  it('are refused with every reason at once', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 3072 });
    expect(
      flaws(
        { algorithm: 'RS256', publicKey: small.publicKey },
        { algorithm: 'ES256', ...p384 },
        { algorithm: 'ES256', ...ed },
        { algorithm: 'RS256', ...pss },
        { algorithm: 'EdDSA', privateKey: generateKeyPairSync('ed25519').privateKey, publicKey: ed.publicKey },
        { algorithm: 'EdDSA', publicKey: ed.privateKey },
        { algorithm: 'EdDSA', privateKey: ed.publicKey, publicKey: ed.publicKey },
        { algorithm: 'HS256' as 'EdDSA', publicKey: ed.publicKey },
        good,
        good,
      ),
    ).toEqual([
      'the first pair signs and has no private key.',
      'the first pair is for RS256, tokens.algorithm is EdDSA.',
      'the RSA key has 2048 bits, fewer than 3072.',
      'ES256 needs an EC key on P-256.',
      'ES256 needs an EC key on P-256.',
      'an RSA-PSS key can not sign RS256.',
      'the private and the public key do not belong together.',
      'the public key is a private key.',
      'the private key is a public key.',
      '"HS256" is not one of EdDSA, ES256, RS256.',
      'the same key is there twice.',
    ]);
  });

  it.each<[string, SigningKeyPair[], string[]]>([
    ['none', [], ['missing 0']],
    ['a first one that cannot sign', [{ algorithm: 'EdDSA', publicKey: ed.publicKey }], ['half 0']],
    ['one without its public half', [good, { algorithm: 'EdDSA' } as SigningKeyPair], ['half 1']],
    ['another algorithm', [{ algorithm: 'RS256', ...rsa }], ['unfit 0']],
    ['a short one', [good, { algorithm: 'RS256', publicKey: rsaOf(2048) }], ['rsa-short 1']],
    ['a weak exponent', [good, { algorithm: 'RS256', publicKey: rsaOf(3072, 3) }], ['unfit 1']],
    ['halves of two', [{ ...good, privateKey: generateKeyPairSync('ed25519').privateKey }], ['mismatched 0']],
    ['a private key as the public one', [good, { algorithm: 'EdDSA', publicKey: ed.privateKey }], ['unfit 1']],
    ['a public key as the private one', [{ ...good, privateKey: ed.publicKey }], ['unfit 0']],
    ['an unknown algorithm', [good, { algorithm: 'none' as 'EdDSA', publicKey: ec.publicKey }], ['unfit 1']],
    ['a curve without a name', [good, { algorithm: 'ES256', publicKey: secp224r1.publicKey }], ['unfit 1']],
    ['the same one twice', [good, good], ['unfit 1']],
  ])('say of what kind their flaw is and which one has it: %s', (_, pairs, kinds) => {
    const found = signingKeyProblems(pairs, 'EdDSA');
    expect(found.map(({ kind, option }) => `${kind} ${/^KeyProvider\.keyPairs\[(\d)]$/.exec(option)?.[1]}`)).toEqual(kinds);
    expect(found.every(({ problem, remedy }) => problem !== '' && remedy !== '')).toBe(true);
  });

  it('stop the start', async () => {
    expect(() => AccessTokenKeys.fromPairs([], 'EdDSA')).toThrow(AuthConfigurationError);
    const pairs = await new StaticKeyProvider([pem.public]).keyPairs();
    expect(() => AccessTokenKeys.fromPairs(pairs, 'ES256')).toThrow(/no private key/);
  });
});
