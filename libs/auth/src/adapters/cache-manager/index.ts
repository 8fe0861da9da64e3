export { CacheManagerCache, type CacheManagerCacheAsyncOptions } from './cache-manager-cache.module.js';
export { type CacheManager, type CacheManagerCacheOptions, CacheManagerCacheStore } from './cache-manager-cache.store.js';
