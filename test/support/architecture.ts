import { posix } from 'node:path';
import ts from 'typescript';

/** Sources by their path below `libs/auth/src`, for instance `core/ports/clock.ts`. */
export type Sources = ReadonlyMap<string, string>;

interface Import {
  readonly from: string;
  /** A path of {@link Sources} or the name of a package. */
  readonly to: string;
  readonly inside: boolean;
  readonly typeOnly: boolean;
}

/** Each layer with those it may import besides its own. */
const LAYERS: Record<string, readonly string[]> = {
  common: [],
  core: ['common'],
  checklist: ['common', 'core'],
  features: ['common', 'core'],
  adapters: ['common', 'core', 'features'],
  root: ['common', 'core', 'features', 'adapters', 'checklist'],
  testing: ['common', 'core', 'features', 'adapters', 'checklist', 'root'],
  cli: ['common', 'core', 'features', 'adapters', 'checklist', 'root'],
};

/** Each folder of the core may import those before it. Options name ports and fail with errors, so they come third. */
const CORE_ORDER = [
  'ports',
  'errors',
  'options',
  'events',
  'crypto',
  'limits',
  'tokens',
  'mail',
  'passwords',
  'sessions',
  'access',
  'sign-in',
  'accounts',
];

/** The rooms that every application gets, and the composition root therefore knows. */
const ROOMS_OF_THE_ROOT = ['throttling', 'lockout', 'password-rules'];

/** Packages that only some folders may name, so that the rest runs without them. */
const TECHNOLOGY: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^(typeorm|@nestjs\/typeorm|redis|@redis\/.*|ioredis|cache-manager.*|keyv|@keyv\/.*|nodemailer|passport.*|@nestjs\/passport)$/,
    ['adapters/'],
  ],
  [/^(bcrypt|bcryptjs|argon2|@node-rs\/.*)$/, ['adapters/hashing/']],
  [/^(pg|mysql2|libsql|better-sqlite3)$/, ['adapters/', 'cli/']],
  [/^(commander|csv-parse.*)$/, ['cli/']],
  [/^@nestjs\/terminus$/, ['features/health/']],
  [/^(prom-client|@opentelemetry\/.*)$/, ['features/metrics/']],
  [/^(express|fastify|@nestjs\/platform-.*)$/, []],
  [/^(vitest|jest|@jest\/.*|@nestjs\/testing|supertest)$/, []],
];

/** Every breach of the plan, one sentence each, in the order of the files. */
export function breaches(sources: Sources): string[] {
  const files = new Map(
    [...sources].filter(([path]) => !path.endsWith('.spec.ts')).map(([path, text]) => [path, parse(path, text)]),
  );
  const imports = [...files.values()].flatMap((file) => importsOf(file, sources));
  return [
    ...imports.flatMap((edge) => [...breachesOfLayers(edge), ...breachesOfTechnology(edge)]),
    ...cycles(imports),
    ...[...files.values()].flatMap(mutableState),
  ];
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

function importsOf(file: ts.SourceFile, sources: Sources): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteral(specifier)) return;
    const inside = specifier.text.startsWith('.');
    const to = inside ? resolve(file.fileName, specifier.text, sources) : packageOf(specifier.text);
    found.push({ from: file.fileName, to, inside, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node)) add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require')
    ) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function resolve(from: string, specifier: string, sources: Sources): string {
  const path = posix.join(posix.dirname(from), specifier.replace(/\.js$/, '.ts'));
  return sources.has(path) || !sources.has(`${path}/index.ts`) ? path : `${path}/index.ts`;
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const layerOf = (path: string): string => (path.includes('/') ? path.split('/')[0]! : 'root');
const folderOf = (path: string): string | undefined => (path.split('/').length > 2 ? path.split('/')[1] : undefined);

function breachesOfLayers({ from, to, inside, typeOnly }: Import): string[] {
  if (!inside) return [];
  const [layer, target] = [layerOf(from), layerOf(to)];
  const says = (reason: string) => [`${from} imports ${to}: ${reason}.`];
  if (!(layer in LAYERS)) return says(`the plan has no folder ${layer}`);
  if (posix.basename(to) === 'index.ts') return says('inside the library files are imported, not barrels');
  if (layer !== target && !LAYERS[layer]!.includes(target)) return says(`${layer} may not import ${target}`);
  if (layer === 'features' && target === 'features' && folderOf(from) !== folderOf(to)) return says('rooms do not know each other');
  if (layer === 'root' && target === 'features' && !ROOMS_OF_THE_ROOT.includes(folderOf(to) ?? '')) {
    return says('the composition root knows only the rooms that every application gets');
  }
  if (layer === 'core' && target === 'core') {
    const [mine, other] = [folderOf(from), folderOf(to)];
    const [here, there] = [CORE_ORDER.indexOf(mine ?? ''), CORE_ORDER.indexOf(other ?? '')];
    if (here < 0 || there < 0) return says(`the plan of the core has no place for ${here < 0 ? from : to}`);
    const documents = mine === 'ports' && other === 'errors' && typeOnly;
    if (there > here && !documents) return says(`core/${mine} comes before core/${other}`);
  }
  return [];
}

function breachesOfTechnology({ from, to, inside }: Import): string[] {
  if (inside) return [];
  const rule = TECHNOLOGY.find(([packages]) => packages.test(to));
  if (!rule || rule[1].some((folder) => from.startsWith(folder))) return [];
  return [`${from} imports ${to}: ${rule[1].length > 0 ? `only ${rule[1].join(' and ')} may` : 'the library may not'}.`];
}

/** One sentence per cycle, which names its files once. Types count: a cycle of types becomes one of values with the next edit. */
function cycles(imports: readonly Import[]): string[] {
  const edges = new Map<string, string[]>();
  for (const { from, to, inside } of imports) {
    if (inside) edges.set(from, [...(edges.get(from) ?? []), to]);
  }
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      found.push(`${[...trail.slice(start), file].join(' → ')}: a cycle.`);
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return found;
}

/** State outside instances: two applications in one process would share it. */
function mutableState(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const says = (node: ts.Node, what: string) => found.push(`${file.fileName}: ${what} \`${node.getText().split('\n')[0]}\`.`);
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      const constant = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
      if (!constant) says(statement, 'module-level variable');
      else if (statement.declarationList.declarations.some(({ initializer }) => initializer && isEmptyCollection(initializer))) {
        says(statement, 'module-level collection');
      }
    }
  }
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyDeclaration(node)) {
      const has = (kind: ts.SyntaxKind) => node.modifiers?.some((modifier) => modifier.kind === kind) ?? false;
      if (has(ts.SyntaxKind.StaticKeyword) && !has(ts.SyntaxKind.ReadonlyKeyword)) says(node, 'mutable static field');
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Weak collections are let be: they note something about an instance that the caller owns. */
const isEmptyCollection = (node: ts.Expression): boolean =>
  ts.isNewExpression(node) && /^(Map|Set)$/.test(node.expression.getText()) && (node.arguments?.length ?? 0) === 0;
