type Hook = () => unknown;

interface TestGlobals {
  describe(name: string, suite: () => void): unknown;
  it(name: string, test: Hook): unknown;
  beforeEach(hook: Hook): unknown;
  afterEach(hook: Hook): unknown;
}

/** The host's runner (Jest; Vitest with `globals: true`; node:test put on `globalThis`), looked up when a suite is described. */
function runner(): TestGlobals {
  const { describe, it, beforeEach, afterEach } = globalThis as Partial<TestGlobals>;
  if (!describe || !it || !beforeEach || !afterEach) {
    throw new Error(
      'The conformance suites of nestjs-latchkey need describe, it, beforeEach and afterEach as globals: ' +
        'run them with Jest, with Vitest and `globals: true`, or put those of node:test on globalThis first.',
    );
  }
  return { describe, it, beforeEach, afterEach };
}

export const describe = (name: string, suite: () => void): void => void runner().describe(name, suite);
export const it = (name: string, test: Hook): void => void runner().it(name, test);
export const beforeEach = (hook: Hook): void => void runner().beforeEach(hook);
export const afterEach = (hook: Hook): void => void runner().afterEach(hook);
