import { Injectable, Module, Scope, type Type } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { Policies, type SignInPolicy, UsePasswordPolicy, UseSignInPolicy, UseSignUpPolicy } from './policies.js';

const policy = (order: number) => {
  @UseSignInPolicy({ order })
  class Ordered implements SignInPolicy {
    readonly order = order;
    beforeSession(): void {}
  }
  return Ordered;
};
const [First, Second] = [policy(1), policy(2)];

describe('policies', () => {
  it('are found in their order, whether classes or instances that the host has made', async () => {
    @Module({ imports: [DiscoveryModule], providers: [Policies, { provide: Second, useValue: new Second() }, First] })
    class PoliciesModule {}
    const context = await NestFactory.createApplicationContext(PoliciesModule, { logger: false });
    const orders = context.get(Policies).signIn.map((one) => (one as unknown as { order: number }).order);
    await context.close();

    expect(orders).toEqual([1, 2]);
  });

  const policiesOf = async (...providers: Type[]): Promise<Policies> => {
    @Module({ imports: [DiscoveryModule], providers: [Policies, ...providers] })
    class PoliciesModule {}
    const context = await NestFactory.createApplicationContext(PoliciesModule, { logger: false, abortOnError: false });
    const policies = context.get(Policies);
    await context.close();
    return policies;
  };

  it('are none of a kind that nobody has, also before the start', async () => {
    expect(new Policies({} as never)).toMatchObject({ signIn: [], signUp: [], password: [] });
    const policies = await policiesOf();
    expect([policies.signIn, policies.signUp, policies.password, policies.filledProperties]).toEqual([[], [], [], []]);
  });

  it('are kept by kind, and by the order in which they stand where none is said', async () => {
    @UsePasswordPolicy()
    class OfPasswords {}
    @UseSignUpPolicy({ fills: ['plan', 'tenant'] })
    class OfSignUps {}
    @UseSignUpPolicy({ order: -1, fills: ['origin'] })
    class Earlier {}
    @UseSignUpPolicy()
    class Unsaid {}
    const policies = await policiesOf(OfPasswords, OfSignUps, Unsaid, Earlier);
    expect(policies.password.map(String)).toHaveLength(1);
    expect(policies.signUp.map((one) => one.constructor)).toEqual([Earlier, OfSignUps, Unsaid]);
    expect(policies.filledProperties).toEqual(['plan', 'tenant', 'origin']);
    expect(policies.signIn).toEqual([]);
  });

  it.each([Scope.REQUEST, Scope.TRANSIENT])('have to be one for all (scope %i)', async (scope) => {
    @UseSignInPolicy()
    @Injectable({ scope })
    class Each {}
    await expect(policiesOf(Each)).rejects.toMatchObject({
      problems: [
        {
          option: 'Each',
          problem: expect.stringContaining('a policy') as string,
          remedy: expect.stringMatching(/scope/) as string,
        },
      ],
    });
  });
});
