import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../tools/steps.mjs';

/** What is measured is what would be published, and stays the same when somebody builds meanwhile. */
export function takeSnapshot() {
  const library = join(ROOT, 'libs/auth');
  const copy = join(ROOT, 'bench/node_modules/nestjs-latchkey');
  rmSync(copy, { recursive: true, force: true });
  for (const part of ['package.json', 'dist/esm']) cpSync(join(library, part), join(copy, part), { recursive: true });
}
