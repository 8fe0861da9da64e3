import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import { Controller, Get, Global, type LoggerService, Module } from '@nestjs/common';
import {
  argon2id,
  AuthConfigurationError,
  bcrypt,
  Checklist,
  judgeOptions,
  KeyProvider,
  MemoryCache,
  pbkdf2,
  Roles,
  scrypt,
  type SigningKeyPair,
  StaticKeyProvider,
  StorageInspector,
  StoreUnavailableException,
} from 'nestjs-latchkey';
import { CacheManagerCache } from 'nestjs-latchkey/cache-manager';
import { ConsoleMail, SmtpMail, WebhookMail } from 'nestjs-latchkey/mail';
import { NoticesModule } from 'nestjs-latchkey/notices';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { RedisCache } from 'nestjs-latchkey/redis';
import { RolesModule } from 'nestjs-latchkey/roles';
import { LatchkeyUser, TypeOrmStorage } from 'nestjs-latchkey/typeorm';
import { Column, Entity, type MigrationInterface, type QueryRunner } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BOOT_MODE } from '../libs/auth/src/checklist/boot-mode.js';
import { type AuthApp, type AuthAppOptions, PRODUCTION, SECRET, startAuthApp } from './auth-app.js';
import { RedisServer } from './cache/redis-server.js';
import { SilentServer } from './mail/smtp-sink.js';

const STRONG = 'mB5kQ1nV8xR4tZ7wL2pJ9sD3fG6hY0cAuEiO-x';
const MODERN = generateKeyPairSync('ed25519');
const OTHER = generateKeyPairSync('ed25519');

class GivenPairs extends KeyProvider {
  constructor(
    private readonly pairs: readonly Partial<SigningKeyPair>[],
    override readonly isEphemeral = false,
  ) {
    super();
  }

  override keyPairs(): Promise<readonly SigningKeyPair[]> {
    return Promise.resolve(this.pairs.map((pair) => ({ algorithm: 'EdDSA', ...pair })) as SigningKeyPair[]);
  }
}

const signedWith = (keys: KeyProvider, algorithm: 'EdDSA' | 'RS256' = 'EdDSA'): AuthAppOptions => ({ tokens: { algorithm, keys } });
const shortRsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

@Controller()
class AdminController {
  @Roles('amdin')
  @Get('admin')
  admin() {
    return {};
  }
}

@Entity('planned_customers')
class PlannedCustomer extends LatchkeyUser {
  @Column({ type: 'varchar', length: 20 })
  plan: string;
}

class CreatePlannedCustomers1799000000000 implements MigrationInterface {
  name = 'CreatePlannedCustomers1799000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE planned_customers AS SELECT * FROM auth_user');
    await runner.query('CREATE UNIQUE INDEX planned_customers_email ON planned_customers (email)');
    await runner.query('CREATE UNIQUE INDEX planned_customers_id ON planned_customers (id)');
    await runner.query("ALTER TABLE planned_customers ADD COLUMN plan varchar(20) NOT NULL DEFAULT ''");
    await runner.query('PRAGMA writable_schema = ON');
    await runner.query("UPDATE sqlite_master SET sql = replace(sql, ' DEFAULT ''''', '') WHERE name = 'planned_customers'");
    await runner.query('PRAGMA writable_schema = RESET');
  }
  async down(): Promise<void> {}
}

class DropEmailIndex1799000000001 implements MigrationInterface {
  name = 'DropEmailIndex1799000000001';
  async up(runner: QueryRunner): Promise<void> {
    const { indices } = (await runner.getTable('auth_user'))!;
    await runner.dropIndex('auth_user', indices.find(({ columnNames }) => columnNames.join() === 'email')!.name!);
  }
  async down(): Promise<void> {}
}

let evicting: RedisServer;
beforeAll(async () => {
  evicting = await RedisServer.started('--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru');
});
afterAll(() => evicting?.kill());

type Mistake = [name: string, options: () => AuthAppOptions, ...lines: RegExp[]];

/** One mistake each, in production: what the one message says about it. */
const MISTAKES: Mistake[] = [
  ['a short secret', () => ({ secret: 'kX3vQ9rT7mZ2' }), /^secret: has 12 bytes.*generate-secret \[secret\.too-short\]$/],
  ['a secret that repeats itself', () => ({ secret: 'abc123'.repeat(8) }), /^secret: repeats itself\..*\[secret\.guessable\]$/],
  [
    'a secret of a tutorial',
    () => ({ secret: 'your-super-secret-key-change-me-please' }),
    /^secret: is a placeholder.*\[secret\.placeholder\]$/,
  ],
  [
    "the secret of NestJS's documentation",
    () => ({ secret: 'DO NOT USE THIS VALUE. INSTEAD, CREATE A COMPLEX SECRET AND KEEP IT SAFE OUTSIDE OF THE SOURCE CODE.' }),
    /^secret: is a placeholder/,
  ],
  [
    "the secret of FastAPI's documentation",
    () => ({ secret: '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7' }),
    /^secret: stands in public documentation.*\[secret\.published\]$/,
  ],
  [
    'the pepper for a secret',
    () => ({ passwords: { pepper: SECRET } }),
    /^passwords\.pepper: is the same as secret\..*\[secret\.reused\]$/,
  ],
  ['a weak pepper', () => ({ passwords: { pepper: 'salt and pepper' } }), /^passwords\.pepper: has 15 bytes/],
  [
    "the webhook's secret for a secret",
    () => ({ mail: WebhookMail.forRoot({ url: 'https://mail.example.com', secret: SECRET }) }),
    /^mail\.secret: is the same as secret\./,
  ],
  ['http', () => ({ baseUrl: 'http://app.example.com' }), /^baseUrl: is not https in production.*\[base-url\.insecure\]$/],
  ['http on loopback', () => ({ baseUrl: 'http://localhost:3000' }), /^baseUrl: is not https in production/],
  ['https on loopback', () => ({ baseUrl: 'https://127.0.0.1:3000' }), /^baseUrl: is a loopback address.*\[base-url\.loopback\]$/],
  [
    'SameSite=None without Secure',
    () => ({ baseUrl: 'http://app.example.com', cookie: { sameSite: 'none' } }),
    /^baseUrl: /,
    /^cookie\.sameSite: 'none' needs a Secure cookie.*\[cookie\.insecure-same-site\]$/,
  ],
  [
    'a cookie for somebody else',
    () => ({ cookie: { domain: 'example.net' } }),
    /^cookie\.domain: is example\.net, which app\.example\.com/,
  ],
  [
    'a trusted origin of http',
    () => ({ trustedOrigins: ['http://a.example'] }),
    /^trustedOrigins: http:\/\/a\.example is http or loopback/,
  ],
  ['any trusted origin', () => ({ trustedOrigins: ['*'] }), /^trustedOrigins: "\*" is not an origin/],
  ['a trusted origin with a path', () => ({ trustedOrigins: ['https://a.example/x'] }), /^trustedOrigins: .* is not an origin/],
  [
    'everybody for a proxy',
    () => ({ trustedProxies: ['0.0.0.0/0'] }),
    /^trustedProxies: 0\.0\.0\.0\/0 .*\[trusted-proxies\.everyone\]$/,
  ],
  ['everybody for a proxy, by IPv6', () => ({ trustedProxies: ['::/0'] }), /^trustedProxies: ::\/0 is/],
  [
    'a cache of each process',
    () => ({ cache: MemoryCache }),
    /^cache: is in the memory of this process.*\[cache\.process-local\]$/,
  ],
  [
    "the host's own cache for counters",
    () => ({
      cache: CacheManagerCache.forRoot({ get: async () => undefined, set: async () => undefined, del: async () => undefined }),
    }),
    /^cache: is in the memory of this process/,
  ],
  [
    'a Redis that evicts',
    () => ({ cache: RedisCache.forRoot({ url: evicting.url }) }),
    /^cache: Redis has maxmemory-policy allkeys-lru.*\[cache\.evicts\]$/,
  ],
  ['mail into the log', () => ({ mail: ConsoleMail }), /^mail: is ConsoleMail.*\[mail\.console\]$/],
  [
    'a room that sends mail and no mail',
    () => ({ recordMail: false, rooms: [PasswordResetModule.forRoot()] }),
    /^mail: is not set, and PasswordResetModule sends mail\..*\[mail\.missing\]$/,
  ],
  ['no limits of requests', () => ({ throttle: false }), /^throttle: is off.*\[throttle\.off\]$/],
  ['no limits of failures', () => ({ lockout: false }), /^lockout: is off.*\[lockout\.off\]$/],
  ['no limits of mail', () => ({ mailLimits: false }), /^mailLimits: is off.*\[mail\.limits-off\]$/],
  ['weak bcrypt', () => ({ hasher: bcrypt({ cost: 4 }) }), /^hasher: bcrypt with cost 4 is weak.*\[hasher\.weak\]$/],
  ['weak argon2id', () => ({ hasher: argon2id({ memory: 64, time: 1 }) }), /^hasher: argon2id has less than/],
  ['weak scrypt', () => ({ hasher: scrypt({ N: 1024 }) }), /^hasher: .*\[hasher\.weak\]$/],
  ['weak PBKDF2', () => ({ hasher: pbkdf2({ iterations: 1000 }) }), /^hasher: .*\[hasher\.weak\]$/],
  [
    'access tokens for a day',
    () => ({ tokens: { accessTtl: '1d' } }),
    /^tokens\.accessTtl: is over an hour.*\[tokens\.long-lived\]$/,
  ],
  ['no keys', () => ({ tokens: { algorithm: 'EdDSA' } }), /^tokens\.keys: is missing.*\[keys\.missing\]$/],
  [
    'halves that do not belong together',
    () => signedWith(new GivenPairs([{ privateKey: MODERN.privateKey, publicKey: OTHER.publicKey }])),
    /do not belong together.*\[keys\.mismatched\]$/,
  ],
  [
    'a key that cannot sign',
    () => signedWith(new GivenPairs([{ publicKey: MODERN.publicKey }])),
    /has no private key.*\[keys\.half\]$/,
  ],
  [
    'a key without a public half',
    () => signedWith(new GivenPairs([{ privateKey: MODERN.privateKey }])),
    /no public key.*\[keys\.half\]$/,
  ],
  [
    'a short RSA key',
    () => signedWith(new StaticKeyProvider([shortRsa().privateKey]), 'RS256'),
    /has 2048 bits.*\[keys\.rsa-too-short\]$/,
  ],
  ['keys of this process', () => signedWith(new GivenPairs([MODERN], true)), /^tokens\.keys: are made anew.*\[keys\.ephemeral\]$/],
  [
    'a key that nobody can read',
    () => signedWith(new StaticKeyProvider(['nonsense'])),
    /neither a PEM nor a JWK key.*\[keys\.unfit\]$/,
  ],
  [
    'passwords of 6 characters',
    () => ({ passwords: { minLength: 6 } }),
    /^passwords\.minLength: is 6, less than 8.*\[passwords\.min-length\]$/,
  ],
  [
    'a role that nobody has defined',
    () => ({ controllers: [AdminController], rooms: [RolesModule.forRoot({ roles: { admin: [] } })] }),
    /^AdminController\.admin: asks for the role "amdin".*Did you mean "admin"\? \[roles\.unknown\]$/,
  ],
  [
    'a default role that nobody has defined',
    () => ({ rooms: [RolesModule.forRoot({ roles: { member: [] }, defaultRole: 'membre' })] }),
    /^defaultRole: "membre" is not one of the roles\. Did you mean "member"\?/,
  ],
  [
    'a column that nothing fills',
    () => ({
      database: 'sqlite',
      storage: TypeOrmStorage.forRoot({ userEntity: PlannedCustomer }),
      migrations: [CreatePlannedCustomers1799000000000],
    }),
    /^storage\.userEntity: Column plan is required, and nothing fills it.*\[storage\.unfilled-column\]$/,
  ],
  [
    'migrations that have not run',
    () => ({ database: 'sqlite', typeOrm: { migrationsRun: false } }),
    /^storage: \d of the migrations have not run: CreateAuthSideTables1795000000000.*\[storage\.pending-migrations\]$/,
  ],
  [
    'no unique index on addresses',
    () => ({ database: 'sqlite', migrations: [DropEmailIndex1799000000001] }),
    /^storage: Table auth_user has no unique index on \(email\).*\[storage\.unique-index\]$/,
  ],
  [
    'an acknowledgement of nothing',
    () => ({ acknowledge: ['mail.consol'] }),
    /^acknowledge: "mail\.consol" is no boot rule\. Did you mean "mail\.console"\?/,
  ],
  ['an option of nobody', () => ({ lokout: false }) as AuthAppOptions, /^lokout: is not an option\. Did you mean lockout\?$/],
];

const production = (options: AuthAppOptions): AuthAppOptions => ({ database: 'memory', logger: false, ...PRODUCTION, ...options });

async function linesOf(start: Promise<AuthApp>): Promise<string[]> {
  const error: unknown = await start.then(
    async (app) => app.close(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AuthConfigurationError);
  const [head, ...lines] = (error as Error).message.split('\n');
  expect(head).toBe(`Latchkey is not configured safely (${lines.length}):`);
  expect((error as Error).stack).toBe(`AuthConfigurationError: ${(error as Error).message}`);
  expect((error as Error).message).not.toContain(SECRET);
  return lines.map((line) => line.replace(/^ {2}- /, ''));
}

describe.each([
  ['forRoot', false],
  ['forRootAsync', true],
])('an application in production that is configured by %s', (_, async) => {
  it.each(MISTAKES)('does not start with %s', async (_name, options, ...expected) => {
    const lines = await linesOf(startAuthApp(production({ async, ...options() })));

    expect(lines).toEqual(expected.map((line) => expect.stringMatching(line)));
  });

  it('is told everything at once: a weak secret, http, mail into the log and pending migrations', async () => {
    const start = startAuthApp(
      production({
        async,
        secret: 'short',
        baseUrl: 'http://app.example.com',
        mail: ConsoleMail,
        database: 'sqlite',
        typeOrm: { migrationsRun: false },
      }),
    );

    expect(await linesOf(start)).toEqual([
      expect.stringMatching(/^secret: /),
      expect.stringMatching(/^baseUrl: /),
      expect.stringMatching(/^storage: /),
      expect.stringMatching(/^mail: /),
    ]);
  });

  it('is told of mail that a room wants beside the rest', async () => {
    const rooms = [PasswordResetModule.forRoot(), NoticesModule.forRoot()];

    expect(await linesOf(startAuthApp(production({ async, recordMail: false, throttle: false, rooms })))).toEqual([
      expect.stringMatching(/^throttle: /),
      expect.stringMatching(/^mail: is not set, and NoticesModule sends mail/),
      expect.stringMatching(/^mail: is not set, and PasswordResetModule sends mail/),
    ]);
  });

  it('is told of a mistyped option beside what the others are refused for', async () => {
    const lines = await linesOf(startAuthApp(production({ async, secret: 'short', recentAuth: 'soon' as never })));

    expect(lines).toEqual([expect.stringMatching(/^secret: /), expect.stringMatching(/^recentAuth: /)]);
  });
});

function recorder(): LoggerService & { warnings: string[]; notes: string[] } {
  const [warnings, notes]: string[][] = [[], []];
  return {
    warnings: warnings!,
    notes: notes!,
    log: (message: unknown, context?: unknown) => void (context === 'Latchkey' && notes!.push(String(message))),
    warn: (message: unknown, context?: unknown) => void (context === 'Latchkey' && warnings!.push(String(message))),
    error: () => undefined,
  };
}

describe('an application that starts', () => {
  let app: AuthApp | undefined;
  afterEach(() => app?.close());

  it('is warned once, in one block, of what production would refuse', async () => {
    const logger = recorder();
    app = await startAuthApp({ database: 'memory', environment: 'development', throttle: false, lockout: false, logger });

    expect(logger.warnings).toEqual([
      expect.stringMatching(
        /^To be mended \(3\):\n {2}- hasher: .*\[hasher\.weak\]\n {2}- throttle: .*\n {2}- lockout: .*\[lockout\.off\]$/,
      ),
    ]);
    expect(logger.notes[0]).toMatch(/^Good to know \(3\):\n {2}- passwords\.minLength: is 8/);
  });

  it('lists at every start what was knowingly accepted', async () => {
    const logger = recorder();
    app = await startAuthApp(production({ throttle: false, acknowledge: ['throttle.off'], logger }));

    expect(logger.warnings).toEqual([expect.stringMatching(/^Knowingly accepted \(1\):\n {2}- throttle: .*\[throttle\.off\]$/)]);
  });

  it('may live without Redis, and is told so', async () => {
    const absent = await RedisServer.absent();
    const logger = recorder();
    app = await startAuthApp(production({ cache: RedisCache.forRoot({ url: absent.url }), logger }));

    expect(logger.warnings[0]).toContain('cache: Redis does not answer');
    expect((await app.get(Checklist).run({ connect: true })).items.find(({ id }) => id === 'cache.unreachable')).toMatchObject({
      severity: 'refuse',
      status: 'failed',
    });
  });

  it('may start while its mail server is away, which is told beside the start and when it is asked', async () => {
    const server = createServer((socket) => socket.end('421 not now\r\n'));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as { port: number };
    const mail = SmtpMail.forRoot({ url: `smtp://127.0.0.1:${port}`, from: 'no-reply@example.com' });
    const logger = recorder();
    app = await startAuthApp(production({ mail, logger }));
    await vi.waitFor(() =>
      expect(logger.warnings).toEqual([expect.stringMatching(/^The mail server cannot be used: .*\[mail\.unverified\]$/)]),
    );
    const report = await app.get(Checklist).run({ connect: true });
    server.close();

    expect(report.items.find(({ id }) => id === 'mail.unverified')).toMatchObject({ severity: 'refuse', status: 'failed' });
  });

  it('closes at once while its mail server is still being asked, and says nothing afterwards', async () => {
    const server = await new SilentServer().start();
    const mail = SmtpMail.forRoot({ url: server.url, from: 'no-reply@example.com' });
    const logger = recorder();
    app = await startAuthApp(production({ mail, logger }));
    await vi.waitFor(() => expect(server.connections).toBe(1));
    const begun = performance.now();
    await app.close();
    const took = performance.now() - begun;
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(took).toBeLessThan(2_000);
    expect(logger.warnings).toEqual([]);
  });

  it('can be judged as if it stood in production', async () => {
    app = await startAuthApp({ database: 'sqlite', logger: false });
    const report = await app.get(Checklist).run({ environment: 'production', connect: true });
    const failed = report.items.filter(({ status, severity }) => status === 'failed' && severity === 'refuse');

    expect(failed.map(({ id }) => id)).toEqual(['base-url.insecure', 'hasher.weak', 'throttle.off', 'cache.process-local']);
    expect(report.items.find(({ id }) => id === 'storage.sqlite')).toMatchObject({ status: 'failed', severity: 'warn' });
    expect(report.items.find(({ id }) => id === 'storage.schema')).toMatchObject({ status: 'passed' });
  });

  it('counts the hashes that are not of today', async () => {
    app = await startAuthApp({ database: 'sqlite', logger: false });
    await app.givenUser('ada@example.com');
    const outdated = async () =>
      (await app!.get(Checklist).run({ connect: true })).items.find(({ id }) => id === 'passwords.outdated-hashes')!;
    expect((await outdated()).status).toBe('passed');

    const { DataSource } = await import('typeorm');
    await app.get(DataSource).query(`UPDATE auth_user SET password_hash = '$2b$10$${'a'.repeat(53)}'`);
    expect((await outdated()).findings[0]!.problem).toMatch(/^1 of 1 password hashes/);
  });

  it('tells the rest when the database gives up over counting hashes', async () => {
    app = await startAuthApp({ database: 'sqlite', logger: false });
    app.get(StorageInspector).countHashes = async () => {
      throw new StoreUnavailableException();
    };
    const { items } = await app.get(Checklist).run({ connect: true });

    expect(items.find(({ id }) => id === 'passwords.outdated-hashes')).toMatchObject({ status: 'unknown' });
    expect(items.find(({ id }) => id === 'storage.schema')).toMatchObject({ status: 'passed' });
  });
});

describe('an application that is only asked', () => {
  @Global()
  @Module({ providers: [{ provide: BOOT_MODE, useValue: 'report' }], exports: [BOOT_MODE] })
  class ReportOnly {}

  it('comes up far enough to tell everything, whatever is refused', async () => {
    const app = await startAuthApp(
      production({
        secret: 'short',
        lockout: false,
        tokens: { algorithm: 'EdDSA' },
        recordMail: false,
        rooms: [ReportOnly, PasswordResetModule.forRoot()],
      }),
    );
    try {
      const { items } = await app.get(Checklist).run({ connect: true });

      expect(items.filter(({ severity, status }) => severity === 'refuse' && status === 'failed').map(({ id }) => id)).toEqual([
        'secret.too-short',
        'keys.missing',
        'lockout.off',
        'mail.missing',
      ]);
    } finally {
      await app.close();
    }
  });
});

describe('options alone', () => {
  it('are judged without an application', async () => {
    const report = await judgeOptions({
      secret: STRONG,
      baseUrl: 'https://app.example.com',
      lockout: false,
      environment: 'production',
    });

    expect(report.items.filter(({ status }) => status === 'failed').map(({ id }) => id)).toEqual([
      'passwords.single-factor-length',
      'passwords.breach-check-off',
      'lockout.off',
    ]);
    expect(report.items.find(({ id }) => id === 'storage.schema')).toMatchObject({ status: 'skipped' });
  });

  it('that cannot be understood are an item like any other', async () => {
    const report = await judgeOptions({ secret: STRONG, baseUrl: 'nowhere' }, 'production');

    expect(report.items[0]).toMatchObject({ id: 'options.malformed', status: 'failed', findings: [{ option: 'baseUrl' }] });
  });
});
