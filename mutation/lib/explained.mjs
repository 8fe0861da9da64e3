// Survivors that somebody has looked at. An entry whose mutant is gone or is killed by now makes the run of its room fail.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOMS } from '../rooms.mjs';

const FOLDER = join(import.meta.dirname, '../explained');

const explained = new Map();
for (const room of Object.keys(ROOMS)) {
  const file = join(FOLDER, `${room}.mjs`);
  if (existsSync(file)) explained.set(room, (await import(file)).default);
}

/** An explanation holds for one text in one file, wherever it stands there. */
export const reasonOf = ({ file, mutant }) => {
  const [room, ...path] = file.split('/');
  return explained.get(room)?.[path.join('/')]?.[mutant];
};

/** @returns of one room, `{ file, mutant }` as survivors are */
export const explainedIn = (room) =>
  Object.entries(explained.get(room) ?? {}).flatMap(([file, reasons]) =>
    Object.keys(reasons).map((mutant) => ({ file: `${room}/${file}`, mutant })),
  );
