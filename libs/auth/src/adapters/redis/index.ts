export { RedisCache } from './redis-cache.module.js';
export { RedisCacheStore } from './redis-cache.store.js';
export type { RedisCacheOptions, RedisClientOptions, RedisUrlOptions } from './redis-cache.options.js';
export type { RedisClient } from './redis-client.js';
