import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`./libs/auth/src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // The suites run on the sources. What is published is tested from `dist` by test/consumers and by child processes.
    alias: [
      { find: /^nestjs-latchkey$/, replacement: source('index.ts') },
      { find: /^nestjs-latchkey\/(typeorm|redis|cache-manager|mail)$/, replacement: source('adapters/$1/index.ts') },
      { find: /^nestjs-latchkey\/testing$/, replacement: source('testing/index.ts') },
      { find: /^nestjs-latchkey\/([a-z-]+)$/, replacement: source('features/$1/index.ts') },
    ],
  },
  test: {
    globals: true,
    include: ['libs/auth/src/**/*.spec.ts', 'test/**/*.e2e-spec.ts', 'test/**/*.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'test/consumers/**'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['reflect-metadata'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['libs/auth/src/**/*.ts'],
      exclude: ['**/*.spec.ts'],
      reporter: ['text', 'json', 'json-summary'],
    },
  },
});
