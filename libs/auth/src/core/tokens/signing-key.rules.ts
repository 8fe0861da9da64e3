import { createPublicKey } from 'node:crypto';
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

/** Everything that is wrong with the key pairs of `KeyProvider`, for `tokens.algorithm`. Empty when they are fit to sign. */
export function signingKeyProblems(pairs: readonly SigningKeyPair[], algorithm: AccessTokenAlgorithm): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const found = (at: number, problem: string, remedy: string): void => {
    problems.push({ option: `KeyProvider.keyPairs[${at}]`, problem, remedy });
  };

  const [first] = pairs;
  if (first === undefined) found(0, 'there is no key pair.', 'Make one with `npx nestjs-latchkey generate-keys`.');
  else {
    if (first.privateKey === undefined) found(0, 'the first pair signs and has no private key.', 'Put the pair that signs first.');
    if (first.algorithm !== algorithm) {
      found(0, `the first pair is for ${first.algorithm}, tokens.algorithm is ${algorithm}.`, 'Make the two agree.');
    }
  }

  const seen = new Set<string>();
  pairs.forEach((pair, at) => {
    const flaw = flawOf(pair);
    if (flaw !== null) return found(at, flaw, 'Make a new pair with `npx nestjs-latchkey generate-keys`.');
    const id = thumbprint(pair.publicKey);
    if (seen.has(id)) found(at, 'the same key is there twice.', 'Remove one of them.');
    seen.add(id);
  });
  return problems;
}

function flawOf({ algorithm, privateKey, publicKey }: SigningKeyPair): string | null {
  const wanted = KEY_OF[algorithm] as (typeof KEY_OF)[AsymmetricAlgorithm] | undefined;
  if (wanted === undefined) return `${JSON.stringify(algorithm)} is not one of EdDSA, ES256, RS256.`;
  if (publicKey.type !== 'public') return `the public key is a ${publicKey.type} key.`;
  if (publicKey.asymmetricKeyType === 'rsa-pss') return 'an RSA-PSS key can not sign RS256.';
  const { kty, crv } = publicJwkOf(publicKey);
  if (kty !== wanted.kty || crv !== wanted.crv) return `${algorithm} needs ${wanted.name}.`;
  if (kty === 'RSA') {
    const { modulusLength = 0, publicExponent = 0n } = publicKey.asymmetricKeyDetails ?? {};
    if (modulusLength < MIN_RSA_BITS) return `the RSA key has ${modulusLength} bits, fewer than ${MIN_RSA_BITS}.`;
    if (publicExponent < MIN_RSA_EXPONENT) return `the RSA key has the public exponent ${publicExponent}.`;
  }
  if (privateKey === undefined) return null;
  if (privateKey.type !== 'private') return `the private key is a ${privateKey.type} key.`;
  if (!createPublicKey(privateKey).equals(publicKey)) return 'the private and the public key do not belong together.';
  return null;
}

/** Curves that JWK has no name for can not be exported. */
function publicJwkOf(key: SigningKeyPair['publicKey']): Record<string, string | undefined> {
  try {
    return publicMembers(key);
  } catch {
    return {};
  }
}
