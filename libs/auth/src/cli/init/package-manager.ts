import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Terminal } from '../terminal.js';
import type { HostProject } from './host-project.js';

/** In the order of preference where several lie about. */
const LOCK_FILES = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
] as const;

export type PackageManager = (typeof LOCK_FILES)[number][1];

/** What the project says, else whose lock file lies nearest, else npm. */
export function packageManagerOf({ directory, packageJson }: HostProject): PackageManager {
  const said = /^(npm|pnpm|yarn|bun)@/.exec(String(packageJson.packageManager))?.[1];
  return (said as PackageManager | undefined) ?? lockedBy(directory) ?? 'npm';
}

function lockedBy(directory: string): PackageManager | undefined {
  const found = LOCK_FILES.find(([file]) => existsSync(join(directory, file)));
  if (found !== undefined) return found[1];
  const parent = dirname(directory);
  // A repository has its lock file at its root at the latest.
  return parent === directory || existsSync(join(directory, '.git')) ? undefined : lockedBy(parent);
}

/** The lock files of a project as they are now. */
export function lockFilesOf(directory: string): { restore(): void } {
  const files = LOCK_FILES.map(([name]) => join(directory, name)).map((path) => ({
    path,
    content: existsSync(path) ? readFileSync(path) : null,
  }));
  return {
    restore: () => {
      for (const { path, content } of files) {
        if (content === null) rmSync(path, { force: true });
        else if (!existsSync(path) || !readFileSync(path).equals(content)) writeFileSync(path, content);
      }
    },
  };
}

/** Runs `<manager> install`; what it says goes to whoever watches. @returns whether it succeeded */
export function install(manager: PackageManager, directory: string, terminal: Terminal): Promise<boolean> {
  return new Promise((settle) => {
    const child = spawn(manager, ['install'], {
      cwd: directory,
      env: environmentOf(terminal),
      stdio: ['ignore', 'pipe', 'pipe'],
      // There npm and its kind are scripts.
      shell: process.platform === 'win32',
    });
    // Ctrl-C reaches the child as well; we stay to clean up after it.
    const stay = (): void => undefined;
    process.on('SIGINT', stay);
    const end = (succeeded: boolean): void => {
      process.off('SIGINT', stay);
      settle(succeeded);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => terminal.err(text.replace(/\n$/, '')));
    }
    child.once('error', () => end(false));
    child.once('close', (code) => end(code === 0));
  });
}

/** What npx was told about running us is not meant for what we run. */
const environmentOf = ({ env }: Terminal): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^npm_(config_(package|call|yes)|lifecycle_|command$)/.test(entry[0]),
    ),
  );
