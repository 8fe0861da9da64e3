import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from './run.js';

const directory = mkdtempSync(join(tmpdir(), 'latchkey-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function latchkey(args: readonly string[], env: Record<string, string> = {}) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(args, { out: (line) => out.push(line), err: (line) => err.push(line), env, cwd: directory });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** The verbs that do something, as the help lists them. */
async function verbsBelow(path: readonly string[]): Promise<string[][]> {
  const { out } = await latchkey([...path, '--help']);
  const names = [...(/^Commands:\n((?: .*\n?)*)/m.exec(out)?.[1] ?? '').matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name!);
  const verbs = names.filter((name) => name !== 'help');
  if (verbs.length === 0) return [[...path]];
  return (await Promise.all(verbs.map((name) => verbsBelow([...path, name])))).flat();
}

describe('the command line', () => {
  it('explains every verb with an example', async () => {
    const verbs = await verbsBelow([]);

    expect(verbs.length).toBeGreaterThan(10);
    for (const verb of [[], ...verbs]) {
      const { code, out, err } = await latchkey([...verb, '--help']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(['Usage: nestjs-latchkey', ...verb].join(' '));
      expect(out).toMatch(/Example:\n {2}\$ .*npx nestjs-latchkey/);
    }
  });

  it('lists its verbs when none is named', async () => {
    const { code, err } = await latchkey(['users']);

    expect(err).toMatch(/  create .*  list .*  show .*  grant .*  revoke /s);
    expect(code).toBe(1);
  });

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['no database', ['users', 'list'], {}, /^No database is named: set DATABASE_URL, or .*--app dist\/app\.module\.js$/],
    [
      'an unknown scheme',
      ['users', 'list'],
      { DATABASE_URL: 'mongodb://me:s3cret@h/x' },
      /^DATABASE_URL has an unknown scheme: use .*$/,
    ],
    ['a missing file', ['users', 'list'], { DATABASE_URL: 'sqlite:no/such.sqlite' }, /no\/such\.sqlite, which does not exist: .*$/],
    ['a missing module', ['users', 'list', '--app', 'app.js'], {}, /^There is no file app\.js: build the application .*$/],
    ['a mistyped verb', ['users', 'lst'], {}, /Did you mean list\?/],
    ['a mistyped option', ['users', 'list', '--jsn'], {}, /Did you mean --json\?/],
    ['a limit that is none', ['users', 'list', '--limit', '0'], {}, /whole number from 1 to 500/],
    ['a missing role', ['users', 'grant', 'ada@example.com'], {}, /missing required argument 'role'/],
    [
      'a counter without its key',
      ['users', 'unlock', 'ada@example.com'],
      {},
      /^Failed attempts are counted .* or set AUTH_SECRET .*$/,
    ],
  ])('says in a sentence what to do about %s, and exits with 1', async (_, args, env, sentence) => {
    const { code, out, err } = await latchkey(args, env);

    expect(err).toMatch(sentence);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).not.toMatch(/s3cret|^\s+at /m);
  });
});
