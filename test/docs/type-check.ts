import { join, resolve } from 'node:path';
import ts from 'typescript';
import { type Block, blockFile } from './pages.js';

/** A folder that does not exist: the files in it are the blocks. Below the repository's root, so that packages are found. */
const FOLDER = resolve('test/docs/blocks');

/** Compiles every block against the sources, in one program, as a host's compiler would. @returns one line per error, with its page */
export function typeErrors(blocks: readonly Block[]): string[] {
  const files = new Map(blocks.map((block) => [join(FOLDER, blockFile(block)), block]));
  const config = ts.readConfigFile(resolve('tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, resolve('.'));
  const settings: ts.CompilerOptions = {
    ...options,
    noUnusedLocals: false,
    noUnusedParameters: false,
    isolatedModules: false,
    noImplicitOverride: false,
    types: ['node', 'vitest/globals'],
  };
  const host = ts.createCompilerHost(settings);
  const { fileExists, readFile, getSourceFile, directoryExists } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.directoryExists = (path) => path.startsWith(FOLDER) || (directoryExists?.(path) ?? true);
  host.readFile = (path) => files.get(path)?.code ?? readFile(path);
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const block = files.get(path);
    return block === undefined
      ? getSourceFile(path, languageVersion, ...rest)
      : ts.createSourceFile(path, block.code, languageVersion, true);
  };
  const program = ts.createProgram([...files.keys()], settings, host);
  return [...files].flatMap(([path, block]) => {
    const file = program.getSourceFile(path);
    if (file === undefined) return [`${block.page}:${block.line} was not compiled`];
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((diagnostic) => {
      const { line } = file.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
      return `${block.page}:${block.line + 1 + line} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
    });
  });
}
