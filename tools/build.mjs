// npm run build: the library as ES modules and CommonJS, then the demo. What is up to date is left alone.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';
import { filesUnder, fingerprint, installDependencies, requireNode, ROOT, runTool, say } from './steps.mjs';

const LIBRARY = join(ROOT, 'libs/auth');
/** Compiled one by one, before they are bundled. */
const MODULES = join(ROOT, '.cache/modules');
const DEMO = join(ROOT, 'apps/demo');
const DEMO_OUT = join(ROOT, 'dist/apps/demo');
const LIBRARY_SOURCES = [
  'libs/auth/src',
  'libs/auth/package.json',
  'libs/auth/tsconfig.build.json',
  'libs/auth/tsconfig.cjs.json',
  'tsconfig.json',
  'tools/bundle.mjs',
];
const DEMO_SOURCES = ['apps/demo/src', 'apps/demo/tsconfig.build.json', ...LIBRARY_SOURCES];
/** Coarsest resolution of a file system's times, in milliseconds. */
const CLOCK_GRAIN = 2_000;
/** Written by people once, at the root; npm packs only what lies beside the package. */
const PACKED_FROM_ROOT = ['README.md', 'CHANGELOG.md', 'LICENSE'];

/** Builds everything that is out of date. @returns whether all of it compiled. */
export async function build({ force = false } = {}) {
  for (const file of PACKED_FROM_ROOT) {
    if (existsSync(join(ROOT, file))) copyFileSync(join(ROOT, file), join(LIBRARY, file));
  }
  const library = await unlessUpToDate('library', join(LIBRARY, 'dist'), LIBRARY_SOURCES, force, buildLibrary);
  if (!library) return false;
  return unlessUpToDate('demo', DEMO_OUT, DEMO_SOURCES, force, buildDemo);
}

/** The stamp lies outside the output, which is published as it is. */
async function unlessUpToDate(name, out, sources, force, compile) {
  const stamp = join(ROOT, '.cache', `${name}.built`);
  const wanted = fingerprint(sources);
  if (!force && existsSync(out) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
  rmSync(stamp, { force: true });
  // Over what is there, so that a program that runs from it is not left without its files; what has no source any more goes last.
  const startedAt = Date.now() - CLOCK_GRAIN;
  if (!(await compile())) return false;
  for (const file of filesUnder(out)) if (statSync(file).mtimeMs < startedAt) rmSync(file);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  return true;
}

async function buildLibrary() {
  say('Building nestjs-latchkey (ES modules and CommonJS).');
  const out = join(LIBRARY, 'dist/esm');
  rmSync(MODULES, { recursive: true, force: true });
  const codes = await Promise.all([
    runTool('typescript', ['-p', join(LIBRARY, 'tsconfig.build.json'), '--outDir', MODULES, '--declarationDir', out]),
    runTool('typescript', ['-p', join(LIBRARY, 'tsconfig.cjs.json')]),
  ]);
  if (codes.some((code) => code !== 0)) return false;
  await bundle({ library: LIBRARY, from: MODULES, to: out });
  // Inside a package of type "module" only this makes Node read dist/cjs as CommonJS.
  writeFileSync(join(LIBRARY, 'dist/cjs/package.json'), '{ "type": "commonjs" }\n');
  copyAssets(join(LIBRARY, 'src'), out);
  copyAssets(join(LIBRARY, 'src'), join(LIBRARY, 'dist/cjs'));
  const { bin } = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8'));
  for (const script of new Set(Object.values(bin))) {
    if (existsSync(join(LIBRARY, script))) chmodSync(join(LIBRARY, script), 0o755);
  }
  return true;
}

async function buildDemo() {
  say('Building the demo (dist/apps/demo).');
  if ((await runTool('typescript', ['-p', join(DEMO, 'tsconfig.build.json')])) !== 0) return false;
  copyAssets(join(DEMO, 'src'), DEMO_OUT);
  return true;
}

/** Whatever is not TypeScript (pages, word lists) travels along unchanged. */
function copyAssets(from, to) {
  for (const file of filesUnder(from)) {
    if (/\.(ts|md)$/.test(file)) continue;
    const target = join(to, relative(from, file));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  requireNode();
  await installDependencies();
  process.exitCode = (await build({ force: process.argv.includes('--force') })) ? 0 : 1;
}
