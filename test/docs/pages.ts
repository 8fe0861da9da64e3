import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve('.');
const STARTS = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs'];
/** Written by scripts; their figures are those scripts' business. */
const GENERATED = new Set(['docs/PERFORMANCE.md', 'docs/RELIABILITY.md', 'docs/SCALE.md', 'docs/MUTATION.md', 'docs/COVERAGE.md']);

export interface Page {
  /** Relative to the repository, e.g. `docs/guides/keys.md`. */
  path: string;
  text: string;
}

/** A TypeScript block of a page. */
export interface Block {
  page: string;
  /** In the page, from 1. */
  line: number;
  code: string;
  /** Of `<!-- test:<name> -->` on the line before the block: it is run by test/docs.spec.ts. */
  test: string | null;
  /** Of its first line, `// src/app.module.ts`; blocks of one page import each other by these names. */
  file: string | null;
}

/** Every page that people read, but those that scripts write. */
export function readPages(): Page[] {
  return STARTS.flatMap((start) => markdownUnder(join(ROOT, start)))
    .map((file) => relative(ROOT, file))
    .filter((path) => !GENERATED.has(path))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

function markdownUnder(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(path, name))
    .sort();
}

export function blocksOf({ path, text }: Page): Block[] {
  return [...text.matchAll(/(?:^<!-- test:([\w-]+) -->\n\n?)?^```ts\n([\s\S]*?)^```$/gm)].map((match) => {
    const [whole, test = null, code] = match as unknown as [string, string | undefined, string];
    const line = text.slice(0, match.index + whole.indexOf('```ts')).split('\n').length;
    return { page: path, line, code, test, file: /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? null };
  });
}

/** Where a block stands as a file: pages are folders, so that blocks of a page import each other and no others. */
export function blockFile({ page, line, file }: Block): string {
  const folder = page.replace(/\.md$/, '').replaceAll(/[^\w]+/g, '-');
  return join(folder, file ?? `line-${line}.ts`);
}

/** The rows of the table after `heading`, cells without their padding. */
export function tableAfter({ path, text }: Page, heading: string): string[][] {
  const start = text.split('\n').findIndex((line) => line.replace(/^#+ /, '') === heading);
  if (start < 0) throw new Error(`${path} has no heading "${heading}"`);
  const lines = text.split('\n').slice(start + 1);
  const first = lines.findIndex((line) => line.startsWith('|'));
  const length = lines.slice(first).findIndex((line) => !line.startsWith('|'));
  const rows = lines.slice(first, length < 0 ? undefined : first + length);
  return rows.slice(2).map(cellsOf);
}

/** Every row of every table of the page but the heads. */
export function allRows({ text }: Page): string[][] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const isRow = line.startsWith('|') && !/^\|[\s|:-]+\|$/.test(line) && !/^\|[\s|:-]+\|$/.test(lines[at + 1] ?? '');
    return isRow ? [cellsOf(line)] : [];
  });
}

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

/** The text of a cell that is one piece of code. */
export const code = (cell: string | undefined): string => /^`([^`]*)`$/.exec(cell ?? '')?.[1] ?? cell ?? '';

/** Links of a page that lead nowhere: files that are not there and headings that no page has. */
export function brokenLinks(page: Page, pages: readonly Page[]): string[] {
  const prose = page.text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
    if (/^[a-z]+:/.test(target!)) return [];
    const [file = '', anchor] = target!.split('#');
    const path = file === '' ? page.path : relative(ROOT, resolve(dirname(page.path), file));
    const found = pages.find((one) => one.path === path);
    if (found === undefined) return isThere(path) && anchor === undefined ? [] : [target!];
    return anchor === undefined || anchorsOf(found).has(anchor) ? [] : [target!];
  });
}

const isThere = (path: string): boolean =>
  GENERATED.has(path) || statSync(join(ROOT, path), { throwIfNoEntry: false }) !== undefined;

/** As GitHub makes them. */
const anchorsOf = ({ text }: Page): Set<string> =>
  new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );

export const titleOf = ({ path, text }: Page): string => /^# (.*)$/m.exec(text)?.[1] ?? basename(path);
