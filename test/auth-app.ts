import {
  type DynamicModule,
  type INestApplication,
  type LoggerService,
  type LogLevel,
  Module,
  type Provider,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AuthModule,
  type AuthModuleExtras,
  type AuthModuleOptions,
  bcrypt,
  MailTransport,
  MemoryCache,
  OutboxDispatcher,
} from 'nestjs-latchkey';
import { MemoryStorage, RecordingMail } from 'nestjs-latchkey/testing';
import { authMigrations } from 'nestjs-latchkey/typeorm';
import request from 'supertest';
import type { MigrationInterface } from 'typeorm';
import { createDatabase, type DatabaseKind, type SqlTestDatabase } from './support/databases.js';

export const SECRET = 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only';
export const PASSWORD = 'correct horse battery staple';

/** What production asks for, where mail and storage are those of the test. */
export const PRODUCTION = {
  environment: 'production',
  baseUrl: 'https://app.example.com',
  throttle: {},
  hasher: bcrypt({ cost: 10 }),
  cache: MemoryCache.forRoot({ singleInstance: true }),
} as const satisfies Partial<AuthModuleOptions> & AuthModuleExtras;

export interface AuthAppOptions extends Partial<AuthModuleOptions>, AuthModuleExtras {
  database?: DatabaseKind;
  /** Run after the library's own. */
  migrations?: (new () => MigrationInterface)[];
  /** Win over the test's own: a logger, a pool size. */
  typeOrm?: object;
  /** A database that several applications share; who made it drops it. */
  store?: SqlTestDatabase;
  http?: 'express' | 'fastify';
  /** Rooms beside `AuthModule`. */
  rooms?: (Type | DynamicModule)[];
  controllers?: Type[];
  providers?: Provider[];
  async?: boolean;
  /** Whether mail goes to {@link AuthApp.mail} when no transport is given. @default true */
  recordMail?: boolean;
  /** @default errors go to the console */
  logger?: LoggerService | LogLevel[] | false;
  /** Before the application listens: global prefix, pipes, CORS. */
  prepare?: (app: INestApplication) => unknown;
}

/** Lanes of the whole suite; single tests may ask for a particular part. */
export const LANE = {
  database: (process.env['STORAGE'] ?? 'memory') as DatabaseKind,
  http: (process.env['ADAPTER'] ?? 'express') as 'express' | 'fastify',
};

/** A real Nest application with `AuthModule`, spoken to over HTTP in the domain's words. */
export class AuthApp {
  private constructor(
    readonly nest: INestApplication,
    readonly url: string,
    /** What was sent, unless the test has a transport of its own; see {@link deliverMail}. */
    readonly mail: RecordingMail,
    private readonly drop: () => Promise<void>,
  ) {}

  static async start(options: AuthAppOptions = {}): Promise<AuthApp> {
    const {
      database = LANE.database,
      http = LANE.http,
      rooms = [],
      controllers = [],
      providers = [],
      async = false,
      prepare,
      store: shared,
      typeOrm = {},
      logger = ['error', 'fatal'],
      migrations = [],
      recordMail = true,
      ...auth
    } = options;
    const store = shared ?? (await createDatabase(database));
    let nest: INestApplication | undefined;
    const drop = shared === undefined ? () => store.drop() : async () => undefined;
    try {
      const { storage, cache, hasher = bcrypt({ cost: 4 }), globalGuard, passport = false, mail, overrides = [], ...core } = auth;
      const recording = new RecordingMail();
      const extras = {
        storage: storage ?? (store.kind === 'memory' ? MemoryStorage.forRoot() : undefined),
        cache,
        hasher,
        globalGuard,
        passport,
        mail,
        overrides: [...(recordMail && mail === undefined ? [{ provide: MailTransport, useValue: recording }] : []), ...overrides],
      };
      const settings: AuthModuleOptions = {
        secret: SECRET,
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        throttle: false,
        ...core,
      };
      const root = async
        ? AuthModule.forRootAsync({ ...extras, useFactory: async () => settings })
        : AuthModule.forRoot({ ...extras, ...settings });
      @Module({
        imports: [
          ...(store.kind === 'memory'
            ? []
            : [
                TypeOrmModule.forRoot({
                  ...store.typeOrmOptions,
                  autoLoadEntities: true,
                  migrations: [...authMigrations, ...migrations],
                  migrationsRun: true,
                  retryAttempts: 0,
                  ...typeOrm,
                }),
              ]),
          root,
          ...rooms,
        ],
        controllers,
        providers,
      })
      class TestAppModule {}
      const adapter = http === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
      nest = await NestFactory.create(TestAppModule, adapter as ExpressAdapter, {
        logger,
        abortOnError: false,
      });
      await prepare?.(nest);
      await nest.listen(0, '127.0.0.1');
      return new AuthApp(nest, (await nest.getUrl()).replace('[::1]', '127.0.0.1'), recording, drop);
    } catch (error) {
      await nest?.close();
      await drop();
      throw error;
    }
  }

  http() {
    return request(this.url);
  }

  get<T>(token: Type<T> | (abstract new (...args: never[]) => T)): T {
    return this.nest.get(token as Type<T>, { strict: false });
  }

  signUp(email: string, password = PASSWORD, more: object = {}) {
    return this.http()
      .post('/auth/signup')
      .send({ email, password, ...more });
  }

  signIn(email: string, password = PASSWORD, more: object = {}) {
    return this.http()
      .post('/auth/signin')
      .send({ email, password, ...more });
  }

  async givenUser(email: string, password = PASSWORD): Promise<Session> {
    return (await this.signUp(email, password).expect(201)).body as Session;
  }

  me(accessToken: string) {
    return this.http().get('/auth/me').set('Authorization', `Bearer ${accessToken}`);
  }

  refresh(refreshToken: string) {
    return this.http().post('/auth/refresh').send({ refreshToken });
  }

  /** Sends what is in the outbox and due. */
  async deliverMail(): Promise<RecordingMail> {
    await this.get(OutboxDispatcher).drain();
    return this.mail;
  }

  async close(): Promise<void> {
    try {
      await this.nest.close();
    } finally {
      await this.drop();
    }
  }
}

export interface Session {
  user: { id: string | number; email: string; emailConfirmed: boolean; name: string | null; roles: string[]; createdAt: string };
  accessToken: string;
  refreshToken: string;
  tokenType: string;
  expiresIn: number;
}

export const startAuthApp = (options?: AuthAppOptions): Promise<AuthApp> => AuthApp.start(options);
