import { ModulesContainer } from '@nestjs/core';
import { CacheStore } from 'nestjs-latchkey';
import { RedisCacheStore } from 'nestjs-latchkey/redis';
import { settings } from '../../bench/servers/application.mjs';

const NOTHING = { add: (_key, ttl) => ({ count: 0, expiresInMs: ttl }), takeBack: () => undefined };

/** No cache can bring it about that a process forgets what it has counted itself: that is taken away here. */
class LonelyCache extends RedisCacheStore {
  constructor(modules) {
    super(settings.redis);
    this.modules = modules;
  }

  async onModuleInit() {
    await super.onModuleInit();
    const providers = [...this.modules.values()].flatMap((module) => [...module.providers.values()]);
    providers.find(({ name }) => name === 'SharedCounter').instance.local = NOTHING;
  }
}

export const overrides = [{ provide: CacheStore, inject: [ModulesContainer], useFactory: (modules) => new LonelyCache(modules) }];
