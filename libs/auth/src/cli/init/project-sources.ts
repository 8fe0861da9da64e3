import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { CommandError } from '../terminal.js';
import type { HostProject } from './host-project.js';
import { type ModuleKind } from './module-code.js';
import { textOf } from './file-changes.js';
import { CannotPatch, nodesBelow, type TypeScript, TypeScriptFile } from './typescript-file.js';

/** Where the root module is, and what its class is called if that is known. */
export interface RootModule {
  readonly path: string;
  readonly className: string | null;
}

/** Folders that hold no code that the application starts with. */
const OTHER_FOLDERS = /^(node_modules|dist|build|coverage|tests?|e2e|__tests__|__mocks__)$|^\./;
const OTHER_FILES = /\.d\.ts$|[.-](spec|test)\.ts$/;

/** The module that `main.ts` starts, else `app.module.ts`. @throws CommandError when there is none */
export function rootModuleOf({ directory, ts }: HostProject, named: string | undefined): RootModule {
  if (named !== undefined) {
    const path = relative(directory, resolve(directory, named)).replaceAll('\\', '/');
    if (textOf(directory, path) !== null) return { path, className: null };
    throw new CommandError(`There is no file ${named}: name the root module, e.g. --module src/app.module.ts`);
  }
  const { sourceRoot = 'src', entryFile = 'main' } = nestConfiguration(ts, directory);
  const started = startedBy(ts, directory, `${sourceRoot}/${entryFile}.ts`);
  if (started !== null) return started;
  const usual = `${sourceRoot}/app.module.ts`;
  if (textOf(directory, usual) !== null) return { path: usual, className: null };
  throw new CommandError(`The root module is not found (${usual}): name it, e.g. --module src/my.module.ts`);
}

/** Every source file of the application that mentions one of these, with its text. */
export function filesThatMention(directory: string, names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(directory, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !OTHER_FOLDERS.test(entry.name)) visit(path);
      if (!entry.isFile() || !entry.name.endsWith('.ts') || OTHER_FILES.test(entry.name)) continue;
      const text = readFileSync(join(directory, path), 'utf8');
      if (names.some((name) => text.includes(name))) found.set(path, text);
    }
  };
  visit('');
  return found;
}

/** What the compiler is told of modules. */
export function moduleKindOf({ directory, ts }: HostProject): ModuleKind {
  const path = join(directory, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as { config?: unknown };
  const { options } = ts.parseJsonConfigFileContent(config ?? {}, ts.sys, directory);
  const { module = ts.ModuleKind.CommonJS } = options;
  const byDefault = module >= ts.ModuleKind.Node16 || Number.parseInt(ts.version, 10) >= 6;
  return { esModuleInterop: options.esModuleInterop ?? byDefault };
}

function nestConfiguration(ts: TypeScript, directory: string): { sourceRoot?: string; entryFile?: string } {
  const text = textOf(directory, 'nest-cli.json');
  return text === null ? {} : ((ts.parseConfigFileTextToJson('nest-cli.json', text).config as object | undefined) ?? {});
}

/** What `NestFactory.create(…)` is given. */
function startedBy(ts: TypeScript, directory: string, path: string): RootModule | null {
  const text = textOf(directory, path);
  if (text === null) return null;
  let file: TypeScriptFile;
  try {
    file = new TypeScriptFile(ts, text);
  } catch (error) {
    if (error instanceof CannotPatch) return null;
    throw error;
  }
  const [argument] = file.calls('@nestjs/core', 'NestFactory', ['create', 'createMicroservice'])[0]?.arguments ?? [];
  if (argument === undefined || !ts.isIdentifier(argument)) return null;
  const specifier = nodesBelow(file.source)
    .filter((node) => ts.isImportSpecifier(node))
    .find(({ name }) => name.text === argument.text);
  const from = specifier?.parent.parent.parent.moduleSpecifier;
  if (from === undefined || !ts.isStringLiteral(from) || !from.text.startsWith('.')) return null;
  const base = join(dirname(path), from.text).replaceAll('\\', '/');
  const found = [base.replace(/\.js$/, '.ts'), `${base}.ts`].find((one) => one.endsWith('.ts') && textOf(directory, one) !== null);
  return found === undefined ? null : { path: found, className: (specifier!.propertyName ?? specifier!.name).text };
}
