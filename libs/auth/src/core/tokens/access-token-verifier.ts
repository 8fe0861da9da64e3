import { fromBase64url } from '../crypto/base64url.js';
import { TokenExpiredException, TokenInvalidException } from '../errors/auth.errors.js';
import {
  ACCESS_TOKEN_TYPE,
  CLOCK_LEEWAY,
  MAX_ACCESS_TTL,
  MAX_TOKEN_LENGTH,
  type AccessTokenAudience,
  type VerifiedAccessToken,
} from './access-token.js';
import type { AccessTokenKey, AccessTokenKeys } from './access-token-keys.js';
import { verifyBytes } from './jws.js';
import { VerifiedTokenMemory } from './verified-token-memory.js';

export interface AccessTokenVerifierOptions extends AccessTokenAudience {
  /** How many verified tokens are remembered. @default 10000 */
  remember?: number;
}

const DEFAULT_REMEMBERED = 10_000;

type Json = Record<string, unknown>;

const isSeconds = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;

/**
 * Judges access tokens: ours, for us, in time. Whether their session still lives is for the session states to say.
 *
 * The hot path of every protected request: synchronous, and a token seen before costs one look-up.
 */
export class AccessTokenVerifier {
  private readonly memory: VerifiedTokenMemory;
  private keysVersion: number;

  constructor(
    private readonly keys: AccessTokenKeys,
    private readonly options: AccessTokenVerifierOptions,
  ) {
    this.memory = new VerifiedTokenMemory(options.remember ?? DEFAULT_REMEMBERED);
    this.keysVersion = keys.version;
  }

  /**
   * @param now milliseconds since the epoch
   * @throws {TokenExpiredException} when the token was good in every respect and its time is over
   * @throws {TokenInvalidException} for everything else, on purpose without saying which
   */
  verify(token: string, now: number): VerifiedAccessToken {
    if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) throw new TokenInvalidException();
    if (this.keysVersion !== this.keys.version) {
      this.memory.clear();
      this.keysVersion = this.keys.version;
    }

    const known = this.memory.get(token);
    if (known !== undefined && now < known.exp) return known;
    if (known !== undefined) {
      this.memory.delete(token);
      throw new TokenExpiredException();
    }

    const verified = this.claimsOf(this.payloadOf(token), now);
    if (now >= verified.exp) throw new TokenExpiredException();
    this.memory.set(token, verified);
    return verified;
  }

  /**
   * What a token of ours says, whether or not its time is over; `null` when it is not ours. For signing out.
   *
   * @param now milliseconds since the epoch
   */
  identify(token: string, now: number): VerifiedAccessToken | null {
    if (token.length > MAX_TOKEN_LENGTH) return null;
    try {
      return this.claimsOf(this.payloadOf(token), now);
    } catch {
      return null;
    }
  }

  /** The signed payload: nothing in it is looked at before the signature holds. */
  private payloadOf(token: string): Json {
    const first = token.indexOf('.');
    const last = token.lastIndexOf('.');
    const header = token.slice(0, first);
    const signature = fromBase64url(token.slice(last + 1));
    const payload = token.slice(first + 1, last);
    if (first < 1 || last <= first + 1 || payload.includes('.') || signature === null) throw new TokenInvalidException();

    const key = this.keys.findByHeader(header) ?? this.keyNamedBy(header);
    if (!verifyBytes(key.algorithm, key.verifying, token.slice(0, last), signature)) throw new TokenInvalidException();
    return parse(payload);
  }

  /**
   * The algorithm is the key's; the header has to agree and decides nothing. `jwk`, `jku`, `x5u` and `x5c` are not even looked at
   * (RFC 8725 section 3.10), and what `crit` demands we do not know (RFC 7515 section 4.1.11).
   */
  private keyNamedBy(header: string): AccessTokenKey {
    const { alg, typ, kid, crit } = parse(header);
    const key = isText(kid) ? this.keys.find(kid) : undefined;
    if (key === undefined || alg !== key.algorithm || typ !== ACCESS_TOKEN_TYPE || crit !== undefined)
      throw new TokenInvalidException();
    return key;
  }

  private claimsOf(claims: Json, now: number): VerifiedAccessToken {
    const { iss, aud, sub, sid, jti, iat, nbf, exp, auth_time: authTime, amr } = claims;
    const latest = (now + CLOCK_LEEWAY) / 1000;
    const accepted =
      iss === this.options.issuer &&
      aud === this.options.audience &&
      isText(sub) &&
      isText(sid) &&
      isText(jti) &&
      isSeconds(iat) &&
      isSeconds(exp) &&
      isSeconds(authTime) &&
      iat <= latest &&
      (nbf === undefined || (isSeconds(nbf) && nbf <= latest)) &&
      (exp - iat) * 1000 <= MAX_ACCESS_TTL &&
      Array.isArray(amr) &&
      amr.every((method) => typeof method === 'string');
    if (!accepted) throw new TokenInvalidException();

    return Object.freeze({
      sub,
      sid,
      jti,
      iat: iat * 1000,
      exp: exp * 1000,
      authTime: authTime * 1000,
      amr: Object.freeze(amr) as readonly string[],
      claims: deepFreeze(claims),
    });
  }
}

/** @throws {TokenInvalidException} for anything but the canonical encoding of a JSON object */
function parse(part: string): Json {
  const bytes = fromBase64url(part);
  if (bytes === null) throw new TokenInvalidException();
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new TokenInvalidException();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TokenInvalidException();
  return value as Json;
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === 'object' && member !== null) deepFreeze(member);
  return Object.freeze(value);
}
