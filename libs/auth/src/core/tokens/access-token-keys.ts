import type { KeyObject } from 'node:crypto';
import { toBase64url } from '../crypto/base64url.js';
import type { KeyRing } from '../crypto/key-ring.js';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import type { AccessTokenAlgorithm, SigningKeyPair } from '../ports/key-provider.js';
import { ACCESS_TOKEN_TYPE } from './access-token.js';
import { publicMembers, thumbprint, type JwkSet, type PublicJwk } from './jwk.js';
import { signingKeyProblems } from './signing-key.rules.js';

/** A key with the one algorithm that it may be used with. */
export interface AccessTokenKey {
  /** The key ring's id, or the RFC 7638 thumbprint of an asymmetric key. */
  readonly kid: string;
  readonly algorithm: AccessTokenAlgorithm;
  /** Absent when the key only verifies. */
  readonly signing?: KeyObject;
  readonly verifying: KeyObject;
  /** The header of every token signed with this key, encoded. */
  readonly header: string;
}

const PURPOSE = 'access-token';

/** How long others may keep the JWK set: milliseconds. A new key is published at least this long before it signs. */
export const JWKS_MAX_AGE = 300_000;

/**
 * The keys that sign and verify access tokens: the first signs, all verify. With HS256 they follow the application's key ring.
 *
 * To rotate without a single refused token, first publish the new key behind the old one (at least {@link JWKS_MAX_AGE}), then put it first,
 * then remove the old one once its last token has expired. `KeyRotation` keeps that order by itself.
 */
export class AccessTokenKeys {
  private signingKey!: AccessTokenKey;
  private byKid!: ReadonlyMap<string, AccessTokenKey>;
  private byHeader!: ReadonlyMap<string, AccessTokenKey>;
  private published!: JwkSet;
  private generation = 0;
  private ringVersion = 0;

  private constructor(
    keys: readonly AccessTokenKey[],
    private readonly ring: KeyRing | null = null,
  ) {
    this.use(keys);
    this.ringVersion = ring?.version ?? 0;
  }

  /** HS256 with keys derived from the application's secrets. Nothing is published. */
  static fromKeyRing(ring: KeyRing): AccessTokenKeys {
    return new AccessTokenKeys(derivedKeys(ring), ring);
  }

  /** Nothing is signed and nothing verifies: of an application whose start boot rules are about to refuse. */
  static none(): AccessTokenKeys {
    return new AccessTokenKeys([]);
  }

  /** @throws {AuthConfigurationError} with everything that is wrong with the pairs */
  static fromPairs(pairs: readonly SigningKeyPair[], algorithm: AccessTokenAlgorithm): AccessTokenKeys {
    return new AccessTokenKeys(checked(pairs, algorithm));
  }

  /** The key that signs. */
  get signing(): AccessTokenKey {
    this.followRing();
    return this.signingKey;
  }

  /** Every key, the one that signs first. */
  get all(): readonly AccessTokenKey[] {
    this.followRing();
    return [...this.byKid.values()];
  }

  /** Public keys only; empty with HS256, whose keys are nobody else's business. */
  get jwks(): JwkSet {
    return this.published;
  }

  /** Changes with every {@link replace}, so that what was verified under other keys is not believed any more. */
  get version(): number {
    this.followRing();
    return this.generation;
  }

  /** A look-up in a map and nothing else: a `kid` is never a path, a query or an address. */
  find(kid: string): AccessTokenKey | undefined {
    this.followRing();
    return this.byKid.get(kid);
  }

  /** The key whose tokens have exactly this encoded header, as all that we signed do. Spares parsing it. */
  findByHeader(header: string): AccessTokenKey | undefined {
    this.followRing();
    return this.byHeader.get(header);
  }

  /**
   * Puts other pairs in force in the running process. Tokens of removed keys are refused from now on.
   * @throws {AuthConfigurationError} and changes nothing when the pairs are not fit
   */
  replace(pairs: readonly SigningKeyPair[], algorithm: AccessTokenAlgorithm = this.signingKey.algorithm): void {
    this.use(checked(pairs, algorithm));
    this.generation++;
  }

  private followRing(): void {
    if (this.ring === null || this.ring.version === this.ringVersion) return;
    this.ringVersion = this.ring.version;
    this.use(derivedKeys(this.ring));
    this.generation++;
  }

  private use(keys: readonly AccessTokenKey[]): void {
    this.signingKey = keys[0] as AccessTokenKey;
    this.byKid = new Map(keys.map((key) => [key.kid, key]));
    this.byHeader = new Map(keys.map((key) => [key.header, key]));
    this.published = Object.freeze({ keys: Object.freeze(keys.filter(({ algorithm }) => algorithm !== 'HS256').map(publicJwk)) });
  }
}

const derivedKeys = (ring: KeyRing): AccessTokenKey[] =>
  ring.all(PURPOSE).map(({ id, key }) => accessTokenKey({ kid: id, algorithm: 'HS256', signing: key, verifying: key }));

function checked(pairs: readonly SigningKeyPair[], algorithm: AccessTokenAlgorithm): AccessTokenKey[] {
  const problems = signingKeyProblems(pairs, algorithm);
  if (problems.length > 0) throw new AuthConfigurationError(problems);
  return pairs.map((pair) =>
    accessTokenKey({
      kid: thumbprint(pair.publicKey),
      algorithm: pair.algorithm,
      signing: pair.privateKey,
      verifying: pair.publicKey,
    }),
  );
}

function accessTokenKey(key: Omit<AccessTokenKey, 'header'>): AccessTokenKey {
  return { ...key, header: toBase64url(JSON.stringify({ alg: key.algorithm, typ: ACCESS_TOKEN_TYPE, kid: key.kid })) };
}

function publicJwk({ kid, algorithm, verifying }: AccessTokenKey): PublicJwk {
  return Object.freeze({ ...publicMembers(verifying), kid, alg: algorithm, use: 'sig' as const }) as PublicJwk;
}
