// Who is compared, and how each is asked for the same thing. What one of them does not have is left out.
import { requestBytes } from './connection.mjs';

const ORIGIN = 'http://localhost:3000';
const EVERYWHERE = ['fastify', 'express'];

const get = (path, headers) => requestBytes('GET', path, headers);
const post = (path, body) => requestBytes('POST', path, { Origin: ORIGIN }, JSON.stringify(body));

const headerOf = ({ head }, name) => new RegExp(`\\r\\n${name}: ([^\\r]*)`, 'i').exec(head)[1];
const bearerOf = (token) => ({ Authorization: `Bearer ${token}` });
const cookieOf = ({ head }) => ({
  Cookie: [...head.matchAll(/\r\nset-cookie: ([^;\r]*)/gi)].map(([, pair]) => pair).join('; '),
});

const LATCHKEY = {
  script: 'sign-in.mjs',
  open: () => get('/open'),
  bearer: {
    signIn: ({ email, password }) => post('/auth/signin', { email, password }),
    headers: ({ body }) => bearerOf(JSON.parse(body).accessToken),
  },
  cookie: {
    signIn: ({ email, password }) => post('/auth/signin', { email, password, delivery: 'cookie' }),
    headers: cookieOf,
  },
  protected: (headers) => get('/measured', headers),
  refresh: {
    token: ({ body }) => JSON.parse(body).refreshToken,
    request: (refreshToken) => post('/auth/refresh', { refreshToken }),
  },
  signUp: { status: 201, request: ({ email, password }) => post('/auth/signup', { email, password, name: 'User' }) },
  list: (headers) => get('/auth/sessions', headers),
};

const STOCK = {
  script: 'stock.mjs',
  bearer: {
    signIn: ({ email, password }) => post('/sign-in', { email, password }),
    headers: ({ body }) => bearerOf(JSON.parse(body).accessToken),
  },
  protected: (headers) => get('/measured', headers),
};

const betterAuthSignIn = ({ email, password }) => post('/api/auth/sign-in/email', { email, password });

const BETTER_AUTH = {
  script: 'better-auth.mjs',
  open: () => get('/open'),
  bearer: { signIn: betterAuthSignIn, headers: (answer) => bearerOf(headerOf(answer, 'set-auth-token')) },
  cookie: { signIn: betterAuthSignIn, headers: cookieOf },
  protected: (headers) => get('/measured', headers),
  signUp: { status: 200, request: ({ email, password }) => post('/api/auth/sign-up/email', { email, password, name: 'User' }) },
  list: (headers) => get('/api/auth/list-sessions', headers),
};

const EXPRESS_SESSION = {
  script: 'express-session.mjs',
  needsRedis: true,
  open: () => get('/open'),
  cookie: { signIn: ({ email, password }) => post('/sign-in', { email, password }), headers: cookieOf },
  protected: (headers) => get('/measured', headers),
};

/**
 * Requests beside each other, and operations with the hash made so cheap that the rest can be seen.
 *
 * `id` is that of a row, `http` what it can run on; see {@link SESSIONS} for what operations there are.
 */
export const CHEAP_HASHES = [
  { id: 'bare', title: 'bare Nest route', http: EVERYWHERE, script: 'bare.mjs', hasDatabase: false, open: () => get('/measured') },
  { id: 'raw-sql', title: 'bare Nest route, one SELECT by key', http: EVERYWHERE, script: 'raw-sql.mjs', open: () => get('/row') },
  { id: 'latchkey', title: 'Latchkey', http: EVERYWHERE, ...LATCHKEY },
  { id: 'stock', title: 'passport-jwt, the official guide', http: EVERYWHERE, ...STOCK },
  { id: 'express-session', title: 'express-session, Redis', http: ['express'], ...EXPRESS_SESSION },
  { id: 'better-auth', title: 'better-auth', http: EVERYWHERE, ...BETTER_AUTH },
  {
    id: 'better-auth-tuned',
    title: 'better-auth, cookie cache and joins',
    http: EVERYWHERE,
    settings: { tuned: true },
    ...BETTER_AUTH,
  },
];

/** Sign-in and sign-up as they are deployed. */
export const REAL_HASHES = [
  ...CHEAP_HASHES.filter(({ id }) => ['latchkey', 'stock', 'express-session', 'better-auth'].includes(id)),
  {
    id: 'better-auth-scrypt',
    title: 'better-auth, its own scrypt',
    http: EVERYWHERE,
    settings: { cost: undefined },
    ...BETTER_AUTH,
  },
];
