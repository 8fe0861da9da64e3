import { createPublicKey, KeyObject } from 'node:crypto';
import type { ConfigurationProblem } from '../errors/auth-configuration.error.js';
import type { AccessTokenAlgorithm, AsymmetricAlgorithm, SigningKeyPair } from '../ports/key-provider.js';
import { publicMembers, thumbprint } from './jwk.js';

/** OWASP ASVS 5.0 11.2.3: at least 128 bits of security. */
const MIN_RSA_BITS = 3072;
const MIN_RSA_EXPONENT = 65537n;

const KEY_OF: Readonly<Record<AsymmetricAlgorithm, { kty: string; crv?: string; name: string }>> = {
  EdDSA: { kty: 'OKP', crv: 'Ed25519', name: 'an Ed25519 key' },
  ES256: { kty: 'EC', crv: 'P-256', name: 'an EC key on P-256' },
  RS256: { kty: 'RSA', name: `an RSA key of at least ${MIN_RSA_BITS} bits` },
};

/** What is wrong with a key pair. */
export interface SigningKeyFault extends ConfigurationProblem {
  /** `half`: a half that is needed is missing. `ephemeral`: made anew at every start. */
  kind: 'missing' | 'half' | 'mismatched' | 'rsa-short' | 'ephemeral' | 'unfit';
}

/** Everything that is wrong with the key pairs of `KeyProvider`, for `tokens.algorithm`. Empty when they are fit to sign. */
export function signingKeyProblems(pairs: readonly SigningKeyPair[], algorithm: AccessTokenAlgorithm): SigningKeyFault[] {
  const faults: SigningKeyFault[] = [];
  const found = (at: number, kind: SigningKeyFault['kind'], problem: string, remedy: string): void => {
    faults.push({ kind, option: `KeyProvider.keyPairs[${at}]`, problem, remedy });
  };

  const [first] = pairs;
  if (first === undefined) found(0, 'missing', 'there is no key pair.', 'Make one with `npx nestjs-latchkey generate-keys`.');
  else {
    if (first.privateKey === undefined)
      found(0, 'half', 'the first pair signs and has no private key.', 'Put the pair that signs first.');
    if (first.algorithm !== algorithm) {
      found(0, 'unfit', `the first pair is for ${first.algorithm}, tokens.algorithm is ${algorithm}.`, 'Make the two agree.');
    }
  }

  const seen = new Set<string>();
  pairs.forEach((pair, at) => {
    const flaw = flawOf(pair);
    if (flaw !== null) return found(at, flaw.kind, flaw.problem, 'Make a new pair with `npx nestjs-latchkey generate-keys`.');
    const id = thumbprint(pair.publicKey);
    if (seen.has(id)) found(at, 'unfit', 'the same key is there twice.', 'Remove one of them.');
    seen.add(id);
  });
  return faults;
}

type Flaw = Pick<SigningKeyFault, 'kind' | 'problem'>;

const flaw = (kind: Flaw['kind'], problem: string): Flaw => ({ kind, problem });

function flawOf({ algorithm, privateKey, publicKey }: SigningKeyPair): Flaw | null {
  const wanted = KEY_OF[algorithm] as (typeof KEY_OF)[AsymmetricAlgorithm] | undefined;
  if (wanted === undefined) return flaw('unfit', `${JSON.stringify(algorithm)} is not one of EdDSA, ES256, RS256.`);
  if (!(publicKey instanceof KeyObject)) return flaw('half', 'there is no public key, so that nobody could check what is signed.');
  if (publicKey.type !== 'public') return flaw('unfit', `the public key is a ${publicKey.type} key.`);
  if (publicKey.asymmetricKeyType === 'rsa-pss') return flaw('unfit', 'an RSA-PSS key can not sign RS256.');
  const { kty, crv } = publicJwkOf(publicKey);
  if (kty !== wanted.kty || crv !== wanted.crv) return flaw('unfit', `${algorithm} needs ${wanted.name}.`);
  if (kty === 'RSA') {
    const { modulusLength = 0, publicExponent = 0n } = publicKey.asymmetricKeyDetails ?? {};
    if (modulusLength < MIN_RSA_BITS)
      return flaw('rsa-short', `the RSA key has ${modulusLength} bits, fewer than ${MIN_RSA_BITS}.`);
    if (publicExponent < MIN_RSA_EXPONENT) return flaw('unfit', `the RSA key has the public exponent ${publicExponent}.`);
  }
  if (privateKey === undefined) return null;
  if (privateKey.type !== 'private') return flaw('unfit', `the private key is a ${privateKey.type} key.`);
  if (createPublicKey(privateKey).equals(publicKey)) return null;
  return flaw('mismatched', 'the private and the public key do not belong together.');
}

/** Curves that JWK has no name for can not be exported. */
function publicJwkOf(key: SigningKeyPair['publicKey']): Record<string, string | undefined> {
  try {
    return publicMembers(key);
  } catch {
    return {};
  }
}
