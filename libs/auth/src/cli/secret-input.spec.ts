import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readSecret } from './secret-input.js';
import type { Terminal } from './terminal.js';

function terminalWith(input: PassThrough | undefined, isTTY = false) {
  const shown: string[] = [];
  const show = (line: string): void => void shown.push(line);
  const terminal: Terminal = {
    out: show,
    err: show,
    env: {},
    cwd: '.',
    ...(input && { input: Object.assign(input, { isTTY }) }),
  };
  return { terminal, shown };
}

function piping(...chunks: (string | Buffer)[]): PassThrough {
  const input = new PassThrough();
  for (const chunk of chunks) input.write(chunk);
  input.end();
  return input;
}

describe('a secret', () => {
  it.each<[string, (string | Buffer)[], string]>([
    ['a line', ['hunter2 and more\n'], 'hunter2 and more'],
    ['a line of Windows', ['hunter2 and more\r\n'], 'hunter2 and more'],
    ['text without a line break', ['hunter2 ', 'and more'], 'hunter2 and more'],
    ['spaces, which belong to it', ['  hunter2 \n'], '  hunter2 '],
    ['a character cut in two', [Buffer.from([0x70, 0xc3]), Buffer.from([0xa4])], 'pä'],
  ])('is piped in as %s', async (_, chunks, secret) => {
    const { terminal, shown } = terminalWith(piping(...chunks));

    expect(await readSecret(terminal, 'password')).toBe(secret);
    expect(shown).toEqual([]);
  });

  it('is asked for twice and not shown', async () => {
    const input = new PassThrough();
    const { terminal, shown } = terminalWith(input, true);
    const reading = readSecret(terminal, 'password');
    input.write('hunterX\u007f2 and more\r');
    await expect.poll(() => shown.length).toBe(2);
    input.write('hunter2 and more\r');

    expect(await reading).toBe('hunter2 and more');
    expect(shown).toEqual(['The password (not shown):', 'The same again:']);
  });

  it('that was mistyped is refused', async () => {
    const input = new PassThrough();
    const { terminal, shown } = terminalWith(input, true);
    const reading = readSecret(terminal, 'password');
    input.write('hunter2\r');
    await expect.poll(() => shown.length).toBe(2);
    input.write('hunter3\r');

    await expect(reading).rejects.toThrow('The two entries of the password differ; nothing has changed. Try again.');
  });

  it('is missed when there is none', async () => {
    const interrupted = terminalWith(piping('\u0003'), true);

    await expect(readSecret(terminalWith(piping('\n')).terminal, 'password')).rejects.toThrow(/^No password was given: type one/);
    await expect(readSecret(terminalWith(undefined).terminal, 'password')).rejects.toThrow(/^No password was given: type one/);
    await expect(readSecret(interrupted.terminal, 'password')).rejects.toThrow('No password was given; nothing has changed.');
  });

  it('that never ends is not read to its end', async () => {
    const endless = new PassThrough();
    const { terminal } = terminalWith(endless);
    const reading = readSecret(terminal, 'password');
    for (let written = 0; written < 5; written += 1) endless.write('x'.repeat(1_024));

    expect((await reading).length).toBeLessThan(6_000);
  });
});
