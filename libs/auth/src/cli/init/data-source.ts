import type ts from 'typescript';
import { AUTH_MIGRATIONS } from './module-code.js';
import { CannotPatch, nodesBelow, type TypeScriptFile } from './typescript-file.js';

/** Types of TypeORM that our storage works on. */
const SUPPORTED = ['postgres', 'mysql', 'mariadb', 'better-sqlite3', 'sqlite'];

/**
 * Adds our migrations and entities to the options of a data source that the host has: `TypeOrmModule.forRoot({ … })`, or an object that
 * the factory of `forRootAsync` returns.
 *
 * @throws CannotPatch when the options are made in another way
 */
export function addToDataSource(file: TypeScriptFile, call: ts.CallExpression): void {
  const { ts } = file;
  const options = optionsOf(file, call);
  const property = (wanted: string) =>
    options.properties.find(({ name }) => name !== undefined && ts.isIdentifier(name) && name.text === wanted);
  const isFalse = (wanted: string): boolean => / *: *false$/.test(property(wanted)?.getText() ?? '');
  const kind = /^type *: *['"](.*)['"]$/.exec(property('type')?.getText() ?? '')?.[1];
  if (kind !== undefined && !SUPPORTED.includes(kind))
    throw new CannotPatch(`has a data source of a kind that we do not support (${kind})`);
  if (isFalse('autoLoadEntities')) throw new CannotPatch('has a data source with autoLoadEntities: false');
  const migrations = property('migrations');
  const spread = options.properties.some((one) => ts.isSpreadAssignment(one));
  if (migrations === undefined && spread) throw new CannotPatch('has a data source whose options are partly elsewhere');

  const added: string[] = [];
  if (property('autoLoadEntities') === undefined) added.push('autoLoadEntities: true');
  if (migrations === undefined) {
    added.push(`migrations: ${file.use(AUTH_MIGRATIONS)}`);
    // Whoever has migrations has a way of running them, and wants no other.
    if (property('migrationsRun') === undefined) added.push('migrationsRun: true');
  } else {
    if (!ts.isPropertyAssignment(migrations) || !ts.isArrayLiteralExpression(migrations.initializer)) {
      throw new CannotPatch('has a data source whose migrations are no array literal');
    }
    const start = migrations.initializer.getStart() + 1;
    const rest = migrations.initializer.elements.length === 0 ? '' : ', ';
    file.replace(start, start, `...${file.use(AUTH_MIGRATIONS)}${rest}`);
  }
  append(file, options, added);
}

function append(file: TypeScriptFile, options: ts.ObjectLiteralExpression, added: readonly string[]): void {
  const last = options.properties.at(-1);
  if (last === undefined) {
    file.replace(options.getEnd() - 1, options.getEnd() - 1, ` ${added.join(', ')} `);
    return;
  }
  const ownLine = file.text.slice(last.getFullStart(), last.getStart()).includes('\n');
  const separator = ownLine ? `,\n${file.indentAt(last.getStart())}` : ', ';
  file.replace(last.getEnd(), last.getEnd(), added.map((one) => separator + one).join(''));
}

function optionsOf({ ts }: TypeScriptFile, call: ts.CallExpression): ts.ObjectLiteralExpression {
  const [argument] = call.arguments;
  const unknown = new CannotPatch('has a data source whose options are no object literal');
  if (argument === undefined || !ts.isObjectLiteralExpression(argument)) throw unknown;
  if ((call.expression as ts.PropertyAccessExpression).name.text === 'forRoot') return argument;
  const factory = argument.properties.find(({ name }) => name !== undefined && ts.isIdentifier(name) && name.text === 'useFactory');
  if (factory === undefined) throw unknown;
  const made = ts.isMethodDeclaration(factory) ? factory : ts.isPropertyAssignment(factory) ? factory.initializer : undefined;
  if (made === undefined || !(ts.isArrowFunction(made) || ts.isFunctionExpression(made) || ts.isMethodDeclaration(made)))
    throw unknown;
  const { body } = made;
  if (body === undefined) throw unknown;
  const returned = ts.isBlock(body)
    ? nodesBelow(body).flatMap((node) => (ts.isReturnStatement(node) ? [node.expression] : []))
    : [body];
  const plain = returned.map((one) => withoutWrapping(ts, one));
  if (plain.length !== 1 || plain[0] === undefined || !ts.isObjectLiteralExpression(plain[0])) throw unknown;
  return plain[0];
}

/** `({ … })`, `{ … } as Options` and `{ … } satisfies Options` are the same object. */
function withoutWrapping(ts: TypeScriptFile['ts'], node: ts.Node | undefined): ts.Node | undefined {
  let inner = node;
  while (
    inner !== undefined &&
    (ts.isParenthesizedExpression(inner) || ts.isAsExpression(inner) || ts.isSatisfiesExpression(inner))
  ) {
    inner = inner.expression;
  }
  return inner;
}
