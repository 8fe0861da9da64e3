export { MemoryStorage } from './memory-storage/memory-storage.module.js';
export { actingAs, type ActingUser } from './acting-as.js';
export { RecordingMail } from './recording-mail.js';
export { SettableClock } from './settable-clock.js';
export { describeCacheStore, type CacheStoreHarness } from './conformance/cache-store.conformance.js';
