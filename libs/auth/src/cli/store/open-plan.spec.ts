import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openPlan } from './open-plan.js';

const directory = mkdtempSync(join(tmpdir(), 'latchkey-plan-'));
afterAll(() => rmSync(directory, { recursive: true }));

const nothing = (): void => undefined;

describe('the migrations of an application that keeps its accounts without TypeORM', () => {
  it('are refused, and what the application has opened is closed', async () => {
    const trace = join(directory, 'closed');
    const code = `import { writeFileSync } from 'node:fs';
      export class AppModule {
        onApplicationShutdown() { writeFileSync(${JSON.stringify(trace)}, 'yes'); }
      }`;
    writeFileSync(join(directory, 'app.module.mjs'), code);
    const terminal = { out: nothing, err: nothing, env: {}, cwd: directory };

    await expect(openPlan(terminal, 'app.module.mjs')).rejects.toThrow(/has no data source of TypeORM/);
    expect(readFileSync(trace, 'utf8')).toBe('yes');
  });
});
