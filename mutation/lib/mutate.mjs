// Stryker on one room of the core.
import { join } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { ROOT } from '../../tools/steps.mjs';

/** @returns what became of each mutant */
export async function mutate(room, { again, concurrency, cache }) {
  process.chdir(ROOT);
  process.env.MUTATION_ROOM = room;
  const stryker = new Stryker({
    mutate: [`libs/auth/src/core/${room}/**/*.ts`, '!**/*.spec.ts'],
    testRunner: 'vitest',
    vitest: { configFile: 'mutation/vitest.config.ts', related: false },
    plugins: ['@stryker-mutator/vitest-runner', join(ROOT, 'mutation/ignored.mjs')],
    ignorers: ['texts'],
    coverageAnalysis: 'perTest',
    // What is only reckoned while modules are loaded would need all suites anew for each mutant.
    ignoreStatic: true,
    concurrency,
    // A mutant that waits for something fails by the test's own deadline; this ends those that never come back.
    timeoutMS: 30_000,
    timeoutFactor: 3,
    dryRunTimeoutMinutes: 20,
    ignorePatterns: ['/apps/*/node_modules', '/bench', '/docs', '/prove', '/libs/auth/dist', '/coverage', '/.data', '/.cache'],
    tempDirName: '.cache/mutation/sandbox',
    incremental: true,
    incrementalFile: join(cache, `${room}.json`),
    force: !again,
    reporters: ['progress-append-only'],
    allowConsoleColors: false,
  });
  return stryker.runMutationTest();
}
