// What the commands of this folder share. Plain Node, because it runs before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The oldest Node.js that is supported: CommonJS hosts `require` ES modules from here on. */
const OLDEST_NODE = [20, 19];

export const say = (text) => console.log(`\n▸ ${text}`);

/** Runs a program in the repository's root with our terminal; resolves with its exit code. */
export function run(command, args, { env = {}, quiet = false } = {}) {
  return new Promise((settle, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['inherit', quiet ? 'ignore' : 'inherit', 'inherit'],
      // `npm` is a script on Windows, and scripts need a shell there.
      shell: process.platform === 'win32' && command === 'npm',
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => settle(code ?? (signal ? 1 : 0)));
  });
}

/** Runs a tool of node_modules with this very Node.js, whatever the PATH says. */
export function runTool(packageName, args, options) {
  const folder = join(ROOT, 'node_modules', packageName);
  const { bin, name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const script = typeof bin === 'string' ? bin : (bin[name] ?? bin.tsc);
  return run(process.execPath, [join(folder, script), ...args], options);
}

/** Stops with a sentence when this Node.js is too old to go on. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  console.error(`Node.js ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.version}.`);
  process.exit(1);
}

/** Installs exactly what the lock file says, unless it is already there. */
export async function installDependencies() {
  const reason = reasonToInstall();
  if (!reason) return;
  say(`Installing dependencies (npm ci): ${reason}.`);
  const code = await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund']);
  if (code !== 0) {
    console.error('npm ci failed; nothing was started.');
    process.exit(code);
  }
}

function reasonToInstall() {
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return 'node_modules is not there yet';
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  for (const [path, { version, optional, link, dev, peer, devOptional }] of Object.entries(wanted)) {
    // Optional ones (binaries of other platforms) may rightly be absent; workspaces are links.
    if (!path.includes('node_modules/') || link || optional || (peer && !dev) || devOptional) continue;
    if (present[path]?.version !== version) return `${path.replace(/^.*node_modules\//, '')} differs from package-lock.json`;
  }
  return null;
}

/** Changes whenever one of the files under `paths` changes; tests do not count. */
export function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => filesUnder(join(ROOT, path))).sort()) {
    hash.update(relative(ROOT, file)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Every file under `path`, or the file itself, without tests. */
export function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
