import type { NeededImport, TypeScriptFile } from './typescript-file.js';

/** Databases that `init` connects. */
export const DATABASES = ['sqlite', 'postgres', 'mysql'] as const;
export type Database = (typeof DATABASES)[number];

const named = (from: string, name: string, alias: string): NeededImport => ({ from, name, alias });

const CONFIG_MODULE = named('@nestjs/config', 'ConfigModule', 'NestConfigModule');
const CONFIG_SERVICE = named('@nestjs/config', 'ConfigService', 'NestConfigService');
const TYPEORM_MODULE = named('@nestjs/typeorm', 'TypeOrmModule', 'NestTypeOrmModule');
const AUTH_MODULE = named('nestjs-latchkey', 'AuthModule', 'LatchkeyAuthModule');
export const AUTH_MIGRATIONS = named('nestjs-latchkey/typeorm', 'authMigrations', 'latchkeyMigrations');

/** What of the host's compiler settings matters to the code. */
export interface ModuleKind {
  /** Whether the default import of a CommonJS package is the package. */
  readonly esModuleInterop: boolean;
}

/** `.env` is read, and its variables are in `process.env` before the modules after it are made. */
export const configModule = (file: TypeScriptFile): string => `${file.use(CONFIG_MODULE)}.forRoot()`;

/** A data source of its own, with our tables. */
export function typeOrmModule(file: TypeScriptFile, database: Database, { esModuleInterop }: ModuleKind): string {
  return fromConfig(file, file.use(TYPEORM_MODULE), [
    ...connection(file, database, esModuleInterop),
    'autoLoadEntities: true',
    `migrations: ${file.use(AUTH_MIGRATIONS)}`,
    'migrationsRun: true',
  ]);
}

export const authModule = (file: TypeScriptFile): string =>
  fromConfig(file, file.use(AUTH_MODULE), [
    "secret: config.getOrThrow<string>('AUTH_SECRET')",
    "baseUrl: config.getOrThrow<string>('AUTH_BASE_URL')",
  ]);

function connection(file: TypeScriptFile, database: Database, esModuleInterop: boolean): string[] {
  switch (database) {
    case 'sqlite': {
      // libsql has the API of better-sqlite3 and brings its binaries along.
      const kind = esModuleInterop ? 'default' : 'namespace';
      const driver = file.use({ from: 'libsql', name: 'libsql', alias: 'libsqlDriver', kind });
      return [
        "type: 'better-sqlite3'",
        driver === 'driver' ? driver : `driver: ${driver}`,
        "database: config.getOrThrow<string>('DATABASE_FILE')",
      ];
    }
    case 'postgres':
      return ["type: 'postgres'", "url: config.getOrThrow<string>('DATABASE_URL')"];
    case 'mysql':
      return ["type: 'mysql'", "url: config.getOrThrow<string>('DATABASE_URL')", "timezone: 'Z'"];
  }
}

/** Options out of the environment, in the form that Nest's own documentation teaches. */
function fromConfig(file: TypeScriptFile, module: string, options: readonly string[]): string {
  const [configModule, configService] = [file.use(CONFIG_MODULE), file.use(CONFIG_SERVICE)];
  const lines = [
    `${module}.forRootAsync({`,
    `  imports: [${configModule}],`,
    `  inject: [${configService}],`,
    `  useFactory: (config: ${configService}) => ({`,
    ...options.map((option) => `    ${option},`),
    '  }),',
    '})',
  ];
  return lines.join('\n').replaceAll("'", file.style.quote);
}
