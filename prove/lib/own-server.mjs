// What servers that an experiment starts for itself, to stop and start them again, have in common.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A port of the loopback interface that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** On the PATH, or where Debian keeps those of PostgreSQL, the newest first. @throws Error when it is not installed */
export function binary(name) {
  const versions = '/usr/lib/postgresql';
  const postgres = existsSync(versions) ? readdirSync(versions).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...postgres.map((version) => join(versions, version, 'bin')),
  ];
  for (const folder of folders) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not here: look on.
    }
  }
  throw new Error(`${name} is not installed`);
}

/** Who runs a server that refuses to be root; `undefined` when we are not root. */
export function unprivileged(user) {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Resolves once `isUp` does not reject any more. @throws Error when it does for `patience` milliseconds, or when the process has ended */
export async function untilUp(name, child, isUp, patience = 30_000) {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await isUp();
    } catch (cause) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} ended while it started`, { cause });
      if (Date.now() > deadline) throw new Error(`${name} did not start in time`, { cause });
      await delay(50);
    }
  }
}

/** Ends it, frozen or not. Resolves when it is gone. */
export async function ended(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  child.kill('SIGCONT');
  await gone;
}
