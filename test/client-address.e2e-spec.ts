import type { INestApplication } from '@nestjs/common';
import { AuditLog } from 'nestjs-latchkey';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, startAuthApp } from './auth-app.js';

describe('where a request came from', () => {
  let app: AuthApp;
  afterEach(() => app.close());

  const addressOf = async (
    forwardedFor: string | undefined,
    trustedProxies: string[],
    prepare?: (nest: INestApplication) => void,
  ) => {
    app = await startAuthApp({ trustedProxies, prepare });
    const request = app.signIn('nobody@example.com');
    if (forwardedFor !== undefined) void request.set('X-Forwarded-For', forwardedFor);
    await request.set({ 'X-Real-IP': '6.6.6.6', Forwarded: 'for=6.6.6.6' }).expect(401);
    const [row] = await app.get(AuditLog).find({ event: 'signIn.failed', limit: 1 });
    return row!.ip;
  };

  it.each<[string, string | undefined, string[], string | null]>([
    ['is the peer, when nobody is trusted', '203.0.113.7', [], '127.0.0.1'],
    ['is the peer, when another proxy is trusted', '203.0.113.7', ['10.0.0.0/8'], '127.0.0.1'],
    ['is the peer, when the proxy says nothing', undefined, ['127.0.0.0/8'], '127.0.0.1'],
    ['is what a trusted proxy says', '203.0.113.7', ['127.0.0.0/8'], '203.0.113.7'],
    ['is the last stranger, whatever strangers wrote before', '6.6.6.6, 203.0.113.7', ['127.0.0.1'], '203.0.113.7'],
    [
      'is the last stranger before a chain of proxies',
      '6.6.6.6, 203.0.113.7, 10.0.0.2',
      ['127.0.0.1', '10.0.0.0/8'],
      '203.0.113.7',
    ],
    ['may be an IPv6 address', '2001:DB8::1', ['127.0.0.1'], '2001:db8::1'],
    ['is IPv4 also when it is written as IPv6', '::ffff:203.0.113.7', ['127.0.0.1'], '203.0.113.7'],
  ])('%s', async (_, forwardedFor, trustedProxies, expected) => {
    expect(await addressOf(forwardedFor, trustedProxies)).toBe(expected);
  });

  it.each(['nonsense', "'; DROP TABLE auth_audit;--", '', ',,,', 'unknown', '203.0.113.7:8080', 'x'.repeat(5_000)])(
    'is never what is no address: %j',
    async (forwardedFor) => {
      const ip = await addressOf(forwardedFor, ['127.0.0.1']);

      expect(ip === null || ['127.0.0.1', '203.0.113.7'].includes(ip)).toBe(true);
    },
  );

  it('is not what the host’s own `trust proxy` believes', async () => {
    const ip = await addressOf('203.0.113.7', [], (nest) => {
      (nest.getHttpAdapter().getInstance() as { set?: (name: string, value: unknown) => void }).set?.('trust proxy', true);
    });

    expect(ip).toBe('127.0.0.1');
  });
});
