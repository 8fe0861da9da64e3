import type { HttpAdapterHost } from '@nestjs/core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccessTokenKeys } from '../tokens/access-token-keys.js';
import { JwksRoute } from './jwks.route.js';

const KEY = { kty: 'OKP', kid: 'k1' };

describe('the public keys', () => {
  let routes: Map<string, (request: unknown, response: unknown) => void>;
  let answer: { status?: number; body?: string; headers: Record<string, string> };
  let adapter: object;

  beforeEach(() => {
    routes = new Map();
    answer = { headers: {} };
    adapter = {
      get: (path: string, handler: () => void) => void routes.set(path, handler),
      setHeader: (_: unknown, name: string, value: string) => void (answer.headers[name] = value),
      reply: (_: unknown, body: string, status: number) => void Object.assign(answer, { body, status }),
    };
  });

  const start = (keys: object[], host: object = { httpAdapter: adapter }) =>
    new JwksRoute(host as HttpAdapterHost, { jwks: { keys } } as unknown as AccessTokenKeys).onModuleInit();

  it('are at the root, and may be kept for five minutes', () => {
    start([KEY]);
    expect([...routes.keys()]).toEqual(['/.well-known/jwks.json']);
    routes.get('/.well-known/jwks.json')!({}, {});

    expect(answer).toEqual({
      status: 200,
      body: JSON.stringify({ keys: [KEY] }),
      headers: { 'Cache-Control': 'public, max-age=300', 'Content-Type': 'application/json; charset=utf-8' },
    });
  });

  it('are those of the moment of the request', () => {
    const keys = [KEY];
    start(keys);
    keys.push({ kty: 'OKP', kid: 'k2' });
    routes.get('/.well-known/jwks.json')!({}, {});

    expect(answer.body).toContain('"k2"');
  });

  it('have no route when there is none to publish', () => {
    start([]);

    expect(routes.size).toBe(0);
  });

  it('need no application that speaks HTTP', () => {
    for (const httpAdapter of [null, undefined]) expect(() => start([KEY], { httpAdapter })).not.toThrow();
  });
});
