import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../tools/steps.mjs';

const PLACES = ['bench/node_modules', 'node_modules'];
const folderOf = (name) => PLACES.map((place) => join(ROOT, place, name)).find(existsSync);
const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

export const versionOf = (folder) => readManifest(folder).version;

/** As a program in `bench/` finds it. */
export function installedVersion(name) {
  const folder = folderOf(name);
  return folder === undefined ? 'not installed' : versionOf(folder);
}

/** The Node.js that a package asks for, in brackets; nothing when it does not ask. */
export function askedNode(name) {
  const folder = folderOf(name);
  const asked = folder === undefined ? undefined : readManifest(folder).engines?.node;
  return asked === undefined ? '' : `(${asked})`;
}
