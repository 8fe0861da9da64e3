import { Module } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { Policies, type SignInPolicy, UseSignInPolicy } from './policies.js';

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
});
