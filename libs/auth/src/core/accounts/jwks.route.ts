import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AccessTokenKeys, JWKS_MAX_AGE } from '../tokens/access-token-keys.js';

/** `GET /.well-known/jwks.json` at the true root, whatever global prefix the host has; only when there is something to publish. */
@Injectable()
export class JwksRoute implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly keys: AccessTokenKeys,
  ) {}

  onModuleInit(): void {
    const adapter = this.adapterHost.httpAdapter;
    if (this.keys.jwks.keys.length === 0 || adapter === undefined || adapter === null) return;
    adapter.get('/.well-known/jwks.json', (_: unknown, response: unknown) => {
      adapter.setHeader(response, 'Cache-Control', `public, max-age=${JWKS_MAX_AGE / 1000}`);
      adapter.setHeader(response, 'Content-Type', 'application/json; charset=utf-8');
      adapter.reply(response, JSON.stringify(this.keys.jwks), 200);
    });
  }
}
