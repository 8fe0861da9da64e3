import { describe, expect, it } from 'vitest';
import { resolveAuthOptions } from '../options/resolve-auth-options.js';
import { ClientReader } from './client-reader.js';
import type { HttpRequest } from './http-request.js';

const SECRET = 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only';
const DEVICE = '__Host-latchkey-device';

const readerOf = (delivery: ('bearer' | 'cookie')[], trustedProxies: string[] = []): ClientReader =>
  new ClientReader(
    resolveAuthOptions({ secret: SECRET, baseUrl: 'https://app.example.com', environment: 'test', delivery, trustedProxies }),
  );
const read = (request: Partial<HttpRequest>, reader = readerOf(['bearer', 'cookie'])) =>
  reader.read({ method: 'GET', headers: {}, ...request });

describe('where a request came from', () => {
  it('is nowhere when nothing tells', () => {
    expect(read({})).toEqual({ ip: null, userAgent: null, requestId: null });
  });

  it('is the address of the socket', () => {
    expect(read({ socket: { remoteAddress: '203.0.113.7' } }).ip).toBe('203.0.113.7');
  });

  it('is what a trusted proxy forwards, and nobody else', () => {
    const request = { socket: { remoteAddress: '10.0.0.1' }, headers: { 'x-forwarded-for': '203.0.113.7' } };
    expect(read(request, readerOf(['bearer'], ['10.0.0.0/8'])).ip).toBe('203.0.113.7');
    expect(read(request).ip).toBe('10.0.0.1');
  });

  it.each([
    ['the header of the request', { headers: { 'x-request-id': 'r-1' }, id: 'own' }, 'r-1'],
    ['the text that the adapter gives', { id: 'own' }, 'own'],
    ['the number that the adapter gives', { id: 7 }, '7'],
    ['nothing that is neither', { id: { toString: () => 'own' } }, null],
    ['nothing of a header that is sent twice', { headers: { 'x-request-id': ['r-1', 'r-2'] as unknown as string } }, null],
  ])('has as its id %s', (_, request, requestId) => {
    expect(read(request).requestId).toBe(requestId);
  });

  it('names the browser in one line that fits its column', () => {
    expect(read({ headers: { 'user-agent': 'Mozilla\r\nX: y\u0000\u0085z' } }).userAgent).toBe('Mozilla  X: y  z');
    expect(read({ headers: { 'user-agent': 'x'.repeat(600) } }).userAgent).toBe('x'.repeat(512));
  });

  it('has the device that its cookie names, where there are cookies', () => {
    const request = { headers: { cookie: `${DEVICE}=d-1` } };
    expect(read(request).device).toBe('d-1');
    expect(read(request, readerOf(['bearer']))).not.toHaveProperty('device');
    expect(read({ headers: { cookie: 'other=1' } })).not.toHaveProperty('device');
  });
});
