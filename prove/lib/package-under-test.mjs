// What is proved is what would be published: the packed package, installed for this folder alone.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from '../../tools/steps.mjs';

const LIBRARY = join(ROOT, 'libs/auth');
const INSTALLED = join(ROOT, 'prove/node_modules/nestjs-latchkey');

/** Its dependencies are found in the workspace's `node_modules`. @throws Error when packing fails */
export async function installPackage() {
  const folder = join(ROOT, '.cache/prove');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await orThrow('npm', ['pack', LIBRARY, '--silent', '--ignore-scripts', '--pack-destination', folder]);
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  await orThrow('tar', ['-xzf', join(folder, tarball), '-C', folder]);
  rmSync(INSTALLED, { recursive: true, force: true });
  mkdirSync(join(INSTALLED, '..'), { recursive: true });
  renameSync(join(folder, 'package'), INSTALLED);
  if (!existsSync(join(INSTALLED, 'dist'))) throw new Error('The packed package has no dist: build it first');
}

async function orThrow(command, args) {
  if ((await run(command, args, { quiet: true })) !== 0) throw new Error(`${command} ${args[0]} failed`);
}
