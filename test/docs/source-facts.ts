import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const LIBRARY = resolve('libs/auth/src');

function sources(): { path: string; text: string }[] {
  return readdirSync(LIBRARY, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('testing'))
    .map((path) => ({ path, text: readFileSync(join(LIBRARY, path), 'utf8') }));
}

const parse = (path: string): ts.SourceFile =>
  ts.createSourceFile(path, readFileSync(join(LIBRARY, path), 'utf8'), ts.ScriptTarget.Latest, true);

/** Every code that an answer of the library can carry, with its status. */
export function errorCodes(): Map<string, number> {
  const codes = new Map<string, number>();
  for (const { text } of sources()) {
    for (const [, status, code] of text.matchAll(/super\(\s*(\d{3}),\s*'(auth\.\w+)'/g)) codes.set(code!, Number(status));
  }
  // Made of the first fault: `auth.${details[0].code}`.
  for (const code of passwordFaultCodes()) codes.set(`auth.${code}`, 400);
  return codes;
}

function passwordFaultCodes(): string[] {
  const file = parse('core/ports/password-policy.ts');
  const members = membersOf(interfacesOf(file).get('PasswordFault'));
  const type = members.find(({ name }) => name === 'code')!.type as ts.UnionTypeNode;
  return type.types.map((one) => ((one as ts.LiteralTypeNode).literal as ts.StringLiteral).text);
}

/** Codes as they stand anywhere in the sources: the ones that {@link errorCodes} must have found. */
export const mentionedCodes = (): Set<string> =>
  new Set(sources().flatMap(({ text }) => [...text.matchAll(/'(auth\.[a-z_]+)'/g)].map(([, code]) => code!)));

/** Paths of all options of `forRoot`, e.g. `sessions.bearer.idle`, and whether they may be left out. */
export function optionPaths(): Map<string, { optional: boolean }> {
  const interfaces = interfacesOf(parse('core/options/auth.options.ts'));
  const paths = new Map<string, { optional: boolean }>();
  const walk = (prefix: string, declaration: ts.InterfaceDeclaration | undefined): void => {
    for (const { name, type, optional } of membersOf(declaration)) {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      const nested = nestedOptions(type, interfaces);
      if (nested === undefined) paths.set(path, { optional });
      else walk(path, nested);
    }
  };
  walk('', interfaces.get('AuthModuleOptions'));
  walk('', interfacesOf(parse('auth.module-definition.ts')).get('AuthModuleExtras'));
  return paths;
}

/** `CookieOptions`, `LockoutOptions | false`, …: an object of options of its own. */
function nestedOptions(
  type: ts.TypeNode | undefined,
  interfaces: ReadonlyMap<string, ts.InterfaceDeclaration>,
): ts.InterfaceDeclaration | undefined {
  const candidates = type === undefined ? [] : ts.isUnionTypeNode(type) ? type.types : [type];
  for (const one of candidates) {
    if (ts.isTypeReferenceNode(one)) {
      const found = interfaces.get(one.typeName.getText());
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Every event class with the names of its data, as the types say. */
export function eventData(): Map<string, string[]> {
  const events = new Map<string, string[]>();
  for (const { path } of sources().filter((source) => source.path.endsWith('.events.ts'))) {
    for (const statement of parse(path).statements) {
      if (!ts.isClassDeclaration(statement)) continue;
      const base = statement.heritageClauses?.[0]?.types[0];
      if (base?.expression.getText() !== 'AuthEvent') continue;
      const [data] = base.typeArguments ?? [];
      const members = data !== undefined && ts.isTypeLiteralNode(data) ? data.members : [];
      events.set(
        statement.name!.text,
        [...members].map((member) => member.name!.getText()),
      );
    }
  }
  return events;
}

function interfacesOf(file: ts.SourceFile): Map<string, ts.InterfaceDeclaration> {
  return new Map(file.statements.filter(ts.isInterfaceDeclaration).map((one) => [one.name.text, one]));
}

function membersOf(declaration: ts.InterfaceDeclaration | undefined) {
  return [...(declaration?.members ?? [])].filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(),
    type: member.type,
    optional: member.questionToken !== undefined,
  }));
}
