import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { afterEach, describe, expect, it } from 'vitest';
import { TESTED_RANGES } from '../libs/auth/src/cli/init/dependencies.js';
import { run } from '../libs/auth/src/cli/run.js';
import { blocksOf, readPages } from './docs/pages.js';

const FIXTURES = resolve('test/consumers/init-hosts');
const SCRIPT = resolve('libs/auth/src/cli/main.ts');

interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** A project on the disk, and the command run in it. */
class Host {
  readonly directory = mkdtempSync(join(tmpdir(), 'latchkey-init-'));
  private readonly programs = mkdtempSync(join(tmpdir(), 'latchkey-programs-'));

  constructor(fixture: 'nest12-esm' | 'nest11-cjs', files: Record<string, string> = {}) {
    cpSync(join(FIXTURES, fixture), this.directory, { recursive: true });
    if (fixture === 'nest12-esm') symlinkSync(resolve('node_modules'), join(this.directory, 'node_modules'));
    else {
      this.write('node_modules/@nestjs/core/package.json', '{ "name": "@nestjs/core", "version": "11.1.0" }');
      symlinkSync(resolve('node_modules/typescript'), join(this.directory, 'node_modules/typescript'));
    }
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    writeFileSync(join(this.directory, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(join(this.directory, path));
  }

  /** A program that takes the place of a package manager. */
  program(name: string, script: string): void {
    writeFileSync(join(this.programs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.programs, name), 0o755);
  }

  /** Every file and what is in it, but for installed packages. */
  tree(): Record<string, string> {
    const entries = readdirSync(this.directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    const own = files.map((file) => file.slice(this.directory.length + 1)).filter((file) => !file.startsWith('node_modules'));
    return Object.fromEntries(own.toSorted().map((file) => [file, this.read(file)]));
  }

  async init(...args: string[]): Promise<Outcome> {
    const [out, err]: [string[], string[]] = [[], []];
    const env = { PATH: this.programs + delimiter + process.env['PATH'] };
    const code = await run(['init', ...args], {
      out: (line) => out.push(line),
      err: (line) => err.push(line),
      env,
      cwd: this.directory,
      script: SCRIPT,
    });
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  remove(): void {
    for (const folder of [this.directory, this.programs]) rmSync(folder, { recursive: true, force: true });
  }
}

let host: Host;
const givenHost = (fixture: 'nest12-esm' | 'nest11-cjs' = 'nest12-esm', files: Record<string, string> = {}): Host =>
  (host = new Host(fixture, files));
afterEach(() => host.remove());

const DONE: Partial<Outcome> = { code: 0, err: '' };
const NOTHING_TO_DO: Outcome = { code: 0, out: 'There is nothing to do: this project is set up.', err: '' };

const variable = (text: string, name: string): string | undefined => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1];

/** As a project's own module, with other things in it. */
const moduleWith = (imports: string, head = ''): string =>
  `import { Module } from '@nestjs/common';\n${head}import { AppController } from './app.controller.js';\n\n` +
  `@Module({\n  imports: ${imports},\n  controllers: [AppController],\n})\nexport class AppModule {}\n`;

describe('init, in a project that `nest new` made', () => {
  it.each([
    { fixture: 'nest12-esm', extension: '.js', nest: { '@nestjs/config': '^12.0.1', '@nestjs/typeorm': '^12.0.2' } },
    { fixture: 'nest11-cjs', extension: '', nest: { '@nestjs/config': '^4.0.4', '@nestjs/typeorm': '^11.0.3' } },
  ] as const)('writes what the guide shows ($fixture)', async ({ fixture, extension, nest }) => {
    givenHost(fixture);
    const before = host.tree();

    expect(await host.init('--skip-install')).toMatchObject(DONE);

    const page = readPages().find(({ path }) => path === 'docs/guides/getting-started.md')!;
    const shown = blocksOf(page).find(({ file }) => file === 'src/app.module.ts')!.code;
    const written = `// src/app.module.ts\n${host.read('src/app.module.ts')}`;
    expect(written).toBe(shown.replaceAll(/(?<='\.\/[\w.]+)\.js(?=')/g, extension));
    const { dependencies, ...rest } = JSON.parse(host.read('package.json')) as { dependencies: Record<string, string> };
    const { dependencies: had, ...others } = JSON.parse(before['package.json']!) as { dependencies: Record<string, string> };
    const { version } = JSON.parse(readFileSync(resolve('libs/auth/package.json'), 'utf8')) as { version: string };
    const { libsql, typeorm, 'class-transformer': transformer, 'class-validator': validator } = TESTED_RANGES;
    expect(dependencies).toEqual({
      ...had,
      ...nest,
      'nestjs-latchkey': `^${version}`,
      'class-transformer': transformer,
      'class-validator': validator,
      typeorm,
      libsql,
    });
    expect(Object.keys(dependencies)).toEqual(Object.keys(dependencies).toSorted());
    expect(rest).toEqual(others);
    for (const untouched of ['src/main.ts', 'src/app.controller.ts', 'tsconfig.json', 'nest-cli.json']) {
      expect(host.read(untouched)).toBe(before[untouched]);
    }
  });

  it('changes nothing when it runs again', async () => {
    givenHost();
    await host.init('--skip-install');
    const tree = host.tree();

    expect(await host.init('--skip-install')).toEqual(NOTHING_TO_DO);
    expect(await host.init('--skip-install', '--database', 'postgres', '--dry-run')).toEqual(NOTHING_TO_DO);
    expect(host.tree()).toEqual(tree);
  });

  it('gives every project a secret of its own, which only its owner reads and nobody is shown', async () => {
    const secrets = new Set<string>();
    for (const _ of [1, 2]) {
      givenHost();
      const { out } = await host.init('--skip-install');
      const secret = variable(host.read('.env'), 'AUTH_SECRET')!;
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(out).not.toContain(secret);
      expect(statSync(join(host.directory, '.env')).mode & 0o777).toBe(0o600);
      expect(variable(host.read('.env.example'), 'AUTH_SECRET')).toBe('');
      expect(host.read('.gitignore').split('\n')).toEqual(['.env', '.data/', '']);
      secrets.add(secret);
      if (secrets.size === 1) host.remove();
    }
    expect(secrets.size).toBe(2);
  });

  it('tells with --dry-run what it would do, and does nothing', async () => {
    givenHost('nest11-cjs');
    const tree = host.tree();

    const { code, out, err } = await host.init('--dry-run');

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Would change src/app.module.ts\n  + import { ConfigModule, ConfigService }');
    expect(out).toMatch(/^Would create \.env\n(?: {2}\+ .*\n)* {2}\+ AUTH_SECRET=<a fresh secret>$/m);
    expect(out).toMatch(/^Would run npm install$/m);
    expect(host.tree()).toEqual(tree);
  });

  it.each([
    { database: 'postgres', driver: 'pg', url: 'postgres://postgres:postgres@localhost:5432/host12' },
    { database: 'mysql', driver: 'mysql2', url: 'mysql://root:root@localhost:3306/host12' },
  ])('keeps accounts in $database when told so', async ({ database, driver, url }) => {
    givenHost();

    const { code, out } = await host.init('--skip-install', '--database', database);

    expect(code).toBe(0);
    expect(out).toContain('DATABASE_URL in .env is a guess');
    expect(variable(host.read('.env'), 'DATABASE_URL')).toBe(url);
    expect(host.read('.env')).not.toContain('DATABASE_FILE');
    expect(host.read('.gitignore')).toBe('.env\n');
    expect(host.read('src/app.module.ts')).toContain(
      `type: '${database}',\n        url: config.getOrThrow<string>('DATABASE_URL'),`,
    );
    expect(host.read('src/app.module.ts')).not.toContain('libsql');
    const { dependencies } = JSON.parse(host.read('package.json')) as { dependencies: Record<string, string> };
    expect(dependencies).toMatchObject({ [driver]: TESTED_RANGES[driver] });
    expect(dependencies).not.toHaveProperty('libsql');
    expect(await host.init('--skip-install')).toEqual(NOTHING_TO_DO);
  });

  it('takes the database that the project has a driver for', async () => {
    givenHost();
    host.write('package.json', host.read('package.json').replace('"rxjs"', '"pg": "^8.11.0",\n    "rxjs"'));

    await host.init('--skip-install');

    expect(host.read('src/app.module.ts')).toContain("type: 'postgres'");
    expect(host.read('package.json')).toContain('"pg": "^8.11.0"');
  });

  it('makes the .env that a fresh clone lacks', async () => {
    givenHost();
    await host.init('--skip-install');
    const { '.env': first, ...tree } = host.tree();
    rmSync(join(host.directory, '.env'));

    expect(await host.init('--skip-install')).toMatchObject(DONE);

    const { '.env': second, ...others } = host.tree();
    expect(others).toEqual(tree);
    expect(variable(second!, 'AUTH_SECRET')).not.toBe(variable(first!, 'AUTH_SECRET'));
    expect(variable(second!, 'DATABASE_FILE')).toBe(variable(first!, 'DATABASE_FILE'));
  });

  it('adds ranges that our own suites run with', () => {
    givenHost();
    const { devDependencies } = JSON.parse(readFileSync(resolve('package.json'), 'utf8')) as { devDependencies: object };

    expect(devDependencies).toMatchObject(TESTED_RANGES);
  });
});

describe('init, in a project with things of its own', () => {
  it('keeps every value of .env, and fills the secret that is left empty', async () => {
    givenHost('nest12-esm', {
      '.env': '# mine\r\nAUTH_BASE_URL=https://app.example.com\r\nAUTH_SECRET=\r\nexport DATABASE_FILE=/data/app.sqlite',
      '.gitignore': '/node_modules\n/dist\n.env\n',
    });

    await host.init('--skip-install');

    const secret = variable(host.read('.env').replaceAll('\r', ''), 'AUTH_SECRET');
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(host.read('.env')).toBe(
      `# mine\r\nAUTH_BASE_URL=https://app.example.com\r\nAUTH_SECRET=${secret}\r\nexport DATABASE_FILE=/data/app.sqlite`,
    );
    expect(host.read('.gitignore')).toBe('/node_modules\n/dist\n.env\n\n.data/\n');
  });

  it('shows nothing of what .env holds', async () => {
    givenHost('nest12-esm', { '.env': 'OTHER=s3cret\nAUTH_SECRET= # to do\nMORE=s3cret' });

    const { out } = await host.init('--skip-install', '--dry-run');

    expect(out).toContain('- AUTH_SECRET= # to do\n  + AUTH_SECRET=<a fresh secret> # to do\n');
    expect(out).not.toContain('s3cret');
  });

  it('imports the driver as the compiler of the project wants it', async () => {
    givenHost('nest11-cjs', { 'tsconfig.json': '{ "compilerOptions": { "module": "commonjs", "esModuleInterop": false } }' });

    await host.init('--skip-install');

    expect(host.read('src/app.module.ts')).toContain("import * as libsql from 'libsql';");
  });

  it('leaves a secret that is there, even one that boot will refuse', async () => {
    givenHost('nest12-esm', { '.env': 'AUTH_SECRET="changeme"\n' });

    await host.init('--skip-install');

    expect(host.read('.env')).toMatch(/^AUTH_SECRET="changeme"\n\n# /);
    expect(host.read('.env').match(/AUTH_SECRET/g)).toHaveLength(1);
  });

  it('warns of a repository that wants .env', async () => {
    givenHost('nest12-esm', { '.gitignore': '*\n!.env\n' });

    expect((await host.init('--skip-install')).out).toContain('.gitignore wants .env in the repository');
  });

  it('writes as the file is written: quotes, semicolons, tabs and line ends', async () => {
    givenHost();
    const lines = [
      'import { Module } from "@nestjs/common"',
      'import { AppController } from "./app.controller.js"',
      '',
      '@Module({',
      '\tcontrollers: [AppController],',
      '})',
      'export class AppModule {}',
      '',
    ];
    host.write('src/app.module.ts', lines.join('\r\n'));

    await host.init('--skip-install');

    const text = host.read('src/app.module.ts');
    expect(text.split('\r\n').slice(0, 12)).toEqual([
      'import { Module } from "@nestjs/common"',
      'import { ConfigModule, ConfigService } from "@nestjs/config"',
      'import { TypeOrmModule } from "@nestjs/typeorm"',
      'import libsql from "libsql"',
      'import { AuthModule } from "nestjs-latchkey"',
      'import { authMigrations } from "nestjs-latchkey/typeorm"',
      'import { AppController } from "./app.controller.js"',
      '',
      '@Module({',
      '\timports: [',
      '\t\tConfigModule.forRoot(),',
      '\t\tTypeOrmModule.forRootAsync({',
    ]);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n']/);
    expect(text).toContain('\t\t\t\ttype: "better-sqlite3",\r\n');
    expect(await host.init('--skip-install')).toEqual(NOTHING_TO_DO);
  });

  it.each([
    ['one line', '[UsersModule, CatsModule.register({ a: 1 })]'],
    ['a trailing comma', '[\n    UsersModule, // people\n    CatsModule.register({ a: 1 }),\n  ]'],
    ['a comment', '[/* people */ UsersModule, CatsModule.register({ a: 1 })]'],
    ['a spread', '[...others, UsersModule, CatsModule.register({ a: 1 })]'],
  ])('puts its modules before those that are there: %s', async (_, imports) => {
    const head = "import { CatsModule, others, UsersModule } from './modules.js';\n";
    givenHost('nest12-esm', { 'src/app.module.ts': moduleWith(imports, head) });

    expect(await host.init('--skip-install')).toMatchObject(DONE);

    const text = host.read('src/app.module.ts');
    const names = importsOf(text).map((one) => /^(?:\.\.\.)?\w+/.exec(one)![0]);
    const theirs = imports.includes('...') ? ['...others', 'UsersModule', 'CatsModule'] : ['UsersModule', 'CatsModule'];
    expect(names).toEqual(['ConfigModule', 'TypeOrmModule', 'AuthModule', ...theirs]);
    if (imports.includes('people')) expect(text).toContain('people');
  });

  it('takes other names where its own are taken', async () => {
    const head = "import { AuthModule } from './auth/auth.module.js';\nimport { ConfigService } from './config.service.js';\n";
    givenHost('nest12-esm', { 'src/app.module.ts': moduleWith('[AuthModule]', head) });

    expect(await host.init('--skip-install')).toMatchObject(DONE);

    const text = host.read('src/app.module.ts');
    expect(text).toContain("import { AuthModule as LatchkeyAuthModule } from 'nestjs-latchkey';");
    expect(text).toContain("import { ConfigModule, ConfigService as NestConfigService } from '@nestjs/config';");
    expect(text).toContain('useFactory: (config: NestConfigService) => ({');
    expect(importsOf(text).at(-1)).toBe('AuthModule');
    expect(await host.init('--skip-install')).toEqual(NOTHING_TO_DO);
  });

  it('keeps a ConfigModule that is there, and says when it reads other files', async () => {
    const head = "import { ConfigModule } from '@nestjs/config';\n";
    givenHost('nest12-esm', {
      'src/app.module.ts': moduleWith("[ConfigModule.forRoot({ isGlobal: true, envFilePath: '.env.local' })]", head),
    });

    const { out } = await host.init('--skip-install');

    const text = host.read('src/app.module.ts');
    expect(text).toContain("import { ConfigModule, ConfigService } from '@nestjs/config';");
    expect(text.match(/ConfigModule\.forRoot/g)).toHaveLength(1);
    expect(out).toContain('reads the environment from elsewhere than .env');
  });

  it('finds the root module that main.ts starts', async () => {
    givenHost('nest12-esm', {
      'nest-cli.json': '{ "sourceRoot": "apps/shop/src", "entryFile": "index" }',
      'apps/shop/src/index.ts':
        "import { NestFactory } from '@nestjs/core';\nimport { ShopModule as Root } from './shop.module.js';\nawait NestFactory.create(Root, {});\n",
      'apps/shop/src/shop.module.ts':
        "import { Module } from '@nestjs/common';\n\n@Module({})\nclass Other {}\n\n@Module({ imports: [Other] })\nexport class ShopModule {}\n",
    });
    rmSync(join(host.directory, 'src'), { recursive: true });

    expect(await host.init('--skip-install')).toMatchObject(DONE);

    const text = host.read('apps/shop/src/shop.module.ts');
    expect(text).toContain('@Module({})\nclass Other {}');
    expect(importsOf(text).map((one) => /^\w+/.exec(one)![0])).toEqual(['ConfigModule', 'TypeOrmModule', 'AuthModule', 'Other']);
  });

  it('patches the module that it is told to', async () => {
    givenHost('nest12-esm', {
      'src/other.module.ts': "import { Module } from '@nestjs/common';\n@Module({})\nexport class OtherModule {}\n",
    });
    const before = host.read('src/app.module.ts');

    await host.init('--skip-install', '--module', 'src/other.module.ts');

    expect(importsOf(host.read('src/other.module.ts'))).toHaveLength(3);
    expect(host.read('src/app.module.ts')).toBe(before);
  });

  it('sees authentication that is there, in whatever file', async () => {
    givenHost('nest12-esm', {
      'src/security.module.ts':
        "import { AuthModule } from 'nestjs-latchkey';\nexport const security = AuthModule.forRoot({ secret: process.env.AUTH_SECRET!, baseUrl: '' });\n",
    });
    const before = host.read('src/app.module.ts');

    await host.init('--skip-install');

    expect(host.read('src/app.module.ts')).toBe(before);
    expect(host.read('.env')).toMatch(/AUTH_SECRET=[\w-]{43}\n$/);
    expect(host.read('.env')).not.toContain('AUTH_BASE_URL');
    expect(host.read('package.json')).not.toMatch(/typeorm|@nestjs\/config/);
  });
});

describe('init, in a project with a data source', () => {
  const TYPEORM = "import { TypeOrmModule } from '@nestjs/typeorm';\n";

  it.each([
    {
      title: 'without migrations',
      imports: "[\n    TypeOrmModule.forRoot({\n      type: 'postgres',\n      url: process.env.DB,\n    }),\n  ]",
      expected:
        'url: process.env.DB,\n      autoLoadEntities: true,\n      migrations: authMigrations,\n      migrationsRun: true,\n    }),',
      note: false,
    },
    {
      title: 'with migrations of its own',
      imports: "[TypeOrmModule.forRoot({ type: 'mysql', autoLoadEntities: true, migrations: [Users1], entities: [] })]",
      expected: "{ type: 'mysql', autoLoadEntities: true, migrations: [...authMigrations, Users1], entities: [] }",
      note: true,
    },
    {
      title: 'made by a factory',
      imports:
        "[TypeOrmModule.forRootAsync({ useFactory: () => ({ type: 'mysql', migrations: [], migrationsRun: true }) as Options })]",
      expected: "{ type: 'mysql', migrations: [...authMigrations], migrationsRun: true, autoLoadEntities: true }",
      note: false,
    },
    {
      title: 'made by a factory with a body',
      imports: "[TypeOrmModule.forRootAsync({ async useFactory() {\n    return { type: 'mysql' };\n  } })]",
      expected: "{ type: 'mysql', autoLoadEntities: true, migrations: authMigrations, migrationsRun: true }",
      note: false,
    },
  ])('adds its tables to one $title', async ({ imports, expected, note }) => {
    givenHost('nest12-esm', { 'src/app.module.ts': moduleWith(imports, TYPEORM) });

    const { code, out } = await host.init('--skip-install');

    expect(code, out).toBe(0);
    const text = host.read('src/app.module.ts');
    expect(text).toContain(expected);
    expect(text.match(/TypeOrmModule\.forRoot/g)).toHaveLength(1);
    expect(text).toContain('AuthModule.forRootAsync');
    expect(out.includes('run them as you run yours')).toBe(note);
    expect(host.read('.env')).not.toContain('DATABASE');
    expect(host.read('package.json')).not.toContain('libsql');
    expect(await host.init('--skip-install')).toEqual(NOTHING_TO_DO);
  });

  it('finds it in a file of its own', async () => {
    givenHost('nest12-esm', {
      'src/database.module.ts': `${TYPEORM}export const database = TypeOrmModule.forRoot({ type: 'postgres' });\n`,
      'test/app.e2e-spec.ts': `${TYPEORM}export const another = TypeOrmModule.forRoot({ type: 'postgres' });\n`,
    });

    expect(await host.init('--skip-install')).toMatchObject(DONE);

    expect(host.read('src/database.module.ts')).toContain("import { authMigrations } from 'nestjs-latchkey/typeorm';");
    expect(host.read('src/database.module.ts')).toContain("{ type: 'postgres', autoLoadEntities: true, migrations: authMigrations");
    expect(importsOf(host.read('src/app.module.ts')).map((one) => /^\w+/.exec(one)![0])).toEqual(['ConfigModule', 'AuthModule']);
    expect(host.read('test/app.e2e-spec.ts')).not.toContain('authMigrations');
  });

  it.each([
    ['its options are elsewhere', '[TypeOrmModule.forRoot(options)]', 'whose options are no object literal'],
    ['its options are partly elsewhere', '[TypeOrmModule.forRoot({ ...options })]', 'whose options are partly elsewhere'],
    ['its migrations are elsewhere', '[TypeOrmModule.forRoot({ migrations })]', 'whose migrations are no array literal'],
    ['it wants no entities of others', '[TypeOrmModule.forRoot({ autoLoadEntities: false })]', 'with autoLoadEntities: false'],
    ['it is of another kind', "[TypeOrmModule.forRoot({ type: 'mssql' })]", 'of a kind that we do not support \\(mssql\\)'],
    ['there are two', '[TypeOrmModule.forRoot({}), TypeOrmModule.forRoot({ name: "b" })]', 'makes a second data source'],
  ])('leaves the code to you if %s', async (_, imports, reason) => {
    givenHost('nest12-esm', { 'src/app.module.ts': moduleWith(imports, TYPEORM) });
    const before = host.read('src/app.module.ts');

    const { code, out, err } = await host.init('--skip-install');

    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`^src/app\\.module\\.ts .*${reason}: that file is as it was`));
    expect(out).toContain('AuthModule.forRootAsync({');
    expect(out).toContain('migrations: [...authMigrations]');
    expect(out).not.toContain('libsql');
    expect(host.read('src/app.module.ts')).toBe(before);
  });
});

describe('init, where it cannot help', () => {
  it.each([
    ['imports that are made elsewhere', moduleWith('modules'), /^src\/app\.module\.ts has imports that are no array literal: /],
    [
      'options that are made elsewhere',
      "import { Module } from '@nestjs/common';\n@Module(options)\nexport class AppModule {}\n",
      /gives @Module\(\) no object literal: /,
    ],
    ['no module', 'export const AppModule = makeModule();\n', /does not import Module of '@nestjs\/common': /],
    ['code that does not parse', moduleWith('['), /does not parse: /],
  ])('prints the code, and leaves a module with %s as it is', async (_, text, sentence) => {
    givenHost('nest12-esm', { 'src/app.module.ts': text });

    const { code, out, err } = await host.init('--skip-install');

    expect(code).toBe(1);
    expect(err).toMatch(sentence);
    expect(err).toMatch(/that file is as it was, and the code above is left for you to put in$/);
    expect(host.read('src/app.module.ts')).toBe(text);
    expect(host.read('package.json')).toContain('nestjs-latchkey');
    const code_ = out.slice(out.indexOf('import {'));
    expect(importsOf(code_).map((one) => /^\w+/.exec(one)![0])).toEqual(['ConfigModule', 'TypeOrmModule', 'AuthModule']);
    const tree = host.tree();

    expect((await host.init('--skip-install')).code).toBe(1);
    expect(host.tree()).toEqual(tree);

    host.write('src/app.module.ts', code_);
    expect(await host.init('--skip-install')).toEqual(NOTHING_TO_DO);
  });

  it.each<[string, (host: Host) => void, string[], RegExp]>([
    [
      'no project',
      (at) => rmSync(join(at.directory, 'package.json')),
      [],
      /^There is no package\.json here: run this command in .*$/,
    ],
    ['another kind of project', (at) => at.write('package.json', '{}'), [], /^This is no Nest project .*@nestjs\/core.*$/],
    ['a broken package.json', (at) => at.write('package.json', '{'), [], /^package\.json cannot be read: .*$/],
    [
      'packages that are not installed',
      (at) => rmSync(join(at.directory, 'node_modules')),
      [],
      /^The packages .* install them first, e\.g\. with npm install$/,
    ],
    [
      'no root module',
      (at) => rmSync(join(at.directory, 'src'), { recursive: true }),
      [],
      /^The root module is not found .*--module .*$/,
    ],
    ['a module that is not there', () => undefined, ['--module', 'src/none.ts'], /^There is no file src\/none\.ts: .*$/],
    ['a database that it does not know', () => undefined, ['--database', 'oracle'], /oracle.*sqlite, postgres, mysql/],
    [
      'a file that cannot be read',
      (at) => mkdirSync(join(at.directory, '.env')),
      [],
      /^\.env cannot be read .*nothing has been changed$/,
    ],
  ])('says in one sentence what to do about %s, and changes nothing', async (_, spoil, args, sentence) => {
    givenHost();
    spoil(host);
    const tree = host.tree();

    const { code, out, err } = await host.init('--skip-install', ...args);

    expect(err).toMatch(sentence);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(host.tree()).toEqual(tree);
  });

  it('refuses a Nest that is too old', async () => {
    givenHost('nest11-cjs');
    host.write('node_modules/@nestjs/core/package.json', '{ "version": "10.4.0" }');

    expect(await host.init()).toEqual({ code: 1, out: '', err: 'This project has Nest 10: nestjs-latchkey needs Nest 11 or 12' });
  });

  it('says so when the compiler has no API', async () => {
    givenHost('nest11-cjs');
    rmSync(join(host.directory, 'node_modules/typescript'));
    host.write('node_modules/typescript/package.json', '{ "version": "7.0.2", "main": "index.js" }');
    host.write('node_modules/typescript/index.js', 'exports.version = "7.0.2";');

    expect((await host.init()).err).toBe(
      'No TypeScript with a compiler API is installed here: run npm install --save-dev typescript@6 first',
    );
  });

  it('takes the compiler of the Nest command line then', async () => {
    givenHost('nest11-cjs');
    rmSync(join(host.directory, 'node_modules/typescript'));
    host.write('node_modules/@nestjs/cli/package.json', '{ "main": "index.js" }');
    host.write('node_modules/@nestjs/cli/index.js', '');
    mkdirSync(join(host.directory, 'node_modules/@nestjs/cli/node_modules'));
    symlinkSync(resolve('node_modules/typescript'), join(host.directory, 'node_modules/@nestjs/cli/node_modules/typescript'));

    expect(await host.init('--skip-install')).toMatchObject(DONE);
  });

  it('brings every file back when one of them cannot be written', async () => {
    givenHost('nest12-esm', { '.env': 'MINE=1\n' });
    // In the way of the last file.
    mkdirSync(join(host.directory, `src/app.module.ts.${process.pid}.tmp`, 'x'), { recursive: true });
    const tree = host.tree();

    const { code, out, err } = await host.init('--skip-install');

    expect(err).toMatch(/^src\/app\.module\.ts cannot be written .*; nothing has been changed$/);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(host.tree()).toEqual(tree);
  });
});

describe('init and the package manager', () => {
  it.each([
    ['npm', {}],
    ['npm', { 'package-lock.json': '{}' }],
    ['pnpm', { 'pnpm-lock.yaml': '' }],
    ['yarn', { 'yarn.lock': '' }],
    ['bun', { 'bun.lock': '' }],
  ])('installs with %s', async (manager, files) => {
    givenHost('nest11-cjs', files);
    host.program(manager, 'echo "$@" > called; echo progress; cat package.json > seen');

    const { code, out, err } = await host.init();

    expect({ code, err }).toEqual({ code: 0, err: `Running ${manager} install\nprogress` });
    expect(out).toMatch(/^Changed package\.json\n/);
    expect(host.read('called')).toBe('install\n');
    expect(host.read('seen')).toContain('nestjs-latchkey');
  });

  it('believes packageManager of package.json first', async () => {
    givenHost('nest11-cjs', { 'package-lock.json': '{}' });
    host.write('package.json', host.read('package.json').replace('{', '{\n  "packageManager": "pnpm@10.1.0",'));

    expect((await host.init('--dry-run')).out).toMatch(/^Would run pnpm install$/m);
  });

  it('brings every file back when the installation fails', async () => {
    givenHost('nest11-cjs', { 'package-lock.json': '{}', '.env': 'MINE=1\n' });
    host.program('npm', 'echo broken > package-lock.json; echo "no network" >&2; exit 7');
    const tree = host.tree();

    const { code, out, err } = await host.init();

    expect(err).toBe('Running npm install\nno network\nnpm install failed, so every file is as it was; its reason stands above');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(host.tree()).toEqual(tree);
  });

  it('says so when there is none', async () => {
    givenHost('nest11-cjs');
    host.write('package.json', host.read('package.json').replace('{', '{\n  "packageManager": "bun@1.0.0",'));
    const tree = host.tree();

    expect(await host.init()).toMatchObject({ code: 1, err: expect.stringMatching(/bun install failed/) as string });
    expect(host.tree()).toEqual(tree);
  });

  it('installs what package.json has and nobody has installed', async () => {
    givenHost('nest11-cjs');
    await host.init('--skip-install');
    const tree = host.tree();
    host.program('npm', 'exit 0');

    expect(await host.init()).toMatchObject({ code: 0, err: 'Running npm install' });
    expect(host.tree()).toEqual(tree);
  });
});

/** The elements of `imports` of a file's last module. */
function importsOf(text: string): string[] {
  const file = ts.createSourceFile('module.ts', text, ts.ScriptTarget.Latest, true);
  const lists: string[][] = [];
  const visit = (node: ts.Node): void => {
    const isImports =
      ts.isPropertyAssignment(node) && node.name.getText() === 'imports' && ts.isDecorator(node.parent.parent.parent);
    if (isImports) lists.push((node.initializer as ts.ArrayLiteralExpression).elements.map((element) => element.getText()));
    node.forEachChild(visit);
  };
  visit(file);
  return lists.at(-1)!;
}
