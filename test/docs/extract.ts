import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import { type Block, blockFile, blocksOf, readPages } from './pages.js';

/** Inside `test`, so that they are compiled as every other test is; ignored by git. */
const FOLDER = resolve('test/docs/extracted');

/** Imports the file that a block of a page was written to. */
export type Import = <Module>(file: string) => Promise<Module>;

/** Writes the blocks of a page that name their file to disk, for as long as the calling suite runs. */
export function extracted(pagePath: string): Import {
  const page = readPages().find(({ path }) => path === pagePath);
  if (page === undefined) throw new Error(`There is no page ${pagePath}`);
  const blocks = blocksOf(page).filter(({ file }) => file !== null);
  if (blocks.length === 0) throw new Error(`${pagePath} has no block that names its file`);
  const fileOf = (block: Block): string => join(FOLDER, blockFile(block));
  for (const block of blocks) {
    mkdirSync(dirname(fileOf(block)), { recursive: true });
    writeFileSync(fileOf(block), block.code);
  }
  afterAll(() => rmSync(fileOf({ ...blocks[0]!, file: '.' }), { recursive: true, force: true }));
  return async <Module>(file: string): Promise<Module> => {
    const block = blocks.find((one) => one.file === file);
    if (block === undefined) throw new Error(`${pagePath} has no block ${file}`);
    return (await import(pathToFileURL(fileOf(block)).href)) as Module;
  };
}
