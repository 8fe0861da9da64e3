// What is kept of a run.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../tools/steps.mjs';

const DETECTED = new Set(['Killed', 'Timeout']);
const ALIVE = new Set(['Survived', 'NoCoverage']);

const folderOf = (room) => join(ROOT, 'libs/auth/src/core', room);

/** Counts of a room, and every mutant that no test has noticed. */
export function recordOf(room, mutants) {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const alive = mutants.filter(({ status }) => ALIVE.has(status));
  return {
    room,
    sources: sourcesOf(room),
    mutants: mutants.filter(({ status }) => DETECTED.has(status) || ALIVE.has(status)).length,
    killed: count('Killed'),
    timedOut: count('Timeout'),
    survived: count('Survived'),
    noCoverage: count('NoCoverage'),
    notTried: count('Ignored'),
    broken: count('RuntimeError', 'CompileError'),
    survivors: alive
      .map(survivorOf)
      .toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.mutant.localeCompare(b.mutant)),
  };
}

/** Changes with the sources of a room, not with its tests. */
export function sourcesOf(room) {
  const hash = createHash('sha256');
  const files = readdirSync(folderOf(room), { recursive: true }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'),
  );
  for (const name of files.toSorted((a, b) => (a < b ? -1 : 1))) hash.update(name).update(readFileSync(join(folderOf(room), name)));
  return hash.digest('hex').slice(0, 16);
}

/** `mutant` is the text before and after: it names the mutant wherever its line has moved to. */
function survivorOf({ fileName, location: { start, end }, replacement, status }) {
  const path = fileName.replaceAll('\\', '/');
  const core = path.slice(path.indexOf('/core/') + '/core/'.length);
  const lines = readFileSync(join(ROOT, 'libs/auth/src/core', core), 'utf8').split('\n');
  const part = lines.slice(start.line - 1, end.line);
  part[part.length - 1] = part.at(-1).slice(0, end.column - 1);
  part[0] = part[0].slice(start.column - 1);
  return {
    file: core,
    line: start.line,
    mutant: `${oneLine(part.join('\n'))} → ${oneLine(replacement)}`,
    ...(status === 'NoCoverage' ? { noCoverage: true } : {}),
  };
}

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();
