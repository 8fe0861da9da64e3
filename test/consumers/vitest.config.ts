import { defineConfig } from 'vitest/config';

/** Apart from the other suites: it needs the built library and the npm registry, and takes minutes rather than seconds. */
export default defineConfig({
  test: {
    include: ['test/consumers/*.e2e-spec.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
