import { ConfigurableModuleBuilder, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { bcrypt } from './adapters/hashing/bcrypt.js';
import { ConsoleMailTransport } from './adapters/mail/console-mail.transport.js';
import { MemoryCache } from './adapters/memory-cache/memory-cache.module.js';
import { PASSPORT_OPTIONS, PassportStrategies } from './adapters/passport/passport-strategies.js';
import { AuthGuard } from './core/access/auth.guard.js';
import { NoMail } from './core/mail/no-mail.js';
import { AUTH_OPTIONS, type AuthModuleOptions, type ResolvedAuthOptions } from './core/options/auth.options.js';
import { HASH_ALGORITHM, type HashAlgorithm } from './core/passwords/hash-algorithm.js';
import { Clock } from './core/ports/clock.js';
import { MailTransport } from './core/ports/mail-transport.js';
import { defaultStorage } from './default-storage.js';

/** Decided while the module graph is built, so never part of an asynchronous factory: pass it beside `useFactory`. */
export interface AuthModuleExtras {
  /** Exports the storage ports. @default `TypeOrmStorage.forRoot()` */
  storage?: Type | DynamicModule;
  /** Exports `CacheStore`. @default `MemoryCache` */
  cache?: Type | DynamicModule;
  /** Exports `MailTransport`. @default mail goes to the log outside production, and in production there is none */
  mail?: Type | DynamicModule;
  /** How new passwords are hashed. @default `bcrypt({ cost: 12 })` */
  hasher?: HashAlgorithm;
  /** Guards every route of the host but `@Public()` ones. @default true */
  globalGuard?: boolean;
  /** Registers Passport strategies `<prefix>-jwt` and `<prefix>-local` when `passport` is installed. @default { prefix: 'latchkey' } */
  passport?: { prefix?: string } | false;
  /** Providers that win over the built-in ones. @default [] */
  overrides?: Provider[];
}

const EXTRAS: Required<Omit<AuthModuleExtras, 'storage' | 'mail' | 'hasher'>> &
  Pick<AuthModuleExtras, 'storage' | 'mail' | 'hasher'> = {
  storage: undefined,
  cache: MemoryCache,
  mail: undefined,
  hasher: undefined,
  globalGuard: true,
  passport: { prefix: 'latchkey' },
  overrides: [],
};

const GLOBAL_GUARD: Provider = { provide: APP_GUARD, useExisting: AuthGuard };

/** Of an application that names none: the log, where nobody minds links in it. */
const DEFAULT_MAIL: Provider = {
  provide: MailTransport,
  inject: [AUTH_OPTIONS, Clock],
  useFactory: ({ environment }: ResolvedAuthOptions, clock: Clock) =>
    environment === 'production' ? new NoMail() : new ConsoleMailTransport(environment === 'development', clock),
};

const tokenOf = (provider: Provider) => (typeof provider === 'function' ? provider : provider.provide);

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<AuthModuleOptions>({
  moduleName: 'Auth',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createAuthOptions')
  .setExtras<AuthModuleExtras>(EXTRAS, (definition, extras) => {
    const cache = extras.cache ?? MemoryCache;
    const overrides = extras.overrides ?? [];
    const exports: NonNullable<DynamicModule['exports']> = [cache, extras.mail ?? MailTransport, ...overrides.map(tokenOf)];
    if (extras.storage) exports.push(extras.storage);
    const storage = extras.storage ?? defaultStorage(exports);
    const passport = extras.passport ?? EXTRAS.passport;
    return {
      ...definition,
      global: true,
      imports: [...(definition.imports ?? []), storage, cache, ...(extras.mail === undefined ? [] : [extras.mail])],
      exports,
      providers: [
        ...(definition.providers ?? []),
        ...(extras.mail === undefined ? [DEFAULT_MAIL] : []),
        { provide: HASH_ALGORITHM, useFactory: () => extras.hasher ?? bcrypt() },
        ...(passport === false
          ? []
          : [
              {
                provide: PASSPORT_OPTIONS,
                useValue: { prefix: 'latchkey', ...passport, explicit: extras.passport !== EXTRAS.passport },
              },
              PassportStrategies,
            ]),
        ...(extras.globalGuard === false ? [] : [GLOBAL_GUARD]),
        ...overrides,
      ],
    };
  })
  .build();
