import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Starts an application with a `main` as `nest new` writes it, from the built package. */
function start(env: Record<string, string>) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [resolve('test/fixtures/refused-start/main.mjs')], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', NO_COLOR: '1', ...env },
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, signal, output: stdout + stderr };
}

describe('an application whose start is refused', () => {
  it('ends with one message and no stack, as Nest tells of any start that fails', () => {
    const { status, output } = start({});

    expect(status).toBe(1);
    expect(output).toContain(
      'ERROR [ExceptionHandler] AuthConfigurationError: Latchkey is not configured safely (3):\n  - secret: ',
    );
    expect(output.match(/Latchkey is not configured safely/g)).toHaveLength(1);
    expect(output).not.toMatch(/^ +at /m);
    expect(output).not.toContain('Nest application successfully started');
  });

  it.each([
    ['is told by Node as well', { RETHROW: 'on' }, /^ {2}- cache: is in the memory/m],
    ['is told by Node when only the rooms know', { ROOMS: 'wrong' }, /^ {2}- AppController\.admin: asks for the role "admin"/m],
  ])('%s, without a stack', (_, env, line) => {
    const { status, output } = start(env);

    expect(status).toBe(1);
    expect(output).toMatch(line);
    expect(output).not.toMatch(/^ +at /m);
  });
});
