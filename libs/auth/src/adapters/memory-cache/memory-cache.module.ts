import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { CacheStore } from '../../core/ports/cache-store.js';
import { Clock } from '../../core/ports/clock.js';
import { type MemoryCacheOptions, MemoryCacheStore } from './memory-cache.store.js';

/** The application's clock when there is one to be injected: tests that set the time set it for counters, too. */
const storeWith = (options: MemoryCacheOptions): Provider => ({
  provide: CacheStore,
  inject: [{ token: Clock, optional: true }],
  useFactory: (clock?: Clock) => new MemoryCacheStore(options, clock),
});

/**
 * The default cache: the memory of this process, lost with it.
 *
 * With several processes each counts for itself, so that production asks either for a shared cache or for the declaration that there is one process.
 *
 * @example AuthModule.forRoot({ cache: MemoryCache.forRoot({ singleInstance: true }), … })
 */
@Module({ providers: [storeWith({})], exports: [CacheStore] })
export class MemoryCache {
  static forRoot(options: MemoryCacheOptions = {}): DynamicModule {
    return { module: MemoryCache, providers: [storeWith(options)] };
  }
}
