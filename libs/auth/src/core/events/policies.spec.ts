import { Injectable, Module, type Provider, Scope } from '@nestjs/common';
import { DiscoveryModule, type DiscoveryService, NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import {
  type PasswordRule,
  Policies,
  type SignInPolicy,
  type SignUpPolicy,
  UsePasswordPolicy,
  UseSignInPolicy,
  UseSignUpPolicy,
} from './policies.js';

const policy = (order: number | undefined) => {
  @UseSignInPolicy(order === undefined ? undefined : { order })
  class Ordered implements SignInPolicy {
    readonly order = order;
    beforeSession(): void {}
  }
  return Ordered;
};
const [Earliest, First, Second] = [policy(-1), policy(1), policy(2)];
const Unordered = policy(undefined);

@UseSignUpPolicy({ fills: ['name', 'locale'] })
class Registrar implements SignUpPolicy {}

@UseSignUpPolicy()
class Onlooker implements SignUpPolicy {}

@UsePasswordPolicy()
class NoNames implements PasswordRule {
  check() {
    return [];
  }
}

@Injectable({ scope: Scope.REQUEST })
@UseSignInPolicy()
class OnePerRequest implements SignInPolicy {
  beforeSession(): void {}
}

async function policiesOf(...providers: Provider[]): Promise<Policies> {
  @Module({ imports: [DiscoveryModule], providers: [Policies, ...providers] })
  class PoliciesModule {}
  const context = await NestFactory.createApplicationContext(PoliciesModule, { logger: false, abortOnError: false });
  await context.close();
  return context.get(Policies);
}

const orders = ({ signIn }: Policies) => signIn.map((one) => (one as unknown as { order?: number }).order);

describe('policies', () => {
  it('are found in their order, whether classes or instances that the host has made', async () => {
    expect(orders(await policiesOf({ provide: Second, useValue: new Second() }, First))).toEqual([1, 2]);
  });

  it('that do not say when stand where 0 would', async () => {
    expect(orders(await policiesOf(First, Unordered, Earliest))).toEqual([-1, undefined, 1]);
    expect(orders(await policiesOf(Unordered, First, Earliest))).toEqual([-1, undefined, 1]);
    expect(orders(await policiesOf(First, Earliest, Unordered))).toEqual([-1, undefined, 1]);
  });

  it('take part in what they are marked for, and in nothing else', async () => {
    const { signIn, signUp, password } = await policiesOf(First, Registrar, NoNames);

    expect(signIn).toEqual([expect.any(First)]);
    expect(signUp).toEqual([expect.any(Registrar)]);
    expect(password).toEqual([expect.any(NoNames)]);
  });

  it('are none before the application has started', () => {
    expect(new Policies({ getProviders: () => [] } as unknown as DiscoveryService)).toMatchObject({
      signIn: [],
      signUp: [],
      password: [],
    });
  });

  it('of sign-up say which properties they fill', async () => {
    expect((await policiesOf(Registrar, Onlooker)).filledProperties).toEqual(['name', 'locale']);
    expect((await policiesOf(Onlooker)).filledProperties).toEqual([]);
  });

  it('that Nest has registered and not made are passed over', () => {
    const registered = (instance: unknown) => ({ instance, isTransient: false, isDependencyTreeStatic: () => true });
    const made = new First();
    const wrappers = [registered(null), registered(undefined), registered(made)];
    const policies = new Policies({ getProviders: () => wrappers } as unknown as DiscoveryService);
    policies.onApplicationBootstrap();

    expect(policies.signIn).toEqual([made]);
  });

  it('of which there is one per request stop the boot, by name', async () => {
    const error: unknown = await policiesOf(OnePerRequest).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(AuthConfigurationError);
    expect((error as AuthConfigurationError).problems).toEqual([
      expect.objectContaining({ option: 'OnePerRequest', problem: expect.stringContaining('is a policy') }),
    ]);
  });
});
