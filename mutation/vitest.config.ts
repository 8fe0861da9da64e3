import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import suites from '../vitest.config.js';
import { ROOMS } from './rooms.mjs';

const room = process.env['MUTATION_ROOM'] as keyof typeof ROOMS;

/** A mutant is killed by the first test that fails: the cheap ones come first. */
class UnitFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => Number(isHttp(a)) - Number(isHttp(b)) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

const isHttp = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('.e2e-spec.ts');

/** What the mutants of a room meet: its own unit specs and a few suites that need no server. */
export default defineConfig({
  resolve: suites.resolve,
  test: {
    ...suites.test,
    include: [`libs/auth/src/core/${room}/*.spec.ts`, ...ROOMS[room].map((name) => `test/${name}.e2e-spec.ts`)],
    // What measures time measures something else in mutated code.
    exclude: [...suites.test!.exclude!, '**/*.cost.spec.ts'],
    globalSetup: [],
    // One set of modules for all files: a mutant is switched on, not imported, and Nest is not loaded anew for each.
    isolate: false,
    sequence: { sequencer: UnitFirst },
    testTimeout: 10_000,
    hookTimeout: 10_000,
  },
});
