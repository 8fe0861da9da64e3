import { createHash, type JsonWebKey, type KeyObject } from 'node:crypto';

/** Public members of each key type in the order of RFC 7638 section 3.2 (and RFC 8037 for OKP). Nothing else is ever copied. */
const PUBLIC_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/** A key as published in a JWK set. */
export interface PublicJwk {
  kty: string;
  kid: string;
  alg: string;
  use: 'sig';
  [member: string]: string;
}

/** The document at `/.well-known/jwks.json` (RFC 7517 section 5). */
export interface JwkSet {
  keys: readonly PublicJwk[];
}

/** The public half only, whichever half is given. */
export function publicMembers(key: KeyObject): Record<string, string> {
  const jwk: JsonWebKey = key.export({ format: 'jwk' });
  const members = PUBLIC_MEMBERS[jwk.kty ?? ''];
  if (members === undefined) throw new TypeError('Not an asymmetric key');
  return Object.fromEntries(members.map((member) => [member, (jwk as Record<string, string>)[member] as string]));
}

/** RFC 7638: the same for the same public key, whoever computes it. */
export function thumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(publicMembers(key)))
    .digest('base64url');
}
