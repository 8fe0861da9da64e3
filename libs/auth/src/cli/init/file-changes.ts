import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError } from '../terminal.js';

export interface FileChange {
  /** Relative to the project. */
  readonly path: string;
  /** `null` when there is no such file yet. */
  readonly before: string | null;
  readonly after: string;
  /** Permissions of a new file. @default 0o644 */
  readonly mode?: number;
}

/** The text of a file, or `null` when there is none. @throws CommandError when it cannot be read */
export function textOf(directory: string, path: string): string | null {
  const file = join(directory, path);
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  } catch (error) {
    throw new CommandError(`${path} cannot be read (${(error as Error).message}); nothing has been changed`, { cause: error });
  }
}

/**
 * Writes all of them or none.
 *
 * @returns what brings everything back
 * @throws CommandError when one cannot be written; nothing has changed then
 */
export function writeAll(directory: string, changes: readonly FileChange[]): () => void {
  const done: FileChange[] = [];
  const undo = (): void => {
    for (const { path, before, mode } of done.toReversed()) {
      if (before === null) rmSync(join(directory, path), { force: true });
      else replace(join(directory, path), before, mode);
    }
  };
  for (const change of changes) {
    try {
      replace(join(directory, change.path), change.after, change.mode);
      done.push(change);
    } catch (error) {
      undo();
      throw new CommandError(`${change.path} cannot be written (${(error as Error).message}); nothing has been changed`, {
        cause: error,
      });
    }
  }
  return undo;
}

/** Nobody ever reads half of it, and a link stays a link. */
function replace(path: string, text: string, mode = 0o644): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  const permissions = existsSync(target) ? statSync(target).mode & 0o777 : mode;
  const beside = `${target}.${process.pid}.tmp`;
  mkdirSync(dirname(target), { recursive: true });
  try {
    writeFileSync(beside, text, { mode: permissions });
    chmodSync(beside, permissions);
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Lines that a change takes away (`-`) and adds (`+`), in their order. */
export function changedLines({ before, after }: FileChange): string[] {
  const [old, now] = [linesOf(before ?? ''), linesOf(after)];
  // Lengths of the longest common subsequences of what follows each pair of lines.
  const lengths = Array.from({ length: old.length + 1 }, () => Array.from({ length: now.length + 1 }, () => 0));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      lengths[i]![j] = old[i] === now[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) [i, j] = [i + 1, j + 1];
    else if (j < now.length && (i === old.length || lengths[i]![j + 1]! > lengths[i + 1]![j]!)) lines.push(`+ ${now[j++]}`);
    else lines.push(`- ${old[i++]}`);
  }
  return lines;
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/));
