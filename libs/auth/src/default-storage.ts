import type { DynamicModule } from '@nestjs/common';
import { AuthConfigurationError } from './core/errors/auth-configuration.error.js';

/**
 * The storage of a host that names none. TypeORM is an optional package, so it is loaded only here.
 * Nest awaits a module before it reads what its importer exports: the class joins `exports` in between.
 *
 * @param exports the list that `AuthModule` exports
 */
export function defaultStorage(exports: NonNullable<DynamicModule['exports']>): Promise<DynamicModule> {
  const storage = import('./adapters/typeorm/typeorm-storage.module.js').then(
    ({ TypeOrmStorage }) => {
      exports.push(TypeOrmStorage);
      return TypeOrmStorage.forRoot();
    },
    (cause: unknown) => {
      if (!isMissingPackage(cause)) throw cause;
      throw new AuthConfigurationError([
        {
          option: 'storage',
          problem: 'is not given, and the packages of the default storage are not installed.',
          remedy: 'Run npm install @nestjs/typeorm typeorm, or pass a module that exports the storage ports.',
        },
      ]);
    },
  );
  // Nest awaits it later; until then a failure must not count as unhandled.
  storage.catch(() => undefined);
  return storage;
}

/** Both module systems: `import()` and the `require` that the CommonJS build makes of it. */
const isMissingPackage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND');
