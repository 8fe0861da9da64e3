import type ts from 'typescript';

/** The compiler's API, as the host has it installed. */
export type TypeScript = typeof ts;

/** Why code is better changed by hand: the rest of a sentence that begins with the file's name. */
export class CannotPatch extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'CannotPatch';
  }
}

/** What code needs from a package. A name that is taken in the file gets `alias`. */
export interface NeededImport {
  readonly from: string;
  readonly name: string;
  readonly alias: string;
  /** `named` unless the package exports one thing only: its default, or, without `esModuleInterop`, the namespace. */
  readonly kind?: 'named' | 'default' | 'namespace';
}

/** How the author of a file writes. */
export interface CodeStyle {
  readonly quote: string;
  readonly semicolon: string;
  readonly newline: string;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * A source file and changes to be made to it. What is not changed stays byte for byte what it was.
 *
 * @throws CannotPatch when the file does not parse
 */
export class TypeScriptFile {
  readonly source: ts.SourceFile;
  readonly style: CodeStyle;
  private readonly edits: Edit[] = [];
  private readonly missing: (NeededImport & { local: string })[] = [];

  constructor(
    readonly ts: TypeScript,
    readonly text: string,
  ) {
    if (!parses(ts, text)) throw new CannotPatch('does not parse');
    this.source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true);
    this.style = styleOf(this.imports(), text);
  }

  /** Replaces what stands between two positions of the original text. */
  replace(start: number, end: number, text: string): void {
    this.edits.push({ start, end, text: text.replaceAll('\n', this.style.newline) });
  }

  /** The name by which the file knows an export of a package, or `null`. */
  localName(from: string, name: string): string | null {
    for (const declaration of this.imports()) {
      if (specifierOf(declaration) !== from) continue;
      const { namedBindings } = declaration.importClause!;
      if (namedBindings === undefined || !this.ts.isNamedImports(namedBindings)) continue;
      const found = namedBindings.elements.find(
        (element) => !element.isTypeOnly && (element.propertyName ?? element.name).text === name,
      );
      if (found !== undefined) return found.name.text;
    }
    return null;
  }

  /** The name under which `needed` can be used: what is imported already, or an import that {@link toString} adds. */
  use(needed: NeededImport): string {
    const present =
      needed.kind === undefined || needed.kind === 'named' ? this.localName(needed.from, needed.name) : this.wholeName(needed.from);
    const planned = this.missing.find(({ from, name }) => from === needed.from && name === needed.name)?.local;
    if (present !== null || planned !== undefined) return present ?? planned!;
    const local = this.namesInUse().has(needed.name) ? needed.alias : needed.name;
    this.missing.push({ ...needed, local });
    return local;
  }

  /** Calls of static methods of what a package exports, for instance of `TypeOrmModule.forRoot`. */
  calls(from: string, name: string, methods: readonly string[]): ts.CallExpression[] {
    const local = this.localName(from, name);
    if (local === null) return [];
    const { ts } = this;
    const isCall = (node: ts.Node): node is ts.CallExpression =>
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      ts.isIdentifier(node.expression.expression) &&
      node.expression.expression.text === local &&
      methods.includes(node.expression.name.text);
    return nodesBelow(this.source).filter(isCall);
  }

  /** The white space before the first thing on the line of a position. */
  indentAt(position: number): string {
    const start = this.text.lastIndexOf('\n', position - 1) + 1;
    return /^[ \t]*/.exec(this.text.slice(start))![0];
  }

  /** The changed text. @throws CannotPatch when the changes would break it */
  toString(): string {
    const edits = [...this.edits, ...this.importEdits()].toSorted((a, b) => b.start - a.start);
    const changed = edits.reduce(
      (text, { start, end, text: insert }) => text.slice(0, start) + insert + text.slice(end),
      this.text,
    );
    if (!parses(this.ts, changed)) throw new CannotPatch('is written in a way that this command does not know');
    return changed;
  }

  /** Imports of values, in their order. */
  private imports(): ts.ImportDeclaration[] {
    return this.source.statements.filter(
      (node): node is ts.ImportDeclaration =>
        this.ts.isImportDeclaration(node) && node.importClause !== undefined && !/^import\s+type\b/.test(node.getText()),
    );
  }

  private wholeName(from: string): string | null {
    const clause = this.imports().find((declaration) => specifierOf(declaration) === from)?.importClause;
    if (clause?.name !== undefined) return clause.name.text;
    const bindings = clause?.namedBindings;
    return bindings !== undefined && this.ts.isNamespaceImport(bindings) ? bindings.name.text : null;
  }

  private namesInUse(): Set<string> {
    const { ts } = this;
    const identifiers = nodesBelow(this.source).filter((node): node is ts.Identifier => ts.isIdentifier(node));
    return new Set(identifiers.map(({ text }) => text));
  }

  private importEdits(): Edit[] {
    const { quote, semicolon, newline } = this.style;
    const packages = [...new Set(this.missing.map(({ from }) => from))].toSorted();
    const lines: string[] = [];
    const edits: Edit[] = [];
    for (const from of packages) {
      const needed = this.missing.filter((one) => one.from === from);
      const named = needed.filter(({ kind = 'named' }) => kind === 'named').map(({ name, local }) => asSpecifier(name, local));
      const whole = needed.find(({ kind = 'named' }) => kind !== 'named');
      const open = this.lastNamedImport(from);
      if (open !== null && named.length > 0) edits.push({ start: open, end: open, text: `, ${named.join(', ')}` });
      else if (named.length > 0) lines.push(`import { ${named.join(', ')} } from ${quote}${from}${quote}${semicolon}`);
      if (whole !== undefined) {
        const clause = whole.kind === 'namespace' ? `* as ${whole.local}` : whole.local;
        lines.push(`import ${clause} from ${quote}${from}${quote}${semicolon}`);
      }
    }
    if (lines.length === 0) return edits;
    // Packages first, then the project's own files, as everybody writes it.
    const own = this.imports().find((declaration) => specifierOf(declaration).startsWith('.'));
    if (own !== undefined) return [...edits, at(own.getStart(), lines.map((line) => line + newline).join(''))];
    const last = this.imports().at(-1);
    if (last !== undefined) return [...edits, at(last.getEnd(), lines.map((line) => newline + line).join(''))];
    return [...edits, at(0, lines.map((line) => line + newline).join(''))];
  }

  /** Where a further name fits into the import of a package that is there. */
  private lastNamedImport(from: string): number | null {
    for (const declaration of this.imports()) {
      const bindings = declaration.importClause!.namedBindings;
      if (specifierOf(declaration) !== from || bindings === undefined || !this.ts.isNamedImports(bindings)) continue;
      const last = bindings.elements.at(-1);
      if (last !== undefined) return last.getEnd();
    }
    return null;
  }
}

const at = (position: number, text: string): Edit => ({ start: position, end: position, text });

const asSpecifier = (name: string, local: string): string => (name === local ? name : `${name} as ${local}`);

const specifierOf = ({ moduleSpecifier }: ts.ImportDeclaration): string => (moduleSpecifier as ts.StringLiteral).text;

/** Every node of a tree, parents before their children. */
export function nodesBelow(root: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    node.forEachChild(visit);
  };
  root.forEachChild(visit);
  return nodes;
}

function parses(ts: TypeScript, text: string): boolean {
  const compilerOptions: ts.CompilerOptions = { experimentalDecorators: true, target: ts.ScriptTarget.Latest };
  return ts.transpileModule(text, { reportDiagnostics: true, compilerOptions }).diagnostics?.length === 0;
}

function styleOf([first]: readonly ts.ImportDeclaration[], text: string): CodeStyle {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  if (first === undefined) return { quote: "'", semicolon: ';', newline };
  return {
    quote: first.moduleSpecifier.getText().startsWith('"') ? '"' : "'",
    semicolon: first.getText().endsWith(';') ? ';' : '',
    newline,
  };
}
