import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import { type DatabaseAddress, databaseAddressOf, dataSourceModuleFor } from '../../adapters/typeorm/database-url.js';
import { AuthModule } from '../../auth.module.js';
import { randomToken } from '../../core/crypto/random.js';
import { NoMail } from '../../core/mail/no-mail.js';
import { MailTransport } from '../../core/ports/mail-transport.js';
import { RolesModule } from '../../features/roles/roles.module.js';
import { CommandError, type Terminal } from '../terminal.js';

/** Where the demo keeps its accounts unless told otherwise; below the working directory. */
const DEMO_FILE = '.data/latchkey.sqlite';

export interface NamedDatabase {
  address: DatabaseAddress;
  /** How messages call it; never the URL, which holds a password. */
  name: string;
}

/** @throws CommandError when no database is named, or a file that is not there (which would be made, and be empty) */
export function databaseOf({ env, cwd }: Terminal): NamedDatabase {
  const url = env['DATABASE_URL'];
  if (url === undefined || url === '') {
    const file = resolve(cwd, DEMO_FILE);
    if (existsSync(file)) return { address: { type: 'sqlite', file }, name: DEMO_FILE };
    throw new CommandError(
      'No database is named: set DATABASE_URL, or name the built module of the application, e.g. --app dist/app.module.js',
    );
  }
  const address = databaseAddressOf(url);
  if (address === null) {
    throw new CommandError('DATABASE_URL has an unknown scheme: use postgres://, mysql://, mariadb:// or sqlite:<path>');
  }
  if (address.type !== 'sqlite') return { address, name: 'DATABASE_URL' };
  const file = resolve(cwd, address.file);
  if (existsSync(file)) return { address: { ...address, file }, name: 'DATABASE_URL' };
  throw new CommandError(`DATABASE_URL names ${file}, which does not exist: start the application once, or mend the path`);
}

class CommandLineModule {}

/**
 * The smallest application on a database with our own tables. Accounts, roles and audit rows depend on no secret, so without `secret` a
 * random one will do; what is keyed (tokens, counters of failed attempts) needs the application's.
 */
export async function ownModule(address: DatabaseAddress, secret: string | undefined): Promise<DynamicModule> {
  return {
    module: CommandLineModule,
    imports: [
      await dataSourceModuleFor(address),
      AuthModule.forRoot({
        secret: secret === undefined || secret === '' ? randomToken() : secret,
        // Nothing is served and no link is made.
        baseUrl: 'http://localhost',
        environment: 'development',
        globalGuard: false,
        passport: false,
        // What waits in the outbox is for the application to send: claimed here, it would reach nobody.
        overrides: [{ provide: MailTransport, useClass: NoMail }],
      }),
      RolesModule.forRoot({ roles: {} }),
    ],
  };
}
