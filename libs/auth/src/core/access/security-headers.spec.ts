import { describe, expect, it } from 'vitest';
import { resolveAuthOptions } from '../options/resolve-auth-options.js';
import { AuthCors } from './auth-cors.js';
import { AuthHelmet } from './auth-helmet.js';

const SECRET = 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only';
const optionsOf = (baseUrl: string, trustedOrigins: string[] = []) =>
  resolveAuthOptions({ secret: SECRET, baseUrl, trustedOrigins, environment: 'test' });

describe('options for helmet', () => {
  it('keep an application on https there, and out of frames', () => {
    expect({ ...new AuthHelmet(optionsOf('https://app.example.com')) }).toEqual({
      contentSecurityPolicy: { directives: { 'frame-ancestors': ["'none'"], 'upgrade-insecure-requests': [] } },
      strictTransportSecurity: { maxAge: 365 * 24 * 3600, includeSubDomains: true },
      referrerPolicy: { policy: 'strict-origin-when-cross-origin' },
      xFrameOptions: { action: 'deny' },
    });
  });

  it('ask for no https where there is none', () => {
    expect({ ...new AuthHelmet(optionsOf('http://localhost:3000')) }).toMatchObject({
      contentSecurityPolicy: { directives: { 'frame-ancestors': ["'none'"], 'upgrade-insecure-requests': null } },
      strictTransportSecurity: false,
    });
  });
});

describe('options for CORS', () => {
  it('are the trusted origins, with cookies, and the usual methods', () => {
    const options = optionsOf('https://app.example.com', ['https://app.example.com', 'https://www.example.com']);
    expect({ ...new AuthCors(options) }).toEqual({
      origin: ['https://app.example.com', 'https://www.example.com'],
      credentials: true,
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    });
  });
});
