// The ES modules of the library as few files: one for each entry, and what entries share in `chunks/`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Opening, resolving and compiling one file after the other is what the start of a Node.js program mostly consists of: some three
 * hundred small files cost 60 to 90 ms more than the twenty that this makes of them. Nothing is renamed, dropped or minified, and
 * whatever is loaded on demand stays a file of its own.
 *
 * @param {{ library: string, from: string, to: string }} folders the package, its compiled modules, and where the few files go
 */
export async function bundle({ library, from, to }) {
  const { rolldown } = await import('rolldown');
  const { exports, bin } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'));
  const entries = [...Object.values(exports).map((entry) => entry.import?.default), ...Object.values(bin)]
    .filter((file) => file !== undefined)
    .map((file) => file.replace('./dist/esm/', ''));
  const input = Object.fromEntries(
    entries.filter((file) => existsSync(join(from, file))).map((file) => [file.replace(/\.js$/, ''), join(from, file)]),
  );
  const built = await rolldown({
    input,
    // For a browser, which is the default, `process.env.NODE_ENV` would become 'development' for good.
    platform: 'node',
    // Packages are the host's or our dependencies: npm brings them.
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !/^[a-z]:/i.test(id),
    treeshake: false,
  });
  await built.write({
    dir: to,
    format: 'esm',
    keepNames: true,
    minify: false,
    // Editors read them in the declarations; here they would be read at every start.
    comments: { jsdoc: false },
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: { groups: [{ name: always(join(from, 'index.js')), debugName: 'core' }] },
  });
  await built.close();
}

/**
 * Names one file for all that the main entry loads: every application loads it whole, so that keeping apart what other entries share of it
 * would only cost files.
 */
function always(entry) {
  let loaded;
  return (id, modules) => {
    loaded ??= closure(entry, modules);
    return loaded.has(id) ? 'core' : null;
  };
}

/** A module with everything that it imports, directly or not. */
function closure(entry, modules) {
  const found = new Set([entry]);
  for (const id of found) for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}
