import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

interface Target {
  readonly types: string;
  readonly default: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Record<string, string | { readonly import: Target; readonly require: Target }>;
  readonly typesVersions: { readonly '*': Record<string, readonly string[]> };
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
}

const run = promisify(execFile);
const read = (file: string): unknown => JSON.parse(readFileSync(resolve(file), 'utf8'));
const manifest = read('libs/auth/package.json') as Manifest;
const { compilerOptions } = read('tsconfig.json') as { compilerOptions: { paths: Record<string, string[]> } };

/** The subpaths with their files; `.` is the package itself. */
const entries = Object.entries(manifest.exports).flatMap(([entry, target]) =>
  typeof target === 'string' ? [] : [{ entry, target }],
);

describe('the published package', () => {
  it.each(entries)('serves $entry from one source, as an ES module and as CommonJS', ({ entry, target }) => {
    const source = target.import.default.replace('./dist/esm/', 'libs/auth/src/').replace(/\.js$/, '.ts');

    expect(existsSync(resolve(source)), source).toBe(true);
    expect(target.import.types).toBe(target.import.default.replace(/\.js$/, '.d.ts'));
    expect(target.require.default).toBe(target.import.default.replace('/esm/', '/cjs/'));
    expect(target.require.types).toBe(target.import.types.replace('/esm/', '/cjs/'));
    // What the suites and the editor resolve is what is published.
    expect(compilerOptions.paths[manifest.name + entry.slice(1)]).toEqual([`./${source}`]);
  });

  it.each(['import', 'require'] as const)(
    'judges by the environment that it runs in, not by that of its build (%s)',
    async (kind) => {
      const { default: file } = (manifest.exports['.'] as Record<'import' | 'require', Target>)[kind];
      const script = `
      const { judgeOptions } = await import(${JSON.stringify(pathToFileURL(resolve('libs/auth', file)).href)});
      const { environment } = await judgeOptions({ secret: '', baseUrl: 'https://app.example.com' });
      console.log(environment);`;
      const environmentIn = async (env: Record<string, string>) =>
        (
          await run(process.execPath, ['--input-type=module', '--eval', script], { env: { PATH: process.env['PATH'], ...env } })
        ).stdout.trim();

      expect(await environmentIn({})).toBe('production');
      expect(await environmentIn({ NODE_ENV: 'test' })).toBe('test');
      expect(await environmentIn({ NODE_ENV: 'development' })).toBe('development');
    },
  );

  it('tells compilers that know no exports map where the types of a subpath are', () => {
    const subpaths = entries
      .filter(({ entry }) => entry !== '.')
      .map(({ entry, target }) => [entry.slice(2), [target.require.types]]);

    expect(manifest.typesVersions['*']).toEqual(Object.fromEntries(subpaths));
  });

  it('leaves to the host what the host shares with it', () => {
    const shared = Object.keys(manifest.peerDependencies);

    expect(shared).toEqual(expect.arrayContaining(['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs', 'typeorm']));
    expect(shared.filter((name) => name in manifest.dependencies)).toEqual([]);
  });
});
