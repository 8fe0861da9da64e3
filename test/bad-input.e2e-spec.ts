import { AuditLog, UserRepository } from 'nestjs-latchkey';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, startAuthApp } from './auth-app.js';
import { type RawAnswer, rawRequest } from './support/raw-request.js';

interface Fault {
  field: string;
  code: string;
  message: string;
}

const SIGN_IN = { email: 'ada@example.com', password: PASSWORD };
const NEW = { email: 'new@example.com', password: PASSWORD };

/** Every route with a body, what it wants, and the types of its fields. */
const ROUTES: { method: string; path: string; good: object; fields: Record<string, 'text' | 'nullable' | 'choice' | 'boolean'> }[] =
  [
    {
      method: 'POST',
      path: 'signup',
      good: NEW,
      fields: { email: 'text', password: 'text', name: 'nullable', delivery: 'choice', remember: 'boolean' },
    },
    {
      method: 'POST',
      path: 'signin',
      good: SIGN_IN,
      fields: { email: 'text', password: 'text', delivery: 'choice', remember: 'boolean' },
    },
    { method: 'POST', path: 'refresh', good: { refreshToken: 'x' }, fields: { refreshToken: 'text' } },
    { method: 'POST', path: 'signout', good: {}, fields: { refreshToken: 'text' } },
    { method: 'PATCH', path: 'me', good: {}, fields: { name: 'nullable' } },
    { method: 'DELETE', path: 'me', good: {}, fields: { password: 'text' } },
    {
      method: 'POST',
      path: 'password/change',
      good: { currentPassword: PASSWORD, newPassword: 'a wholly different sentence' },
      fields: { currentPassword: 'text', newPassword: 'text' },
    },
    { method: 'POST', path: 'step-up', good: { password: PASSWORD }, fields: { password: 'text' } },
  ];
const FIELDS = ROUTES.flatMap(({ method, path, good, fields }) =>
  Object.entries(fields).map(([field, type]) => ({ method, path, good, field, type })),
);

/** As JSON, because some of it has no other spelling. */
const SHAPES = {
  number: '123',
  nought: '0',
  'an enormous number': '1e999',
  true: 'true',
  false: 'false',
  null: 'null',
  'an empty list': '[]',
  'a list of the right thing': '["ada@example.com"]',
  'an empty object': '{}',
  'an operator': '{"$ne":null}',
  'an object with a length': '{"length":20,"trim":1,"normalize":1}',
  'an object with a prototype': '{"__proto__":{"isAdmin":true},"toString":1}',
  'an object with a constructor': '{"constructor":{"prototype":{"isAdmin":true}}}',
  'a list of objects with a constructor': '[{"a":[{"constructor":1}]}]',
  NUL: '"ada\\u0000@example.com"',
  'a lone surrogate': '"ada\\ud800@example.com"',
  'text that is too long': JSON.stringify('a'.repeat(10_000)),
};

describe('nonsense', () => {
  let app: AuthApp;
  let accessToken: string;
  beforeAll(async () => {
    app = await startAuthApp({ lockout: false });
    accessToken = (await app.givenUser('ada@example.com')).accessToken;
  });
  afterAll(() => app.close());

  const send = (method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}): Promise<RawAnswer> =>
    rawRequest(app.url, `/auth/${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${accessToken}`,
        'Content-Type': 'application/json',
        ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
        ...headers,
      },
      body,
    });
  const written = async () => [
    (await app.get(UserRepository).list({ limit: 1000 })).map((user) => ({ ...user })),
    (await app.get(AuditLog).find({ limit: 500 })).length,
  ];
  const bodyWith = (good: object, field: string, json: string): string => {
    const fields = Object.entries({ ...good, [field]: null });
    return `{${fields.map(([name, value]) => `"${name}":${name === field ? json : JSON.stringify(value)}`).join(',')}}`;
  };
  /** The contract's shape, and nothing of the inside. */
  const refusal = ({ status, text }: RawAnswer, expected = 400, errorCode = 'auth.validation_failed'): Fault[] => {
    const body = JSON.parse(text) as { details: Fault[] };
    expect(body).toMatchObject({ statusCode: expected, error: expect.any(String), message: expect.any(String), errorCode });
    expect([status, Object.keys(body).filter((key) => key !== 'details')]).toEqual([
      expected,
      ['statusCode', 'error', 'message', 'errorCode'],
    ]);
    expect(text).not.toMatch(/node_modules|\.ts|\.js|SELECT|INSERT|Error:|\n {4}at /);
    return body.details;
  };

  it.each(FIELDS)('is refused, named and not written: $method $path $field', async ({ method, path, good, field, type }) => {
    const before = await written();
    for (const [shape, json] of Object.entries(SHAPES)) {
      if ((type === 'boolean' && /true|false/.test(json)) || (type === 'nullable' && json === 'null')) continue;
      const answer = await send(method, path, bodyWith(good, field, json));
      expect([shape, answer.status]).toEqual([shape, 400]);
      // Fastify's own parser refuses these before anybody is asked.
      if (/^an object with a (prototype|constructor)$/.test(shape) && !answer.text.includes('errorCode')) continue;
      const code = (JSON.parse(answer.text) as { errorCode: string }).errorCode;
      const isNewPassword = (path === 'signup' && field === 'password') || field === 'newPassword';
      const faults = refusal(answer, 400, isNewPassword && shape === 'text that is too long' ? 'auth.password_too_long' : code);
      expect([shape, faults.map((fault) => fault.field.split('.')[0])]).toEqual([shape, expect.arrayContaining([field])]);
    }
    expect(await written()).toEqual(before);
  });

  it.each(ROUTES)('is refused as a field that nobody knows: $method $path', async ({ method, path, good }) => {
    const before = await written();
    for (const field of [
      'userId',
      'roles',
      'isAdmin',
      'id',
      'emailVerified',
      '',
      'constructor',
      'hasOwnProperty',
      'EMAIL',
      'émail',
      '$where',
    ]) {
      const faults = refusal(await send(method, path, JSON.stringify({ ...good, [field]: 'x' })));
      expect(faults).toEqual([expect.objectContaining({ field, code: 'unknown_field' })]);
    }
    expect(await written()).toEqual(before);
  });

  it.each(ROUTES)('is refused as a whole: $method $path', async ({ method, path }) => {
    const before = await written();
    const deep = `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`;
    for (const body of [
      '[]',
      '[{}]',
      '"text"',
      '1',
      'true',
      '{',
      '{"a"',
      '{"a":1}}',
      "{'a':1}",
      '\uFEFF{}x',
      deep,
      'undefined',
      'NaN',
    ]) {
      expect([body.slice(0, 20), (await send(method, path, body)).status]).toEqual([body.slice(0, 20), 400]);
    }
    expect((await send(method, path, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))).status).toBe(400);
    expect((await send(method, path, `{"a":"${'a'.repeat(2_000_000)}"}`)).status).toBe(413);
    expect(await written()).toEqual(before);
  });

  it('counts the last of two fields of one name, as everything that reads JSON does', async () => {
    const twice = `{"email":"ada@example.com","password":"wrong","password":${JSON.stringify(PASSWORD)}}`;
    expect((await send('POST', 'signin', twice)).status).toBe(200);
    refusal(await send('POST', 'signin', `{"email":"ada@example.com","password":${JSON.stringify(PASSWORD)},"password":["x"]}`));
  });

  it('does not reach the prototype of anything', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const body = `{"email":"proto@example.com","password":${JSON.stringify(PASSWORD)},"${name}":{"isAdmin":true,"name":"Mallory"}}`;
      expect((await send('POST', 'signup', body)).status).toBe(400);
    }
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(await app.get(UserRepository).findByEmail('proto@example.com')).toBeNull();
  });

  it('is refused in few words when there is much of it', async () => {
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`field${index}`, 1])));
    const begun = performance.now();
    const faults = refusal(await send('POST', 'signin', many));
    expect(faults.length).toBeLessThan(50);
    const longName = refusal(await send('POST', 'signin', JSON.stringify({ ['x'.repeat(50_000)]: 1 })));
    expect(longName[0]!.field.length).toBeLessThan(100);
    const longPath = refusal(await send('PATCH', 'me', JSON.stringify({ name: { ['x'.repeat(50_000)]: '\0' } })));
    expect(longPath[0]!.field.length).toBeLessThan(200);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});
