import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { CacheStore } from '../../libs/auth/src/core/ports/cache-store.js';

@Injectable()
class Greeter {
  hello(): string {
    return 'hello';
  }
}

abstract class Port {
  abstract answer(): number;
}

@Controller()
class GreetingController {
  constructor(
    private readonly greeter: Greeter,
    private readonly port: Port,
  ) {}

  @Get()
  greet(): string {
    return `${this.greeter.hello()} ${this.port.answer()}`;
  }
}

@Module({ controllers: [GreetingController], providers: [Greeter, { provide: Port, useValue: { answer: () => 42 } }] })
class GreetingModule {}

describe('the test compiler', () => {
  it('emits decorator metadata, so that constructor injection by class works', async () => {
    const module = await Test.createTestingModule({ imports: [GreetingModule] }).compile();

    expect(module.get(GreetingController).greet()).toBe('hello 42');
    expect(CacheStore).toBeTypeOf('function');
    await module.close();
  });
});
