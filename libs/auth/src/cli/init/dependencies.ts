import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Database } from './module-code.js';
import { declares, type HostProject } from './host-project.js';

const OWN_NAME = 'nestjs-latchkey';

/** Ranges that our own suites run with. */
const RANGES = {
  'class-transformer': '^0.5.1',
  'class-validator': '^0.15.1',
  libsql: '^0.5.29',
  mysql2: '^3.24.6',
  pg: '^8.23.1',
  typeorm: '^1.1.1',
} as const;

/** Packages of Nest's own, by the major version of the host's. */
const NEST_RANGES: Record<number, Record<string, string>> = {
  11: { '@nestjs/config': '^4.0.4', '@nestjs/typeorm': '^11.0.3' },
  12: { '@nestjs/config': '^12.0.1', '@nestjs/typeorm': '^12.0.2' },
};

/** @internal Compared with what the workspace installs. */
export const TESTED_RANGES: Readonly<Record<string, string>> = { ...RANGES, ...NEST_RANGES[12] };

const DRIVERS: Record<Database, 'libsql' | 'pg' | 'mysql2'> = { sqlite: 'libsql', postgres: 'pg', mysql: 'mysql2' };

/** The database that the project has a driver for; SQLite, which needs nothing to be installed or started, if it has none. */
export function databaseOf({ packageJson }: HostProject): Database {
  if (declares(packageJson, 'pg')) return 'postgres';
  return declares(packageJson, 'mysql2') ? 'mysql' : 'sqlite';
}

export interface Needs {
  /** Of the data source that we add or have added. */
  readonly database: Database | null;
  readonly config: boolean;
  readonly typeorm: boolean;
}

/** What the project needs, with ranges. */
export function neededPackages(
  { directory, nest, script }: HostProject,
  { database, config, typeorm }: Needs,
): Record<string, string> {
  const names: (keyof typeof RANGES)[] = ['class-transformer', 'class-validator'];
  if (typeorm) names.push('typeorm');
  if (database !== null) names.push(DRIVERS[database]);
  const wanted = { '@nestjs/config': config, '@nestjs/typeorm': typeorm };
  return {
    [OWN_NAME]: ownRange(directory, script),
    ...Object.fromEntries(Object.entries(NEST_RANGES[nest]!).filter(([name]) => wanted[name as keyof typeof wanted])),
    ...Object.fromEntries(names.map((name) => [name, RANGES[name]])),
  };
}

/** `package.json` with what is missing; ranges that are there stay. */
export function withDependencies(text: string, host: HostProject, needed: Readonly<Record<string, string>>): string {
  const missing = Object.entries(needed).filter(([name]) => !declares(host.packageJson, name));
  if (missing.length === 0) return text;
  const { dependencies = {} } = host.packageJson;
  // npm keeps them in this order, and would bring them into it otherwise.
  const sorted = [...Object.entries(dependencies), ...missing].toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? '  ';
  const changed = JSON.stringify({ ...host.packageJson, dependencies: Object.fromEntries(sorted) }, null, indent);
  const end = /\s*$/.exec(text)![0];
  const bom = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  return bom + (text.includes('\r\n') ? changed.replaceAll('\n', '\r\n') : changed) + end;
}

/** This package from where it came: the registry, or the tarball that `npx` was given. */
function ownRange(directory: string, script: string): string {
  const own = packageFolderOf(script);
  const { version } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as { version: string };
  // npx installs into a folder of its own, whose package.json says what it was asked for.
  const home = resolve(own, '../..');
  const asked = specifierIn(join(home, 'package.json'));
  if (asked?.startsWith('file:') && home !== resolve(directory)) {
    return `file:${relative(directory, resolve(home, asked.slice('file:'.length))).replaceAll('\\', '/')}`;
  }
  return asked !== undefined && /^(git(hub)?|https?)\b/.test(asked) ? asked : `^${version}`;
}

function specifierIn(path: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { dependencies?: Record<string, string> }).dependencies?.[OWN_NAME];
  } catch {
    return undefined;
  }
}

/** The folder of this package, above the file that runs. */
function packageFolderOf(script: string): string {
  let folder = dirname(realpathSync(script));
  while (nameIn(folder) !== OWN_NAME) {
    if (dirname(folder) === folder) throw new Error(`${script} is not inside ${OWN_NAME}`);
    folder = dirname(folder);
  }
  return folder;
}

function nameIn(folder: string): unknown {
  const path = join(folder, 'package.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { name?: unknown }).name : undefined;
}
