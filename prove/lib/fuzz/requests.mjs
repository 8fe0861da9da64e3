// Requests, each of which follows from the seed, its number and the OpenAPI document alone, so that it can be made again. They are plain
// JSON; what stands in braces is filled in when it is sent: `{{access}}` is the access token of the person who asks, `{{access~7}}` one
// that differs from it (`credentials.mjs`).
import { Random } from '../random.mjs';
import { ADDRESSES, HARD_TEXT, hardText, longText, OTHER_BODIES, otherTypes, STRANGE_FIELDS } from './values.mjs';
import { brokenRequest } from './broken-http.mjs';

export const ORIGIN = 'http://localhost:3000';

/** Shares of all requests in percent. */
export const KINDS = {
  types: { share: 40, title: 'values of other types, by the schema', make: typeSwap },
  text: { share: 20, title: 'Unicode, NUL, surrogates, length', make: hardTexts },
  headers: { share: 15, title: 'headers and cookies', make: strangeHeaders },
  tokens: { share: 10, title: 'changed tokens', make: changedToken },
  paths: { share: 10, title: 'paths and methods', make: otherPath },
  broken: { share: 5, title: 'broken HTTP', make: brokenRequest },
};

const WHEEL = Object.entries(KINDS).flatMap(([kind, { share }]) => Array(share).fill(kind));

/** @param document OpenAPI @returns what can be asked of the application */
export function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, security }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      inPath: parameters.filter((one) => one.in === 'path'),
      inQuery: parameters.filter((one) => one.in === 'query'),
      body: requestBody?.content['application/json'].schema,
      isPublic: security.length === 0,
    })),
  );
}

/** The request of this number. */
export function requestAt(operations, seed, index) {
  const random = new Random(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const kind = random.pick(WHEEL);
  // Nothing else looks like it, so that where it turns up it has been repeated.
  const canary = `canary${index.toString(36)}z`;
  return { seed, index, kind, person: random.between(0, 1_000_000), canary, ...KINDS[kind].make(operations, random, canary) };
}

/** @param fields JSON of each field @returns a request as it should be, but for what is given in its place */
function request(operation, random, { fields = goodFields(operation, random), credential, path, query, body, headers = [] } = {}) {
  const { name, method, isPublic } = operation;
  const presented = credential ?? (isPublic || random.next() < 0.1 ? 'none' : 'good');
  const text = body ?? (operation.body === undefined ? undefined : json(fields));
  return {
    name,
    method,
    path: `${path ?? goodPath(operation)}${query ?? goodQuery(operation, random)}`,
    isPublic,
    credential: presented,
    headers: [
      ...(text === undefined ? [] : [['Content-Type', 'application/json']]),
      ...(presented === 'good' ? goodCredential(random) : []),
      ...headers,
    ],
    ...(text === undefined ? {} : { body: text }),
  };
}

const goodCredential = (random) =>
  random.next() < 0.7
    ? [['Authorization', 'Bearer {{access}}']]
    : [
        ['Cookie', 'latchkey={{cookie}}'],
        ['Origin', ORIGIN],
      ];

/** Pairs, since an object has no two fields of one name. */
const json = (fields) => `{${fields.map(([field, value]) => `${JSON.stringify(field)}:${value}`).join(',')}}`;

function goodFields({ body }, random) {
  return Object.entries(body?.properties ?? {})
    .filter(([field]) => body.required.includes(field) || random.next() < 0.5)
    .map(([field, { example }]) => [field, JSON.stringify(example)]);
}

const goodPath = ({ path, inPath }) => inPath.reduce((text, { name, example }) => text.replace(`{${name}}`, example), path);

function goodQuery({ inQuery }, random) {
  return queryOf(
    inQuery.filter(() => random.next() < 0.4).map(({ name, example }) => [name, example]),
    (text) => text,
  );
}

const queryOf = (pairs, encode) =>
  pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${encode(value)}`).join('&')}`;

/** Lone surrogates have no percent-encoding. */
const percent = (text) => encodeURIComponent(text.toWellFormed());

function typeSwap(operations, random) {
  const operation = random.pick(operations);
  if (operation.inQuery.length > 0) return request(operation, random, { query: strangeQuery(operation, random) });
  if (operation.inPath.length > 0) {
    const id = random.pick([
      '0',
      '-1',
      'null',
      'undefined',
      'true',
      '[object Object]',
      '1e999',
      '{}',
      '[]',
      'NaN',
      ' ',
      '.',
      '..',
      '*',
    ]);
    return request(operation, random, { path: operation.path.replace(/\{\w+\}/, percent(id)) });
  }
  if (operation.body === undefined) return request(operation, random);
  if (random.next() < 0.1) return request(operation, random, { body: random.pick(OTHER_BODIES) });
  const fields = goodFields(operation, random);
  for (let swaps = random.between(0, 3); swaps > 0; swaps--) {
    const changes = [
      () => swap(fields, operation, random),
      () => swap(fields, operation, random),
      () => fields.splice(random.between(0, fields.length), fields.length === 0 ? 0 : 1),
      () => fields.push([random.pick(STRANGE_FIELDS), random.pick(otherTypes('"x"'))]),
      // The same name a second time.
      () => fields.length > 0 && fields.push([random.pick(fields)[0], random.pick(otherTypes('"x"'))]),
    ];
    random.pick(changes)();
  }
  return request(operation, random, { fields });
}

function swap(fields, { body }, random) {
  const [name, schema] = random.pick(Object.entries(body.properties));
  const others = otherTypes(JSON.stringify(schema.example));
  const found = fields.find(([field]) => field === name);
  if (found === undefined) fields.push([name, random.pick(others)]);
  else found[1] = random.pick(others);
}

function strangeQuery({ inQuery }, random) {
  const pairs = inQuery.filter(() => random.next() < 0.5).map(({ name, example }) => [name, example]);
  for (let swaps = random.between(1, 3); swaps > 0; swaps--) {
    const { name } = random.pick(inQuery);
    pairs.push(
      random.pick([
        [name, random.pick(['', '0', '-1', '1e9', '999999999999999999999', 'null', 'NaN', '2026-13-45', '0000-00-00', 'now()'])],
        [`${name}[]`, 'x'],
        [`${name}[$ne]`, ''],
        [`${name}[a][b]`, '1'],
        ['__proto__[x]', '1'],
        ['constructor[prototype][x]', '1'],
        [random.pick(STRANGE_FIELDS.slice(0, -1)).replaceAll(' ', '+'), '1'],
      ]),
    );
  }
  return queryOf(random.shuffled(pairs), (text) => (text.startsWith('{{') ? text : percent(text))).replace(/[^!-~]/g, percent);
}

function hardTexts(operations, random, canary) {
  const operation = random.pick(operations.filter(({ body, inPath, inQuery }) => body ?? inPath[0] ?? inQuery[0]));
  const hard = () => (random.next() < 0.2 ? random.pick(ADDRESSES(canary)) : hardText(random, canary));
  if (operation.inPath.length > 0) {
    const id =
      random.next() < 0.5 ? percent(hard().slice(0, 1_000)) : random.pick(['%00', '%ff', '%c0%af', '%ed%a0%80', '%', '%zz', 'é']);
    return request(operation, random, { path: operation.path.replace(/\{\w+\}/, id) });
  }
  if (operation.inQuery.length > 0) {
    const { name } = random.pick(operation.inQuery);
    const value =
      random.next() < 0.7 ? percent(hard().slice(0, 1_000)) : random.pick(['%00', '%ff', '%ed%a0%80', '%', 'é', '\u00ff']);
    return request(operation, random, { query: `?${name}=${value}` });
  }
  const fields = goodFields(operation, random);
  const [name] = random.pick(Object.entries(operation.body.properties));
  const value = JSON.stringify(hard());
  const found = fields.find(([field]) => field === name);
  if (found === undefined) fields.push([name, value]);
  else found[1] = value;
  if (random.next() < 0.1) fields.push([hardText(random, '').slice(0, 2_000), '1']);
  const made = request(operation, random, { fields });
  // As bytes that are no UTF-8.
  if (random.next() < 0.1) {
    const at = random.between(1, made.body.length - 1);
    made.body = `${made.body.slice(0, at)}${random.pick(['\xff\xfe', '\xc0\xaf', '\xed\xa0\x80', '\xf8\x88', '\x80'])}${made.body.slice(at)}`;
    made.body = made.body.replace(/[^\0-\xff]/g, '?');
    made.isBinary = true;
  }
  return made;
}

const latin = (text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '\xfc');

function strangeHeaders(operations, random, canary) {
  const operation = random.pick(operations);
  const junk = () =>
    latin(
      random.pick([
        () => random.pick(HARD_TEXT),
        () => longText(random),
        () => canary,
        () => `${canary}${random.pick(HARD_TEXT)}`,
      ])(),
    ).slice(0, 5_000);
  const headers = [];
  for (let times = random.between(1, 3); times > 0; times--) headers.push(...random.pick(HEADERS)(junk, random));
  const made = request(operation, random);
  const replaced = new Set(headers.map(([name]) => name.toLowerCase()));
  // What decides who asks is not replaced by chance: that is said of a request before it is sent.
  const own = made.headers.filter(([name]) => !replaced.has(name.toLowerCase()) || random.next() < 0.1);
  const isWeaker = own.length < made.headers.length && made.credential === 'good';
  return { ...made, headers: random.shuffled([...own, ...headers]), credential: isWeaker ? 'unsure' : made.credential };
}

const one = (name, values) => (_, random) => [[name, random.pick(values)]];
const junkIn = (name) => (junk) => [[name, junk()]];
const HEADERS = [
  junkIn('User-Agent'),
  junkIn('X-Request-Id'),
  junkIn('X-Forwarded-For'),
  junkIn('Forwarded'),
  junkIn('X-Real-IP'),
  junkIn('Referer'),
  junkIn('Accept-Language'),
  junkIn('Accept'),
  junkIn('If-None-Match'),
  junkIn('traceparent'),
  junkIn('X-Canary'),
  one('X-Forwarded-For', ['::1', '127.0.0.1, 1.2.3.4', '1.2.3.4.5', '[::]', ',,,', '::ffff:1.2.3.4%eth0', '1.2.3.4:80']),
  one('X-Forwarded-Host', ['evil.example', '']),
  one('X-Forwarded-Proto', ['https', 'javascript']),
  one('X-HTTP-Method-Override', ['GET', 'DELETE', 'TRACE']),
  one('X-Original-URL', ['/open', '/admin']),
  one('Origin', [
    'null',
    'https://evil.example',
    `${ORIGIN}.evil.example`,
    `${ORIGIN}/`,
    'http://localhost:3001',
    '',
    'file://',
    ORIGIN,
  ]),
  one('Sec-Fetch-Site', ['cross-site', 'same-site', 'none', 'same-origin', '']),
  one('Accept-Encoding', ['gzip, br', 'identity;q=0', '*;q=0']),
  one('Range', ['bytes=0-0', 'bytes=-1', 'lines=1-2']),
  one('Expect', ['100-continue']),
  one('Upgrade', ['websocket', 'h2c']),
  one('Content-Encoding', ['gzip', 'deflate', 'br', 'identity', 'zstd', 'x']),
  one('Content-Type', [
    'text/plain',
    'text/plain; application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
    'application/xml',
    'application/json; charset=utf-16',
    'application/json; charset=nonsense',
    'application/json; charset=utf-8; charset=latin1',
    'application/json;',
    'APPLICATION/JSON',
    'application/jsonx',
    'application/vnd.api+json',
    'application/octet-stream',
    '/',
    ';',
    '',
    'application/json\t',
  ]),
  one('Authorization', [
    'Bearer',
    'Bearer ',
    'bearer x',
    'Bearer a b',
    'Bearer null',
    'Bearer undefined',
    'Bearer ..',
    'Basic YWRhOmFkYQ==',
    'Basic',
    'Digest username="a"',
    'Negotiate x',
    'Bearer\tx',
    '',
  ]),
  (junk) => [['Authorization', `Bearer ${junk()}`]],
  (junk, random) => [
    ['Cookie', `latchkey=${junk().replaceAll(';', '')}; ${random.pick(['a=b', 'latchkey-device=x', '=', ';;;', '__proto__=1'])}`],
  ],
  (junk) => [['Cookie', junk()]],
  (junk) => [['Cookie', `latchkey-device=${junk()}`]],
  () => [['Cookie', Array.from({ length: 200 }, (_, at) => `c${at}=${at}`).join('; ')]],
  () => [
    ['Cookie', 'latchkey=a'],
    ['Cookie', 'latchkey=b'],
  ],
  (junk) => [[`X-${'long'.repeat(100)}`, junk()]],
  () => Array.from({ length: 100 }, (_, at) => [`X-${at}`, '1']),
  () => [['X-Large', 'a'.repeat(20_000)]],
  () => [['__proto__', 'x']],
  () => [['constructor', 'x']],
];

/** Where tokens are presented, and of which kinds. */
const PLACES = [
  ['Authorization', 'access'],
  ['Cookie', 'cookie'],
  ['POST /auth/refresh', 'refresh', 'refreshToken'],
  ['POST /auth/email/confirm', 'confirmation', 'token'],
  ['POST /auth/magic-link/verify', 'magic', 'token'],
  ['POST /auth/invitations/accept', 'invitation', 'token'],
  ['POST /auth/password/reset', 'reset', 'token'],
  ['POST /auth/unlock', 'reset', 'token'],
];

/** What may be answered 2xx only to a good token; all of them are changed. */
function changedToken(operations, random) {
  const [place, kind, field] = random.pick(PLACES);
  const token = `{{${kind}~${random.between(1, 1_000_000_000)}}}`;
  if (field === undefined) {
    const operation = random.pick(operations.filter(({ isPublic }) => !isPublic));
    const headers =
      place === 'Cookie'
        ? [
            ['Cookie', `latchkey=${token}`],
            ['Origin', ORIGIN],
          ]
        : [['Authorization', `Bearer ${token}`]];
    return request(operation, random, { credential: 'bad', headers });
  }
  const operation = operations.find(({ name }) => name === place);
  const fields = goodFields(operation, random).filter(([name]) => name !== field);
  const made = request(operation, random, { credential: 'bad', fields: [...fields, [field, JSON.stringify(token)]] });
  return { ...made, isPublic: false };
}

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'SEARCH',
  'QUERY',
  'LINK',
  'MKCOL',
];

function otherPath(operations, random, canary) {
  const operation = random.pick(operations);
  const made = request(operation, random);
  const [path, query = ''] = made.path.split('?');
  const parts = path.split('/');
  const at = random.between(1, parts.length - 1);
  const changed = (part) => parts.with(at, part).join('/');
  const part = parts[at];
  const variants = [
    path,
    path,
    `${path}/`,
    `${path}//`,
    `/${path}`,
    `//${path}`,
    path.replaceAll('/', '//'),
    `/.${path}`,
    `/x/..${path}`,
    `${path}/.`,
    `${path}/..`,
    `${path}/%2e%2e`,
    `${path}%2f`,
    `${path}%00`,
    `${path}%20`,
    `${path};x=1`,
    `${path}.json`,
    `${path}/${canary}`,
    path.toUpperCase(),
    path.replaceAll('/', '\\'),
    path.slice(0, -1),
    changed(`${part};a=b`),
    changed(`%${part.charCodeAt(0).toString(16)}${part.slice(1)}`),
    changed(`%25${part.charCodeAt(0).toString(16)}${part.slice(1)}`),
    changed(`${part}%`),
    changed(`${part}%zz`),
    changed(`${part}%c0%ae`),
    changed(`${part}\xe9`),
    changed(`.${part}`),
    changed('..'),
    changed(''),
    changed('{{sessionId}}'),
    `/${'a'.repeat(random.pick([200, 4_000, 12_000]))}`,
    `http://evil.example${path}`,
    `http://localhost:3000${path}`,
    '*',
    '/',
    '/.well-known/jwks.json',
    '/auth',
    '/auth/',
    '/openapi-json/../auth/me',
  ];
  const queries = [
    query && `?${query}`,
    '',
    '?',
    '?_method=DELETE',
    '?%00',
    '?a[b]=1&a[c]=2',
    `?${canary}`,
    '?__proto__[x]=1',
    '??#',
  ];
  const method = random.next() < 0.5 ? made.method : random.pick(METHODS);
  return { ...made, method, path: `${random.pick(variants)}${random.pick(queries)}`, credential: made.credential };
}
