import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../tools/steps.mjs';

export const versionOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;

/** As a program in `bench/` finds it. */
export function installedVersion(name) {
  const folder = ['bench/node_modules', 'node_modules'].map((place) => join(ROOT, place, name)).find(existsSync);
  return folder === undefined ? 'not installed' : versionOf(folder);
}
