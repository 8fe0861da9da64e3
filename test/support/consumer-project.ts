import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const FIXTURES = resolve('test/consumers');
const LIBRARY = resolve('libs/auth');

export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** A foreign project: a copy of a fixture, or nothing yet, outside this repository, so that nothing resolves to our node_modules. */
export class ConsumerProject {
  readonly directory = mkdtempSync(join(tmpdir(), 'latchkey-consumer-'));

  constructor(fixture?: string) {
    if (fixture !== undefined) cpSync(join(FIXTURES, fixture), this.directory, { recursive: true });
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  /** Installs the dependencies of the fixture together with the packed library, as a user would: no force, no legacy flags. */
  install(tarball: string): Promise<Outcome> {
    return this.run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball]);
  }

  /** Runs a program in the project. The outcome, not an exception, tells how it went. */
  run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    return run(command, args, this.directory, env);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Packs the built library as npm would publish it. @returns the tarball's path inside `into` */
export async function pack(into: string): Promise<string> {
  if (!existsSync(join(LIBRARY, 'dist'))) throw new Error('The library is not built: run `npm run build` first.');
  const { code, output } = await run('npm', ['pack', LIBRARY, '--pack-destination', into, '--silent'], into);
  if (code !== 0) throw new Error(`npm pack failed:\n${output}`);
  return join(into, output.trim().split('\n').at(-1)!);
}

/** Every entry of the `exports` map as users write it: `nestjs-latchkey`, `nestjs-latchkey/typeorm`, … */
export function publishedEntries(): string[] {
  const { name, exports } = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8')) as { name: string; exports: object };
  return Object.keys(exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => name + entry.slice(1));
}

/**
 * The TypeScript blocks between `<!-- snippet:<name> -->` and the next `<!-- /snippet -->` of the README.
 * A block is named by its first line, `// src/app.module.ts`.
 */
export function readmeSnippet(name: string): Record<string, string> {
  const readme = readFileSync(resolve('README.md'), 'utf8');
  const start = readme.indexOf(`<!-- snippet:${name} -->`);
  if (start < 0) throw new Error(`README.md has no snippet "${name}".`);
  const end = readme.indexOf('<!-- /snippet -->', start);
  const section = readme.slice(start, end < 0 ? undefined : end);
  const files: Record<string, string> = {};
  for (const [, code] of section.matchAll(/```ts\n([\s\S]*?)```/g)) {
    const file = /^\/\/ (\S+\.ts)\n/.exec(code!)?.[1];
    if (!file) throw new Error(`A block of snippet "${name}" does not begin with its file's name.`);
    files[file] = code!;
  }
  return files;
}

function run(command: string, args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<Outcome> {
  // npm hands its own settings to its scripts as npm_*; a foreign project must not inherit ours.
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(npm_|VITEST|NODE_ENV$|NODE_OPTIONS$|DATABASE_URL$)/i.test(key),
  );
  return new Promise((settle) => {
    execFile(
      command,
      [...args],
      { cwd, env: { ...Object.fromEntries(inherited), ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        settle({ code, output: stdout + stderr });
      },
    );
  });
}
