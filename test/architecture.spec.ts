import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { breaches, type Sources } from './support/architecture.js';

const LIBRARY = resolve('libs/auth/src');

function readLibrary(): Sources {
  const paths = readdirSync(LIBRARY, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  return new Map(
    paths.map((path) => [relative(LIBRARY, join(LIBRARY, path)).split(sep).join('/'), readFileSync(join(LIBRARY, path), 'utf8')]),
  );
}

describe('the library', () => {
  it('keeps to the plan: layers, rooms, order of the core, no barrels, no cycles, technology in adapters, no shared state', () => {
    const sources = readLibrary();

    expect(sources.size).toBeGreaterThan(20);
    expect(breaches(sources)).toEqual([]);
  });
});

describe('the architecture test', () => {
  /** Each seeded file breaks one rule, and the sentence must name it. */
  it.each<[string, Record<string, string>, RegExp]>([
    ['core knows no adapter', { 'core/sessions/a.ts': "import '../../adapters/redis/b.js';" }, /core may not import adapters/],
    ['core knows no room', { 'core/access/a.ts': "export * from '../../features/roles/b.js';" }, /core may not import features/],
    ['common knows no core', { 'common/a.ts': "import type { B } from '../core/ports/b.js';" }, /common may not import core/],
    [
      'a room knows no adapter',
      { 'features/roles/a.ts': "import '../../adapters/typeorm/b.js';" },
      /features may not import adapters/,
    ],
    ['adapters know no testing', { 'adapters/redis/a.ts': "import '../../testing/b.js';" }, /adapters may not import testing/],
    ['the root knows no opt-in room', { 'auth.module.ts': "import './features/roles/b.js';" }, /rooms that every application gets/],
    ['rooms do not know each other', { 'features/roles/a.ts': "import '../totp/b.js';" }, /rooms do not know each other/],
    ['the core has an order', { 'core/tokens/a.ts': "import '../sessions/b.js';" }, /core\/tokens comes before core\/sessions/],
    [
      'ports import no error at run time',
      { 'core/ports/a.ts': "import { E } from '../errors/b.js';" },
      /core\/ports comes before core\/errors/,
    ],
    ['the core has no unknown folder', { 'core/stuff/a.ts': "import '../ports/b.js';" }, /no place for core\/stuff\/a.ts/],
    ['barrels are for outsiders', { 'core/access/a.ts': "import '../../index.js';" }, /not barrels/],
    [
      'folders stand for barrels, too',
      { 'testing/a.ts': "import '../features/roles';", 'features/roles/index.ts': 'export {};' },
      /not barrels/,
    ],
    [
      'no cycle',
      { 'common/a.ts': "import './b.js';", 'common/b.ts': "import './a.js';" },
      /common\/a.ts → common\/b.ts → common\/a.ts/,
    ],
    ['TypeORM stays in adapters', { 'core/sessions/a.ts': "import { DataSource } from 'typeorm';" }, /only adapters\/ may/],
    ['lazily imported, too', { 'core/passwords/a.ts': "const b = () => import('bcrypt');" }, /only adapters\/hashing\/ may/],
    ['deep imports, too', { 'features/roles/a.ts': "import 'typeorm/driver/Driver.js';" }, /only adapters\/ may/],
    [
      'a room keeps its technology',
      { 'features/roles/a.ts': "const b = () => import('prom-client');" },
      /only features\/metrics\/ may/,
    ],
    ['no test runner in what is published', { 'testing/a.ts': "import { it } from 'vitest';" }, /the library may not/],
    ['no module-level variable', { 'common/a.ts': 'export let count = 0;' }, /module-level variable/],
    ['no module-level registry', { 'common/a.ts': 'const seen = new Map<string, string>();' }, /module-level collection/],
    ['no static state', { 'core/options/a.ts': 'export class A { static options = {}; }' }, /mutable static field/],
  ])('notices: %s', (_rule, seeded, sentence) => {
    const found = breaches(new Map(Object.entries(seeded)));

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(sentence);
  });

  it('lets pass what the plan allows', () => {
    const allowed = new Map([
      ['core/accounts/a.ts', "import '../sessions/b.js'; import { c } from '../../common/c.js'; import 'node:crypto';"],
      ['core/ports/a.ts', "import type { E } from '../errors/b.js';"],
      [
        'features/roles/a.ts',
        "import './b.js'; import '../../core/ports/c.js'; const LIMIT = 3; class A { static readonly type = 'a'; }",
      ],
      ['adapters/typeorm/a.ts', "import 'typeorm'; import '../../features/roles/roles.ports.js';"],
      ['auth.module.ts', "import './adapters/typeorm/a.js'; import './features/lockout/b.js';"],
      ['cli/main.ts', "import 'commander'; import '../adapters/typeorm/a.js';"],
      ['core/access/a.spec.ts', "import '../../testing/b.js'; import 'vitest'; let app;"],
    ]);

    expect(breaches(allowed)).toEqual([]);
  });
});
