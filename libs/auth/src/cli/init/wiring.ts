import { addToDataSource } from './data-source.js';
import { textOf } from './file-changes.js';
import type { HostProject } from './host-project.js';
import { authModule, configModule, type Database, typeOrmModule } from './module-code.js';
import { filesThatMention, moduleKindOf, type RootModule } from './project-sources.js';
import { addToImports } from './root-module.js';
import { CannotPatch, TypeScriptFile } from './typescript-file.js';

/** What the sources have already. */
export interface Wiring {
  readonly auth: boolean;
  /** Files that make a data source; more than one is more than this command understands. */
  readonly dataSources: readonly string[];
  /** Of the data source that this command made. */
  readonly database: Database | null;
  readonly migrations: boolean;
  readonly config: boolean;
  /** Whether the environment is read from elsewhere than `.env`. */
  readonly otherEnvironment: boolean;
  /** Names of environment variables are among them. */
  readonly text: string;
}

/** A source file as it shall be. */
export interface SourceChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

const FOR_ROOT = ['forRoot', 'forRootAsync'];

export function wiringOf({ directory, ts }: HostProject): Wiring {
  const files = [...filesThatMention(directory, ['@nestjs/typeorm', '@nestjs/config', 'nestjs-latchkey'])].flatMap(
    ([path, text]) => {
      const file = parsed(ts, text);
      return file === null ? [] : [{ path, file }];
    },
  );
  const calls = (from: string, name: string, methods: readonly string[]) =>
    files.flatMap(({ path, file }) => file.calls(from, name, methods).map((call) => ({ path, code: call.getText() })));
  const dataSources = calls('@nestjs/typeorm', 'TypeOrmModule', FOR_ROOT);
  const config = calls('@nestjs/config', 'ConfigModule', ['forRoot']);
  return {
    auth: calls('nestjs-latchkey', 'AuthModule', FOR_ROOT).length > 0,
    dataSources: dataSources.map(({ path }) => path),
    database: dataSources.map(({ code }) => madeFor(code)).find((database) => database !== null) ?? null,
    migrations: files.some(({ file }) =>
      ['authMigrations', 'authSideMigrations'].some((name) => file.localName('nestjs-latchkey/typeorm', name) !== null),
    ),
    config: config.length > 0,
    otherEnvironment: config.some(({ code }) => /\b(envFilePath|ignoreEnvFile)\b/.test(code)),
    text: files.map(({ file }) => file.text).join('\n'),
  };
}

/**
 * The sources with what is missing.
 *
 * @throws CannotPatch whose message begins with the file's name
 */
export function wire(host: HostProject, root: RootModule, wiring: Wiring, database: Database): SourceChange[] {
  if (wiring.auth) return [];
  const changes = new Map<string, SourceChange>();
  const patch = (path: string, change: (file: TypeScriptFile) => void): void => {
    const before = changes.get(path)?.before ?? textOf(host.directory, path)!;
    try {
      const file = new TypeScriptFile(host.ts, changes.get(path)?.after ?? before);
      change(file);
      changes.set(path, { path, before, after: file.toString() });
    } catch (error) {
      if (error instanceof CannotPatch) throw new CannotPatch(`${path} ${error.message}`);
      throw error;
    }
  };
  const [dataSource, another] = wiring.dataSources;
  if (dataSource !== undefined && !wiring.migrations) {
    if (another !== undefined) throw new CannotPatch(`${another} makes a second data source`);
    patch(dataSource, (file) => addToDataSource(file, file.calls('@nestjs/typeorm', 'TypeOrmModule', FOR_ROOT)[0]!));
  }
  patch(root.path, (file) => addToImports(file, root.className, missingModules(file, host, wiring, database)));
  return [...changes.values()];
}

/** What to write by hand where {@link wire} cannot. */
export function byHand(host: HostProject, root: RootModule, wiring: Wiring, database: Database): string {
  const file = new TypeScriptFile(host.ts, "import { Module } from '@nestjs/common';\n\n@Module({})\nexport class AppModule {}\n");
  addToImports(file, null, missingModules(file, host, wiring, database));
  const steps = [`In ${root.path}:\n\n${file.toString()}`];
  const [dataSource] = wiring.dataSources;
  if (dataSource !== undefined && !wiring.migrations) {
    steps.push(
      `In the data source of ${dataSource}, with authMigrations from 'nestjs-latchkey/typeorm':\n\n` +
        'autoLoadEntities: true,\nmigrations: [...authMigrations], // and your own\nmigrationsRun: true, // unless you run them in another way\n',
    );
  }
  return steps.join('\n');
}

function missingModules(file: TypeScriptFile, host: HostProject, wiring: Wiring, database: Database): string[] {
  return [
    ...(wiring.config ? [] : [configModule(file)]),
    ...(wiring.dataSources.length === 0 ? [typeOrmModule(file, database, moduleKindOf(host))] : []),
    authModule(file),
  ];
}

/** The database of a data source that reads its place as this command writes it. */
function madeFor(code: string): Database | null {
  const variable = /getOrThrow<string>\(['"](DATABASE_FILE|DATABASE_URL)['"]\)/.exec(code)?.[1];
  if (variable === undefined) return null;
  if (variable === 'DATABASE_FILE') return 'sqlite';
  return /type: ['"]postgres['"]/.test(code) ? 'postgres' : 'mysql';
}

/** What does not parse is not ours to read; it is another matter if it is to be changed. */
function parsed(ts: HostProject['ts'], text: string): TypeScriptFile | null {
  try {
    return new TypeScriptFile(ts, text);
  } catch (error) {
    if (error instanceof CannotPatch) return null;
    throw error;
  }
}
