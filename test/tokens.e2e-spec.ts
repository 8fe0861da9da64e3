import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, exportJWK, jwtVerify, SignJWT } from 'jose';
import { StaticKeyProvider, type TokensOptions } from 'nestjs-latchkey';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, LANE, SECRET, type Session, startAuthApp } from './auth-app.js';
import { createDatabase } from './support/databases.js';

const BASE = 'http://localhost:3000';

type Asymmetric = 'EdDSA' | 'ES256' | 'RS256';

function pairFor(algorithm: Asymmetric): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return generateKeyPairSync('rsa', { modulusLength: 3072 });
}

describe('access tokens', () => {
  let app: AuthApp;
  afterEach(() => app.close());
  const start = async (tokens: TokensOptions): Promise<Session> => {
    app = await startAuthApp({ tokens });
    return app.givenUser('ada@example.com');
  };

  it.each<Asymmetric>(['EdDSA', 'ES256', 'RS256'])('of %s are verified by anybody with the published keys', async (algorithm) => {
    const session = await start({ algorithm, keys: new StaticKeyProvider([pairFor(algorithm).privateKey]) });
    const { body, headers } = await app.http().get('/.well-known/jwks.json').expect(200);

    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(headers['cache-control']).toBe('public, max-age=300');
    expect(body.keys).toEqual([expect.objectContaining({ alg: algorithm, use: 'sig', kid: expect.any(String) })]);
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) expect(body.keys[0]).not.toHaveProperty(secret);
    const { payload, protectedHeader } = await jwtVerify(session.accessToken, createLocalJWKSet(body), {
      algorithms: [algorithm],
      issuer: BASE,
      audience: BASE,
      typ: 'at+jwt',
    });
    expect(protectedHeader).toEqual({ alg: algorithm, typ: 'at+jwt', kid: body.keys[0].kid });
    expect(payload).toMatchObject({ sub: String(session.user.id), sid: expect.any(String), jti: expect.any(String), amr: ['pwd'] });
    expect(payload.exp! - payload.iat!).toBe(900);
    expect(Object.keys(payload)).not.toEqual(expect.arrayContaining(['roles', 'email']));
    await app.me(session.accessToken).expect(200);
    await app.refresh(session.refreshToken).expect(200);
  });

  it('of HS256 publish nothing', async () => {
    const session = await start({ algorithm: 'HS256' });

    expect(decodeProtectedHeader(session.accessToken)).toMatchObject({ alg: 'HS256', typ: 'at+jwt' });
    await app.http().get('/.well-known/jwks.json').expect(404);
    // The secret itself signs nothing: every purpose has a key of its own.
    await expect(jwtVerify(session.accessToken, new TextEncoder().encode(SECRET))).rejects.toThrow('signature');
  });

  it('are for one issuer and one audience', async () => {
    const session = await start({ issuer: 'https://id.example.com', audience: 'https://api.example.com' });

    expect(decodeJwt(session.accessToken)).toMatchObject({ iss: 'https://id.example.com', aud: 'https://api.example.com' });
    await app.me(session.accessToken).expect(200);
  });

  it('are not made with the public key taken for a secret, nor without any', async () => {
    const { privateKey, publicKey } = pairFor('RS256');
    const session = await start({ algorithm: 'RS256', keys: new StaticKeyProvider([privateKey]) });
    const [, payload] = session.accessToken.split('.') as [string, string, string];
    const { kid } = decodeProtectedHeader(session.accessToken);
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

    const secrets = [
      publicKey.export({ type: 'spki', format: 'pem' }) as string,
      (publicKey.export({ type: 'spki', format: 'pem' }) as string).trim(),
      publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(await exportJWK(publicKey)),
      SECRET,
    ].map((secret) => Buffer.from(secret));
    const forged = await Promise.all(
      secrets.map((secret) =>
        new SignJWT(decodeJwt(session.accessToken)).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid }).sign(secret),
      ),
    );
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', 'HS256', 'RS384', 'PS256', 'rs256']) {
      const header = encode({ alg, typ: 'at+jwt', kid });
      forged.push(`${header}.${payload}.`, `${header}.${payload}`, `${header}.${payload}.${session.accessToken.split('.')[2]}`);
    }
    for (const token of forged) expect((await app.me(token).expect(401)).body.errorCode).toBe('auth.token_invalid');
    await app.me(session.accessToken).expect(200);
  });

  it('must say all that ours say, even when the right key signed them', async () => {
    const { privateKey } = pairFor('ES256');
    const session = await start({ algorithm: 'ES256', keys: new StaticKeyProvider([privateKey]) });
    const genuine = decodeJwt(session.accessToken);
    const { kid } = decodeProtectedHeader(session.accessToken);
    const now = Math.floor(Date.now() / 1000);
    const sign = (claims: object, header: object = {}) =>
      new SignJWT({ ...genuine, ...claims } as never)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header })
        .sign(privateKey);
    await app.me(await sign({})).expect(200);

    const wrong: [string, object, object?][] = [
      ['another issuer', { iss: 'https://evil.example' }],
      ['another audience', { aud: 'https://other.example' }],
      ['several audiences', { aud: [BASE, 'https://other.example'] }],
      ['no end', { exp: undefined }],
      ['an end in ten years', { exp: now + 10 * 365 * 86_400 }],
      ['an end that is text', { exp: String(now + 60) }],
      ['no beginning', { iat: undefined }],
      ['a beginning in the future', { iat: now + 600, exp: now + 900 }],
      ['a time before which it is not valid', { nbf: now + 600 }],
      ['no subject', { sub: undefined }],
      ['another subject', { sub: randomUUID() }],
      ['no session', { sid: undefined }],
      ['another session', { sid: 'A'.repeat(22) }],
      ['a session that is a list', { sid: [genuine['sid']] }],
      ['no id', { jti: undefined }],
      ['another version of the credentials', { ver: 99 }],
      ['no version of the credentials', { ver: undefined }],
      ['another type', {}, { typ: 'JWT' }],
      ['no type', {}, { typ: undefined }],
      ['no key id', {}, { kid: undefined }],
      ['a key id that is a path', {}, { kid: '../../dev/null' }],
      ['a key id that is a prototype', {}, { kid: '__proto__' }],
      ['a key of its own', {}, { kid: 'own', jwk: await exportJWK(privateKey) }],
    ];
    for (const [name, claims, header] of wrong) {
      const { status } = await app.me(await sign(claims, header));
      expect([name, status]).toEqual([name, 401]);
    }
    expect((await app.me(await sign({ iat: now - 900, nbf: now - 900, exp: now - 1 })).expect(401)).body.errorCode).toBe(
      'auth.token_expired',
    );
  });
});

describe('rotating the keys of access tokens', () => {
  it('refuses no token while both are published, and those of a removed one afterwards', async () => {
    const store = await createDatabase(LANE.database === 'memory' ? 'sqlite' : LANE.database);
    const [old, next] = [pairFor('EdDSA'), pairFor('EdDSA')];
    let app: AuthApp | undefined;
    const restart = async (...keys: KeyObject[]): Promise<AuthApp> => {
      await app?.close();
      app = await startAuthApp({ store, tokens: { algorithm: 'EdDSA', keys: new StaticKeyProvider(keys) } });
      return app;
    };
    try {
      const ada = await (await restart(old.privateKey)).givenUser('ada@example.com');

      const announced = await restart(old.privateKey, next.publicKey);
      expect((await announced.http().get('/.well-known/jwks.json')).body.keys).toHaveLength(2);
      await announced.me(ada.accessToken).expect(200);

      const rotated = await restart(next.privateKey, old.publicKey);
      await rotated.me(ada.accessToken).expect(200);
      const { body } = await rotated.refresh(ada.refreshToken).expect(200);
      expect(decodeProtectedHeader(body.accessToken).kid).not.toBe(decodeProtectedHeader(ada.accessToken).kid);

      const removed = await restart(next.privateKey);
      await removed.me(body.accessToken).expect(200);
      expect((await removed.me(ada.accessToken).expect(401)).body.errorCode).toBe('auth.token_invalid');
    } finally {
      await app?.close();
      await store.drop();
    }
  });
});
