import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { CacheStore } from '../../core/ports/cache-store.js';
import type { RedisCacheOptions } from './redis-cache.options.js';
import { RedisCacheStore } from './redis-cache.store.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<RedisCacheOptions>({
  moduleName: 'RedisCache',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createRedisCacheOptions')
  .build();

/**
 * Redis as the cache: counters and messages reach every process.
 *
 * @example AuthModule.forRoot({ cache: RedisCache.forRoot({ url: 'redis://localhost:6379' }), … })
 */
@Module({
  providers: [
    {
      provide: CacheStore,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: RedisCacheOptions) => new RedisCacheStore(options),
    },
  ],
  exports: [CacheStore],
})
export class RedisCache extends ConfigurableModuleClass {}
