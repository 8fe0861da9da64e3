import { readFileSync } from 'node:fs';
import type { AuthModuleOptions } from '../../core/options/auth.options.js';
import { builtFile, loaded } from '../store/host-module.js';
import { CommandError, type Terminal } from '../terminal.js';

interface Exports {
  default?: unknown;
  options?: unknown;
}

/**
 * What a file says to `AuthModule.forRoot`: a JSON object, or what a module exports as its default or as `options`, which may be a function
 * that returns it.
 *
 * @throws CommandError
 */
export async function optionsIn(terminal: Terminal, path: string): Promise<AuthModuleOptions> {
  const file = builtFile(terminal, path, 'name a JSON file or a built module, e.g. --options dist/auth.options.js');
  const given = file.endsWith('.json') ? parsed(file, path) : await exportedBy(file, path);
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as AuthModuleOptions;
  throw new CommandError(
    `${path} holds no options: export the object that AuthModule.forRoot takes, as the default or as \`options\`.`,
  );
}

function parsed(file: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // Its own message quotes the text, in which there is a secret.
    throw new CommandError(`${path} is not JSON: mend its syntax.`, { cause: error });
  }
}

async function exportedBy(file: string, path: string): Promise<unknown> {
  const { default: fallback, options } = await loaded<Exports>(file, path);
  // A CommonJS file is the default of its import, and may have a default of its own.
  const { default: inner, options: innerOptions } = (fallback ?? {}) as Exports;
  const exported = options ?? innerOptions ?? inner ?? fallback;
  try {
    return typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  } catch (error) {
    throw new CommandError(`${path} does not return its options: ${(error as Error).message}`, { cause: error });
  }
}
