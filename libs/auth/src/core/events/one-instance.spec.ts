import { Injectable, Module, type Provider, Scope } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import { assertOneInstance } from './one-instance.js';

@Injectable({ scope: Scope.REQUEST })
class OnePerRequest {}

@Injectable({ scope: Scope.TRANSIENT })
class OnePerInjection {}

@Injectable()
class NeedsTheRequest {
  constructor(readonly request: OnePerRequest) {}
}

@Injectable()
class One {}

/** What is said of the last of `providers`. */
async function complaintOf(...providers: Provider[]): Promise<unknown> {
  @Module({ imports: [DiscoveryModule], providers })
  class HostModule {}
  const context = await NestFactory.createApplicationContext(HostModule, { logger: false });
  try {
    const found = context.get(DiscoveryService).getProviders();
    assertOneInstance(
      found.find(({ token }) => token === providers.at(-1))!,
      'a gatekeeper',
    );
    return null;
  } catch (error) {
    return error;
  } finally {
    await context.close();
  }
}

describe('a provider that is called outside of requests', () => {
  it('may be one for the application', async () => expect(await complaintOf(One)).toBeNull());

  it.each<[string, Provider[], string]>([
    ['one per request', [OnePerRequest], 'OnePerRequest'],
    ['one per injection', [OnePerInjection], 'OnePerInjection'],
    ['one per request, since what it needs is', [OnePerRequest, NeedsTheRequest], 'NeedsTheRequest'],
  ])('may not be %s', async (_, providers, name) => {
    const error = await complaintOf(...providers);

    expect(error).toBeInstanceOf(AuthConfigurationError);
    expect((error as AuthConfigurationError).problems).toEqual([
      { option: name, problem: expect.stringContaining('is a gatekeeper'), remedy: expect.stringContaining('default scope') },
    ]);
  });
});
