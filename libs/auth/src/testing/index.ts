export { MemoryStorage } from './memory-storage/memory-storage.module.js';
