import type ts from 'typescript';
import { CannotPatch, type TypeScriptFile } from './typescript-file.js';

/** Puts modules before the others of an application's root module, which its class names when there are several. @throws CannotPatch */
export function addToImports(file: TypeScriptFile, className: string | null, modules: readonly string[]): void {
  const { ts } = file;
  const options = moduleOptions(file, className);
  const property = options.properties.find(({ name }) => name !== undefined && ts.isIdentifier(name) && name.text === 'imports');
  const outer = options.properties[0] === undefined ? '' : file.indentAt(options.properties[0].getStart());
  const unit = unitOf(outer, file.indentAt(options.getStart()));
  const indent = outer === '' ? unit : outer;
  const items = modules.map((module) => `${indent}${unit}${indented(module, indent + unit, unit)},\n`).join('');
  if (property === undefined) {
    const start = options.getStart() + 1;
    const rest = options.properties.length === 0 ? '\n' : '';
    file.replace(start, start, `\n${indent}imports: [\n${items}${indent}],${rest}`);
    return;
  }
  if (!ts.isPropertyAssignment(property) || !ts.isArrayLiteralExpression(property.initializer)) {
    throw new CannotPatch('has imports that are no array literal');
  }
  const list = property.initializer;
  const inside = file.text.slice(list.getStart() + 1, list.getEnd() - 1);
  if (inside.includes('\n')) {
    file.replace(list.getStart() + 1, list.getStart() + 1, `\n${items.trimEnd()}`);
  } else if (/\/[*/]/.test(inside)) {
    file.replace(list.getStart() + 1, list.getStart() + 1, `\n${items}${indent}${unit}`);
  } else {
    const others = list.elements.map((element) => `${indent}${unit}${element.getText()},\n`).join('');
    file.replace(list.getStart(), list.getEnd(), `[\n${items}${others}${indent}]`);
  }
}

/** The object that the decorator of the root module is given. */
function moduleOptions(file: TypeScriptFile, className: string | null): ts.ObjectLiteralExpression {
  const { ts } = file;
  const decorator = file.localName('@nestjs/common', 'Module');
  if (decorator === null) throw new CannotPatch("does not import Module of '@nestjs/common'");
  const modules = file.source.statements.flatMap((node) => {
    if (!ts.isClassDeclaration(node)) return [];
    const call = (ts.getDecorators(node) ?? []).map(({ expression }) => expression).find(isCallOf(ts, decorator));
    return call === undefined ? [] : [{ name: node.name?.text, call }];
  });
  const chosen = modules.length === 1 ? modules[0] : modules.find(({ name }) => name === (className ?? 'AppModule'));
  if (chosen === undefined) throw new CannotPatch(modules.length === 0 ? 'has no class with @Module()' : 'has several modules');
  const [options] = chosen.call.arguments;
  if (options === undefined || !ts.isObjectLiteralExpression(options)) throw new CannotPatch('gives @Module() no object literal');
  return options;
}

const isCallOf =
  (ts: TypeScriptFile['ts'], name: string) =>
  (expression: ts.Expression): expression is ts.CallExpression =>
    ts.isCallExpression(expression) && ts.isIdentifier(expression.expression) && expression.expression.text === name;

/** One step to the right, as the file has it. */
const unitOf = (inner: string, outer: string): string =>
  inner.startsWith(outer) && inner.length > outer.length ? inner.slice(outer.length) : '  ';

/** Code that is written with two spaces a step, moved to where it belongs. */
const indented = (code: string, indent: string, unit: string): string =>
  code
    .split('\n')
    .map((line, index) => {
      const depth = /^ */.exec(line)![0].length / 2;
      return index === 0 ? line : indent + unit.repeat(depth) + line.trimStart();
    })
    .join('\n');
