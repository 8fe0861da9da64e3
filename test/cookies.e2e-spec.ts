import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, PASSWORD, startAuthApp } from './auth-app.js';
import { cookieOf, setCookiesOf } from './support/cookies.js';

const ORIGIN = 'http://localhost:3000';

describe('a session in a cookie', () => {
  let app: AuthApp;
  afterEach(() => app.close());

  const start = async (options: AuthAppOptions = {}): Promise<void> => {
    app = await startAuthApp(options);
    await app.signUp('ada@example.com').expect(201);
  };
  const signIn = (more: object = {}) => app.signIn('ada@example.com', PASSWORD, { delivery: 'cookie', ...more });

  it('travels in the cookie and nowhere else', async () => {
    await start();
    const answer = await signIn().expect(200);

    expect(Object.keys(answer.body)).toEqual(['user']);
    const [cookie, ...others] = setCookiesOf(answer);
    expect(others).toEqual([]);
    expect(cookie!.value).toMatch(/^[\w-]{22}\.[\w-]{43}$/);
    const me = await app.http().get('/auth/me').set('Cookie', cookieOf(answer)).expect(200);
    expect(me.body.user).toEqual(answer.body.user);
    expect(JSON.stringify(me.body)).not.toContain(cookie!.value.split('.')[1]);
  });

  it.each<[string, AuthAppOptions, object]>([
    [
      'https',
      { baseUrl: 'https://app.example.com' },
      { name: '__Host-latchkey', attributes: { path: '/', httponly: true, samesite: 'Lax', secure: true } },
    ],
    ['http on loopback', {}, { name: 'latchkey', attributes: { path: '/', httponly: true, samesite: 'Lax' } }],
    [
      'SameSite strict',
      { baseUrl: 'https://app.example.com', cookie: { sameSite: 'strict' } },
      { name: '__Host-latchkey', attributes: { path: '/', httponly: true, samesite: 'Strict', secure: true } },
    ],
    [
      'SameSite none',
      { baseUrl: 'https://app.example.com', cookie: { sameSite: 'none' } },
      { name: '__Host-latchkey', attributes: { path: '/', httponly: true, samesite: 'None', secure: true } },
    ],
    [
      'a domain of sub-domains',
      { baseUrl: 'https://app.example.com', cookie: { domain: 'example.com' } },
      { name: 'latchkey', attributes: { path: '/', httponly: true, samesite: 'Lax', secure: true, domain: 'example.com' } },
    ],
  ])('is set as the base URL and the options say: %s', async (_, options, expected) => {
    await start(options);
    const [cookie] = setCookiesOf(await signIn().expect(200));

    expect(cookie).toEqual({ value: expect.any(String), ...expected });
  });

  it('is asked for at sign-up as well', async () => {
    await start();
    const answer = await app.signUp('bob@example.com', PASSWORD, { delivery: 'cookie', remember: true }).expect(201);

    expect(Object.keys(answer.body)).toEqual(['user']);
    expect(setCookiesOf(answer)[0]!.attributes['max-age']).toBe('7776000');
    await app.http().get('/auth/me').set('Cookie', cookieOf(answer)).expect(200);
  });

  it('is what everybody gets where only cookies are on, and tokens are nothing there', async () => {
    await start({ delivery: ['cookie'] });
    const answer = await app.signIn('ada@example.com').expect(200);
    expect(Object.keys(answer.body)).toEqual(['user']);
    await app.http().get('/auth/me').set('Cookie', cookieOf(answer)).expect(200);

    const { body } = await app.signIn('ada@example.com', PASSWORD, { delivery: 'bearer' }).expect(400);
    expect(body.details).toEqual([expect.objectContaining({ field: 'delivery' })]);
    // A bearer token is not looked at, so it does not stand in the way of the cookie either.
    await app
      .http()
      .get('/auth/me')
      .set({ Cookie: cookieOf(answer), Authorization: 'Bearer x' })
      .expect(200);
  });

  it('does not exist where only tokens are on', async () => {
    await start({ delivery: ['bearer'] });

    const { body } = await signIn().expect(400);
    expect(body.details).toEqual([expect.objectContaining({ field: 'delivery' })]);
    expect(setCookiesOf(await app.signIn('ada@example.com').expect(200))).toEqual([]);
    const anonymous = await app.http().get('/auth/me').set('Cookie', 'latchkey=x.y').expect(401);
    expect(anonymous.body.errorCode).toBe('auth.not_authenticated');
  });

  it.each([
    ['a changed secret', (value: string) => `${value.slice(0, -3)}AAA`, 'auth.token_invalid'],
    ['another session', (value: string) => `${'A'.repeat(22)}.${value.split('.')[1]}`, 'auth.token_invalid'],
    ['no secret', (value: string) => value.split('.')[0]!, 'auth.token_invalid'],
    ['nothing', () => '', 'auth.token_invalid'],
    ['ten kilobytes', () => 'A'.repeat(10_000), 'auth.token_invalid'],
    ['quotes around it', (value: string) => `"${value}"`, 'auth.token_invalid'],
  ])('is refused with %s', async (_, forge, errorCode) => {
    await start();
    const [cookie] = setCookiesOf(await signIn());
    const answer = await app
      .http()
      .get('/auth/me')
      .set('Cookie', `latchkey=${forge(cookie!.value)}`)
      .expect(401);

    expect(answer.body.errorCode).toBe(errorCode);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('is found among the host’s cookies, and not believed when it comes twice', async () => {
    await start();
    const cookie = cookieOf(await signIn());
    const me = (header: string) => app.http().get('/auth/me').set('Cookie', header);

    await me(`theme=dark; ${cookie};lang=de`).expect(200);
    await me(`xlatchkey=1; ${cookie}`).expect(200);
    await me(`${cookie}; latchkey=${'A'.repeat(22)}.${'A'.repeat(43)}`).expect(401);
  });

  it('can not be adopted: a planted one is neither known nor kept', async () => {
    await start();
    const planted = `latchkey=${'P'.repeat(22)}.${'P'.repeat(43)}`;
    const answer = await signIn().set({ Cookie: planted, Origin: ORIGIN }).expect(200);

    expect(cookieOf(answer)).not.toBe(planted);
    await app.http().get('/auth/me').set('Cookie', planted).expect(401);
  });

  it('steps aside for a bearer token, a bad one too, and for no other scheme', async () => {
    await start();
    const eve = await app.givenUser('eve@example.com');
    const cookie = cookieOf(await signIn());
    const me = (authorization: string) => app.http().get('/auth/me').set({ Cookie: cookie, Authorization: authorization });

    expect((await me(`Bearer ${eve.accessToken}`).expect(200)).body.user.email).toBe('eve@example.com');
    expect((await me('Bearer nonsense').expect(401)).body.errorCode).toBe('auth.token_invalid');
    expect((await me('Bearer').expect(401)).body.errorCode).toBe('auth.token_invalid');
    expect((await me(`bearer ${eve.accessToken}`).expect(200)).body.user.email).toBe('eve@example.com');
    for (const other of ['Basic YWRhOnB3', 'Digest x', 'ApiKey 1', 'Bearertoken']) {
      expect((await me(other).expect(200)).body.user.email).toBe('ada@example.com');
    }
  });

  it('is not what a bearer token is: neither is taken for the other', async () => {
    await start();
    const { body: tokens } = await app.signIn('ada@example.com');
    const cookie = cookieOf(await signIn()).split('=')[1]!;

    await app.http().get('/auth/me').set('Authorization', `Bearer ${cookie}`).expect(401);
    await app.http().get('/auth/me').set('Authorization', `Bearer ${tokens.refreshToken}`).expect(401);
    await app.http().get('/auth/me').set('Cookie', `latchkey=${tokens.accessToken}`).expect(401);
    await app.http().get('/auth/me').set('Cookie', `latchkey=${tokens.refreshToken}`).expect(401);
  });
});
