import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError, type Terminal } from '../terminal.js';
import { reasonOf } from './reason.js';

interface Exports {
  AppModule?: unknown;
  default?: unknown;
}

/** The module class that a built file exports as `AppModule` or as its default. @throws CommandError */
export async function hostModule({ cwd }: Terminal, path: string): Promise<unknown> {
  const file = resolve(cwd, path);
  if (!existsSync(file))
    throw new CommandError(`There is no file ${path}: build the application and name its module, e.g. --app dist/app.module.js`);
  if (/\.[cm]?ts$/.test(file)) {
    throw new CommandError(`${path} is TypeScript: build the application and name the built file, e.g. --app dist/app.module.js`);
  }
  let exported: Exports;
  try {
    exported = (await import(pathToFileURL(file).href)) as Exports;
  } catch (error) {
    throw new CommandError(`${path} cannot be loaded: ${reasonOf(error)}`, { cause: error });
  }
  const { default: fallback } = exported;
  // A CommonJS file is the default of its import, and may have a default of its own.
  const candidates = [exported.AppModule, (fallback as Exports)?.AppModule, (fallback as Exports)?.default, fallback];
  const module = candidates.find(isModule);
  if (module === undefined) {
    throw new CommandError(`${path} exports no module: name the file that exports AppModule, e.g. --app dist/app.module.js`);
  }
  return module;
}

const isModule = (value: unknown): boolean =>
  typeof value === 'function' ||
  (typeof value === 'object' && value !== null && typeof (value as { module?: unknown }).module === 'function');
