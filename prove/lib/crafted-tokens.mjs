// JWTs that nobody may accept. Those that are signed with the application's own key show what is checked besides the signature.
import { createHmac, generateKeyPairSync, hkdfSync, sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const decode = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());
const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
const hmac = (bits, key) => (input) => createHmac(`sha${bits}`, key).update(input).digest('base64url');
const jws = (header, payload, signature) => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signature(input)}`;
};

/** As the library derives it from the secret; of another derivation no control would turn red. */
const accessTokenKey = (secret) => Buffer.from(hkdfSync('sha256', secret, 'latchkey', 'latchkey/v1/access-token', 32));

/**
 * @param options `token`: a good access token; `secret` of the application; `otherSession`: the claims of somebody else's token; `url`: where
 *   nobody may ask for a key
 * @returns what is wrong with each, and the token
 */
export function craftedTokens({ token, secret, otherSession, url }) {
  const [head, body, signature] = token.split('.');
  const header = decode(head);
  const claims = decode(body);
  const key = accessTokenKey(secret);
  const right = hmac(256, key);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = Buffer.alloc(32, 7);
  const rsa = (input) => sign('sha256', Buffer.from(input), privateKey).toString('base64url');
  const ecdsa = (input) =>
    sign('sha256', Buffer.from(input), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const now = Math.floor(Date.now() / 1000);
  const tokens = [];
  const add = (what, text) => tokens.push({ what, token: text });

  const signatures = {
    none: () => '',
    ours: right,
    'of another key': hmac(256, own),
    'of an empty key': hmac(256, ''),
    'of the secret itself': hmac(256, secret),
    'of a public key as text': hmac(256, pem),
    'SHA-384': hmac(384, key),
    'SHA-512': hmac(512, key),
    RSA: rsa,
    ECDSA: ecdsa,
    'the genuine one': () => signature,
  };
  const algorithms = [
    'none',
    'None',
    'NONE',
    '',
    null,
    256,
    ['HS256'],
    { alg: 'HS256' },
    'hs256',
    'HS384',
    'HS512',
    'RS256',
    'ES256',
    'EdDSA',
    'PS256',
  ];
  for (const alg of algorithms)
    for (const [name, signed] of Object.entries(signatures))
      add(`alg ${JSON.stringify(alg)}, signature ${name}`, jws({ ...header, alg }, claims, signed));
  for (const [name, signed] of Object.entries(signatures)) {
    if (name !== 'ours' && name !== 'the genuine one') add(`signature ${name}`, jws(header, claims, signed));
    add(`no alg, signature ${name}`, jws(without(header, 'alg'), claims, signed));
  }

  for (const typ of [
    undefined,
    null,
    '',
    'JWT',
    'jwt',
    'AT+JWT',
    'application/at+jwt',
    'rt+jwt',
    'id+jwt',
    'secevent+jwt',
    1,
    ['at+jwt'],
  ])
    add(`typ ${JSON.stringify(typ)}`, jws({ ...header, typ }, claims, right));
  for (const kid of [
    undefined,
    null,
    '',
    'unknown',
    '../../../../dev/null',
    "' OR 1=1 --",
    '__proto__',
    'constructor',
    0,
    true,
    [header.kid],
    { kid: header.kid },
    `${header.kid} `,
    url,
    'k'.repeat(2_000),
  ]) {
    add(`kid ${JSON.stringify(kid)?.slice(0, 40)}`, jws({ ...header, kid }, claims, right));
    add(`kid ${JSON.stringify(kid)?.slice(0, 40)}, empty key`, jws({ ...header, kid }, claims, hmac(256, '')));
  }
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: header.kid, alg: 'RS256', use: 'sig' };
  const oct = { kty: 'oct', k: own.toString('base64url'), kid: header.kid, alg: 'HS256' };
  for (const brought of [{ jwk }, { jwk: oct }, { jku: url }, { x5u: url }, { x5c: [encode(pem)] }, { jwk, jku: url, kid: url }]) {
    add(`${Object.keys(brought).join()}, RS256`, jws({ ...header, alg: 'RS256', ...brought }, claims, rsa));
    add(`${Object.keys(brought).join()}, HS256`, jws({ ...header, ...brought }, claims, hmac(256, own)));
  }
  for (const crit of [[], ['exp'], ['b64'], 'exp', null, {}, 1])
    add(`crit ${JSON.stringify(crit)}`, jws({ ...header, crit, b64: false }, claims, right));

  const wrong = {
    iss: [undefined, null, '', 'http://localhost:3000/', 'https://evil.example', ['http://localhost:3000'], 1],
    aud: [undefined, null, '', 'other', [], ['other'], { aud: 'http://localhost:3000' }, 1],
    sub: [undefined, null, '', 1, otherSession.sub, ['x'], "' OR 1=1 --"],
    sid: [undefined, null, '', 1, otherSession.sid, 'A'.repeat(22), ['x'], "' OR 1=1 --", '\u0000'],
    jti: [undefined, null, '', 1],
    iat: [undefined, null, String(now), now + 3_600, -1, now - 10_000_000],
    exp: [undefined, null, String(now + 600), now - 1, 0, -1, now + 10_000_000, 1e300],
    nbf: [null, 'x', now + 3_600],
    auth_time: [undefined, null, String(now), -1],
    amr: [undefined, null, 'pwd', [1], {}],
  };
  for (const [name, values] of Object.entries(wrong))
    for (const value of values) add(`${name} ${JSON.stringify(value)}`, jws(header, { ...claims, [name]: value }, right));
  add('the claims of somebody else, the genuine signature', `${head}.${encode(otherSession)}.${signature}`);
  for (const name of Object.keys(claims).filter((claim) => !(claim in wrong)))
    add(`without ${name}`, jws(header, without(claims, name), right));

  for (const payload of ['', 'null', '[]', '1', '"x"', '{', `[${JSON.stringify(claims)}]`, '{}', '\u0000'])
    add(`payload ${payload.slice(0, 20)}`, jws(header, payload, right));
  const deflated = `${encode({ ...header, zip: 'DEF' })}.${deflateRawSync(JSON.stringify(claims)).toString('base64url')}`;
  add('a compressed payload', `${deflated}.${right(deflated)}`);

  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twin = last[last.indexOf(signature.at(-1)) ^ 1];
  for (const other of [twin, `${signature.at(-1)}=`, `${signature.at(-1)}A`, '', `${signature.at(-1)}.`, '+', '/'])
    add(`signature that ends in ${JSON.stringify(other)}`, `${token.slice(0, -1)}${other}`);
  for (const text of [
    `${head}.${body}`,
    `${head}.${body}.`,
    `.${body}.${signature}`,
    `${head}..${signature}`,
    '..',
    '...',
    `${token}.${signature}`,
    `${head}.${body}.${signature}.x.y`,
    `${head}.${head}.${signature}`,
    JSON.stringify({ protected: head, payload: body, signature }),
    'A'.repeat(9_000),
  ])
    add(`parts ${text.slice(0, 12)}`, text);
  return tokens;
}

/** The claims of a token, unverified. */
export const claimsOf = (token) => decode(token.split('.')[1]);

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/~%';

/** A token that differs from this one in one to three places. */
export function mutated(token, random) {
  const changes = [
    (text, at) => text.slice(0, at) + random.pick(ALPHABET) + text.slice(at + 1),
    (text, at) => text.slice(0, at) + text.slice(at + 1),
    (text, at) => text.slice(0, at) + random.pick(ALPHABET) + text.slice(at),
    (text, at) => text.slice(0, at),
    (text, at) => text.slice(0, at) + text.slice(at).toUpperCase(),
    (text, at) => text.slice(at) + text.slice(0, at),
    (text) => text.split('.').toReversed().join('.'),
    (text) => text + text,
  ];
  for (;;) {
    let text = token;
    for (let times = random.between(1, 3); times > 0; times--)
      text = random.pick(changes)(text, random.between(0, Math.max(0, text.length - 1)));
    // Nothing is no token at all.
    if (text !== token && text !== '') return text;
  }
}
