import {
  type DynamicModule,
  type InjectionToken,
  Module,
  type ModuleMetadata,
  type OptionalFactoryDependency,
} from '@nestjs/common';
import { CacheStore } from '../../core/ports/cache-store.js';
import { Clock } from '../../core/ports/clock.js';
import { type CacheManager, type CacheManagerCacheOptions, CacheManagerCacheStore } from './cache-manager-cache.store.js';

const HOST_CACHE = Symbol('LATCHKEY_HOST_CACHE');

export interface CacheManagerCacheAsyncOptions extends CacheManagerCacheOptions {
  imports?: ModuleMetadata['imports'];
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  useFactory: (...dependencies: never[]) => CacheManager | Promise<CacheManager>;
}

/**
 * The host's `cache-manager` instance as the cache. Counters stay in each process: with several, prefer `RedisCache`.
 *
 * @example CacheManagerCache.forRootAsync({ imports: [CacheModule.register()], inject: [CACHE_MANAGER], useFactory: (cache) => cache })
 */
@Module({})
export class CacheManagerCache {
  static forRoot(cache: CacheManager, options: CacheManagerCacheOptions = {}): DynamicModule {
    return CacheManagerCache.forRootAsync({ ...options, useFactory: () => cache });
  }

  static forRootAsync({ imports = [], inject = [], useFactory, ...options }: CacheManagerCacheAsyncOptions): DynamicModule {
    return {
      module: CacheManagerCache,
      imports,
      providers: [
        {
          provide: HOST_CACHE,
          inject,
          useFactory: useFactory as (...dependencies: unknown[]) => CacheManager | Promise<CacheManager>,
        },
        {
          provide: CacheStore,
          inject: [HOST_CACHE, { token: Clock, optional: true }],
          useFactory: (cache: CacheManager, clock?: Clock) => new CacheManagerCacheStore(cache, options, clock),
        },
      ],
      exports: [CacheStore],
    };
  }
}
