import { toBase64url } from '../crypto/base64url.js';
import { randomToken } from '../crypto/random.js';
import type { AccessTokenAudience, AccessTokenSubject } from './access-token.js';
import type { AccessTokenKeys } from './access-token-keys.js';
import { signBytes } from './jws.js';

export interface AccessTokenSignerOptions extends AccessTokenAudience {
  /** Milliseconds; at most an hour (`MAX_ACCESS_TTL`), or our own verifier refuses the token. */
  ttl: number;
}

/** What a token may state besides {@link AccessTokenSubject}. */
export interface AccessTokenExtras {
  /** The token ends no later than this, e.g. with its session. Milliseconds since the epoch. */
  notAfter?: number;
  /** Further claims. They never replace one of ours. Nothing secret: whoever holds a token can read it. */
  claims?: Readonly<Record<string, unknown>>;
}

const JTI_BYTES = 16;

const toSeconds = (ms: number): number => Math.floor(ms / 1000);

/** Makes access tokens: compact JWS of the profile of RFC 9068, without roles, which would outlive their removal. */
export class AccessTokenSigner {
  constructor(
    private readonly keys: AccessTokenKeys,
    private readonly options: AccessTokenSignerOptions,
  ) {}

  /** @param now milliseconds since the epoch */
  sign(subject: AccessTokenSubject, now: number, extras: AccessTokenExtras = {}): string {
    const { issuer, audience, ttl } = this.options;
    const iat = toSeconds(now);
    const payload = {
      ...extras.claims,
      iss: issuer,
      aud: audience,
      sub: subject.sub,
      sid: subject.sid,
      jti: randomToken(JTI_BYTES),
      iat,
      nbf: iat,
      exp: toSeconds(Math.min(now + ttl, extras.notAfter ?? Infinity)),
      auth_time: toSeconds(subject.authTime),
      amr: subject.amr,
    };
    const { algorithm, signing, header } = this.keys.signing;
    if (signing === undefined) throw new TypeError('The first access token key has no private half');
    const input = `${header}.${toBase64url(JSON.stringify(payload))}`;
    return `${input}.${toBase64url(signBytes(algorithm, signing, input))}`;
  }
}
