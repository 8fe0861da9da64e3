import { existsSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError, type Terminal } from '../terminal.js';
import { reasonOf } from './reason.js';

interface Exports {
  AppModule?: unknown;
  default?: unknown;
}

/**
 * The module class that a built file exports as `AppModule` or as its default. In place of a `main.js`, which would begin to listen, the
 * `app.module.js` beside it.
 *
 * @throws CommandError
 */
export async function hostModule(terminal: Terminal, path: string): Promise<unknown> {
  const file = besideMain(builtFile(terminal, path, 'name its module, e.g. --app dist/app.module.js'));
  const exported = await loaded<Exports>(file, path);
  const { default: fallback } = exported;
  // A CommonJS file is the default of its import, and may have a default of its own.
  const candidates = [exported.AppModule, (fallback as Exports)?.AppModule, (fallback as Exports)?.default, fallback];
  const module = candidates.find(isModule);
  if (module === undefined) {
    throw new CommandError(`${path} exports no module: name the file that exports AppModule, e.g. --app dist/app.module.js`);
  }
  return module;
}

/** @throws CommandError when it is not there, or not built; `remedy` goes on after "build the application and" */
export function builtFile({ cwd }: Terminal, path: string, remedy: string): string {
  const file = resolve(cwd, path);
  if (!existsSync(file)) throw new CommandError(`There is no file ${path}: build the application and ${remedy}`);
  if (/\.[cm]?ts$/.test(file)) throw new CommandError(`${path} is TypeScript: build the application and ${remedy}`);
  return file;
}

/** What a file exports. @throws CommandError with the error that it has thrown as its cause */
export async function loaded<T>(file: string, path: string): Promise<T> {
  try {
    return (await import(pathToFileURL(file).href)) as T;
  } catch (error) {
    throw new CommandError(`${path} cannot be loaded: ${reasonOf(error)}`, { cause: error });
  }
}

function besideMain(file: string): string {
  const extension = extname(file);
  const module = resolve(dirname(file), `app.module${extension}`);
  return basename(file, extension) === 'main' && existsSync(module) ? module : file;
}

const isModule = (value: unknown): boolean =>
  typeof value === 'function' ||
  (typeof value === 'object' && value !== null && typeof (value as { module?: unknown }).module === 'function');
