import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { KeyRing } from '../crypto/key-ring.js';
import { AccessTokenKeys } from './access-token-keys.js';
import { AccessTokenSigner } from './access-token-signer.js';
import { AccessTokenVerifier } from './access-token-verifier.js';

const [SECRET, NEXT] = ['kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-1', 'Zb7KpW2xN9qL4vR8tJ6mC1sF5dH3gY0e-2'] as const;
const PARTIES = { issuer: 'https://app.example.com', audience: 'https://app.example.com' };
const NOW = 1_800_000_000_000;
const SECONDS = NOW / 1_000;
const CLAIMS = {
  iss: PARTIES.issuer,
  aud: PARTIES.audience,
  sub: 'u',
  sid: 's',
  jti: 'j',
  iat: SECONDS,
  exp: SECONDS + 900,
  auth_time: SECONDS,
  amr: ['pwd'],
};
const b64 = (text: string): string => Buffer.from(text).toString('base64url');

describe('the form of an access token', () => {
  let ring: KeyRing;
  let keys: AccessTokenKeys;
  let verifier: AccessTokenVerifier;
  beforeEach(() => {
    ring = new KeyRing([SECRET]);
    keys = AccessTokenKeys.fromKeyRing(ring);
    verifier = new AccessTokenVerifier(keys, PARTIES);
  });

  const signed = (input: string): string =>
    `${input}.${createHmac('sha256', keys.signing.signing!).update(input).digest('base64url')}`;
  const token = (payload: unknown): string =>
    signed(`${keys.signing.header}.${b64(typeof payload === 'string' ? payload : JSON.stringify(payload))}`);
  const refused = (text: string): void => {
    expect(() => verifier.verify(text, NOW)).toThrow(expect.objectContaining({ errorCode: 'auth.token_invalid' }) as Error);
    expect(verifier.identify(text, NOW)).toBeNull();
  };

  it('is that which we sign', () => {
    expect(verifier.verify(token(CLAIMS), NOW)).toMatchObject({ sub: 'u', sid: 's', exp: NOW + 900_000 });
  });

  it('is not three other parts, however well they are signed', () => {
    const { header } = keys.signing;
    const payload = b64(JSON.stringify(CLAIMS));
    for (const input of [
      '',
      '.',
      header,
      `${header}.`,
      `.${payload}`,
      `${header}.${payload}.${payload}`,
      `${header}..${payload}`,
      `.${header}.${payload}`,
    ])
      refused(signed(input));
    refused(`${header}.${payload}`);
    refused(`${token(CLAIMS)}.`);
    refused(`${header}.${payload}.*`);
  });

  it.each(['', 'nonsense', '7', 'null', '[]', '"text"', 'true'])('does not say %j', (payload) => {
    refused(token(payload));
  });

  it('does not name a key in a header that is no object', () => {
    const payload = b64(JSON.stringify(CLAIMS));
    for (const header of ['', '7', 'null', '[]', '"text"', '{}', '{"kid":7}', `{"kid":"${keys.signing.kid}"}`])
      refused(signed(`${b64(header)}.${payload}`));
    refused(signed(`*.${payload}`));
  });

  it.each([
    ['iat', '1800000000'],
    ['iat', -1],
    ['iat', null],
    ['exp', `${SECONDS + 900}`],
    ['exp', null],
    ['auth_time', [SECONDS]],
    ['nbf', '0'],
    ['nbf', SECONDS + 3_600],
    ['sub', ''],
    ['sid', 7],
    ['jti', undefined],
    ['amr', 'pwd'],
    ['amr', ['pwd', 7]],
  ])('has no %s such as %j', (claim, value) => {
    refused(token({ ...CLAIMS, [claim]: value }));
  });

  it('was not proved at a time without end', () => {
    refused(token(JSON.stringify(CLAIMS).replace(/"auth_time":\d+/, '"auth_time":1e999')));
  });

  it('need not say from when on it holds, and may do so', () => {
    expect(verifier.verify(token(CLAIMS), NOW).sid).toBe('s');
    expect(verifier.verify(token({ ...CLAIMS, nbf: SECONDS }), NOW).sid).toBe('s');
  });

  it('is out of time after its last millisecond, remembered or not, and stays so', () => {
    const text = token(CLAIMS);
    verifier.verify(text, NOW);
    expect(verifier.verify(text, NOW + 899_999).sid).toBe('s');
    const expired = expect.objectContaining({ errorCode: 'auth.token_expired' }) as Error;
    for (let times = 0; times < 2; times++) expect(() => verifier.verify(text, NOW + 900_000)).toThrow(expired);
    expect(() => verifier.verify(token({ ...CLAIMS, jti: 'k' }), NOW + 900_000)).toThrow(expired);
  });

  it('is looked at again when keys have changed, and refused without its own', () => {
    const text = token(CLAIMS);
    verifier.verify(text, NOW);
    const before = keys.version;
    ring.replace([NEXT, SECRET]);
    expect(keys.version).toBeGreaterThan(before);
    expect(verifier.verify(text, NOW).sid).toBe('s');
    ring.replace([NEXT]);
    refused(text);
  });

  it('is signed by nobody who has no private half', () => {
    const bare = { signing: { algorithm: 'HS256', signing: undefined, header: 'h' } } as unknown as AccessTokenKeys;
    const signer = new AccessTokenSigner(bare, { ...PARTIES, ttl: 900_000 });
    expect(() => signer.sign({ sub: 'u', sid: 's', authTime: NOW, amr: [] }, NOW)).toThrow(/no private half/);
  });
});
