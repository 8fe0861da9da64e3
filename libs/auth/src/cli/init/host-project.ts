import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CommandError, type Terminal } from '../terminal.js';
import type { TypeScript } from './typescript-file.js';

export interface PackageJson {
  readonly name?: unknown;
  readonly packageManager?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A Nest project as it lies on the disk. */
export interface HostProject {
  readonly directory: string;
  readonly packageJson: PackageJson;
  /** Major version of Nest that is installed. */
  readonly nest: number;
  readonly ts: TypeScript;
  /** The file of this package that runs. */
  readonly script: string;
}

/** Nest depends on it; whoever has neither has no Nest project. */
const NEST = '@nestjs/core';
const SUPPORTED = [11, 12];

/** @throws CommandError when there is none that this command can work on */
export function hostProjectAt({ cwd: directory, script }: Terminal): HostProject {
  if (script === undefined) throw new Error('Only the program can be asked where its package is');
  const path = join(directory, 'package.json');
  if (!existsSync(path)) {
    throw new CommandError('There is no package.json here: run this command in the folder of your Nest project');
  }
  const packageJson = readPackageJson(path);
  if (!declares(packageJson, NEST)) {
    throw new CommandError(`This is no Nest project (its package.json has no ${NEST}): make one with npx @nestjs/cli new`);
  }
  const core = installed(directory, NEST);
  if (core === null)
    throw new CommandError('The packages of this project are not installed: install them first, e.g. with npm install');
  const nest = Number.parseInt(String((readPackageJson(join(core, 'package.json')) as { version?: unknown }).version), 10);
  if (!SUPPORTED.includes(nest))
    throw new CommandError(`This project has Nest ${nest}: nestjs-latchkey needs Nest ${SUPPORTED.join(' or ')}`);
  return { directory, packageJson, nest, ts: typescriptOf(path), script };
}

export const declares = (
  { dependencies, devDependencies, peerDependencies, optionalDependencies }: PackageJson,
  name: string,
): boolean => [dependencies, devDependencies, peerDependencies, optionalDependencies].some((group) => group?.[name] !== undefined);

/** The folder of a package, looked for as Node.js does, or `null`. */
export function installed(directory: string, name: string): string | null {
  const folder = join(directory, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(directory);
  return parent === directory ? null : installed(parent, name);
}

function readPackageJson(path: string): PackageJson {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw new CommandError(`package.json cannot be read: ${(error as Error).message}`, { cause: error });
  }
  throw new CommandError('package.json cannot be read: it holds no object');
}

/** The host's compiler, or the one that its Nest command line brings along: from version 7 on `typescript` has no such API. */
function typescriptOf(packageJson: string): TypeScript {
  const host = createRequire(packageJson);
  for (const through of [null, '@nestjs/cli', '@nestjs/schematics']) {
    try {
      const require = through === null ? host : createRequire(host.resolve(through));
      const found = require('typescript') as Partial<TypeScript>;
      if (typeof found.createSourceFile === 'function' && typeof found.transpileModule === 'function') return found as TypeScript;
    } catch {
      // Not there, or not as it should be: the next may be.
    }
  }
  throw new CommandError('No TypeScript with a compiler API is installed here: run npm install --save-dev typescript@6 first');
}
