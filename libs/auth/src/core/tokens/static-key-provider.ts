import { createPrivateKey, createPublicKey, KeyObject, type JsonWebKey } from 'node:crypto';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import { KeyProvider, type AsymmetricAlgorithm, type SigningKeyPair } from '../ports/key-provider.js';

/** PEM text, a JWK (as object or JSON text), or a key of Node's. A private one brings its public half along. */
export type KeyMaterial = string | JsonWebKey | KeyObject;

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const PUBLIC_KEY = /-----BEGIN [A-Z ]*PUBLIC KEY-----/;

const ALGORITHM_OF: Readonly<Record<string, AsymmetricAlgorithm>> = { ed25519: 'EdDSA', ec: 'ES256', rsa: 'RS256' };

/**
 * Keys that are known when the application starts, e.g. from the environment.
 *
 * @example
 * { provide: KeyProvider, useValue: new StaticKeyProvider([process.env.SIGNING_KEY, process.env.PREVIOUS_PUBLIC_KEY]) }
 */
export class StaticKeyProvider extends KeyProvider {
  /** @param keys the one that signs first; the algorithm of each follows from its type */
  constructor(private readonly keys: readonly KeyMaterial[]) {
    super();
  }

  /** @throws {AuthConfigurationError} when one can not be read; the message has nothing of it */
  keyPairs(): Promise<readonly SigningKeyPair[]> {
    return Promise.resolve().then(() => this.keys.map((key, at) => toKeyPair(key, `KeyProvider.keyPairs[${at}]`)));
  }
}

/** @throws {AuthConfigurationError} naming `source` */
export function toKeyPair(material: KeyMaterial, source: string): SigningKeyPair {
  const key = toKeyObject(material, source);
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const algorithm = ALGORITHM_OF[publicKey.asymmetricKeyType ?? ''];
  if (algorithm === undefined)
    throw unreadable(source, `a key of type ${publicKey.asymmetricKeyType ?? key.type} can not sign tokens.`);
  return key.type === 'private' ? { algorithm, privateKey: key, publicKey } : { algorithm, publicKey };
}

function toKeyObject(material: KeyMaterial, source: string): KeyObject {
  if (material instanceof KeyObject) return material;
  try {
    const jwk =
      typeof material === 'string'
        ? material.trimStart().startsWith('{')
          ? (JSON.parse(material) as JsonWebKey)
          : null
        : material;
    if (jwk !== null)
      return jwk.d === undefined ? createPublicKey({ key: jwk, format: 'jwk' }) : createPrivateKey({ key: jwk, format: 'jwk' });
    return keyOfPem(material as string, source);
  } catch (error) {
    if (error instanceof AuthConfigurationError) throw error;
    // The reason is left out: a parser's message may quote what it could not parse.
    throw unreadable(source, 'this is neither a PEM nor a JWK key.');
  }
}

/** Node.js reads the first key of a text and says nothing of the others; the private one when a public one stands beside it. */
function keyOfPem(pem: string, source: string): KeyObject {
  const isPrivate = PRIVATE_KEY.test(pem);
  const keys = pem.match(new RegExp(isPrivate ? PRIVATE_KEY : PUBLIC_KEY, 'g'));
  if (keys !== null && keys.length > 1)
    throw unreadable(source, `it holds ${keys.length} keys.`, undefined, 'Give every key by itself.');
  return isPrivate ? createPrivateKey(pem) : createPublicKey(pem);
}

export function unreadable(
  option: string,
  problem: string,
  cause?: unknown,
  remedy = 'Make a pair with `npx nestjs-latchkey generate-keys`.',
): AuthConfigurationError {
  return new AuthConfigurationError([{ option, problem, remedy }], { cause });
}
