// The application whose Redis and whose database go away: accounts with the library's own limits and deadlines, routes of a host, and health.
// Settings: http ('express' or 'fastify'), database, secret, redis (`{ url }`, or null for memory), faults (names of files in prove/faults).
import { Controller, Get, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule, bcrypt, PasswordHasher, Public, Roles, UnitOfWork, UserRepository } from 'nestjs-latchkey';
import { AuthHealth, HealthModule } from 'nestjs-latchkey/health';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { RedisCache } from 'nestjs-latchkey/redis';
import { RolesModule, RolesService } from 'nestjs-latchkey/roles';
import { authMigrations } from 'nestjs-latchkey/typeorm';
import { DataSource } from 'typeorm';
import { portOf, serve, settings, start } from '../../bench/servers/application.mjs';
import { dataSourceOptions } from '../../bench/servers/data-source.mjs';
import { decorateClass, decorateMethod } from '../../bench/servers/decorate.mjs';
import { faultOverrides, mailTo } from './parts.mjs';

class HostController {
  open() {
    return { open: true };
  }
  private() {
    return { private: true };
  }
  staff() {
    return { staff: true };
  }
}
decorateMethod(HostController, 'open', [Get('open'), Public()]);
decorateMethod(HostController, 'private', [Get('private')]);
decorateMethod(HostController, 'staff', [Get('staff'), Roles('staff')]);
decorateClass(HostController, [Controller()]);

class OutagesModule {}
decorateClass(OutagesModule, [
  Module({
    imports: [
      TypeOrmModule.forRoot({ ...(await dataSourceOptions(settings.database)), migrations: authMigrations }),
      AuthModule.forRoot({
        secret: settings.secret,
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        // Each request says where it comes from.
        trustedProxies: ['127.0.0.1/32', '::1/128'],
        hasher: bcrypt({ cost: 4 }),
        // Longer than a run.
        tokens: { accessTtl: '1h' },
        sessions: { cookie: { idle: '1h' } },
        ...(settings.redis === null ? {} : { cache: RedisCache.forRoot(settings.redis) }),
        mail: mailTo(null),
        overrides: faultOverrides,
      }),
      PasswordResetModule.forRoot(),
      RolesModule.forRoot({ roles: { member: [], staff: [] }, defaultRole: 'member' }),
      HealthModule.forRoot(),
    ],
    controllers: [HostController],
  }),
]);

/** What a production application would log, kept to be asked for. */
const lines = [];
const keep = (message, ...rest) => void lines.push([message, ...rest].map(String).join(' '));
const ignore = () => undefined;
const logger = { log: ignore, debug: ignore, verbose: ignore, warn: keep, error: keep, fatal: keep };

const app = await start(OutagesModule, { logger });
const resolve = (token) => app.get(token, { strict: false });

/** Accounts that share one hash, so that making them costs nothing. */
async function makeAccounts({ emails, password }) {
  const passwordHash = await resolve(PasswordHasher).hash(password);
  const createdAt = new Date();
  for (const email of emails) {
    const user = await resolve(UserRepository).insert({ email, passwordHash, emailConfirmedAt: createdAt, createdAt, profile: {} });
    await resolve(RolesService).grant(String(user.id), 'staff');
  }
}

/** Statements of the host take every connection of the pool. */
function fillPool() {
  const { limit } = resolve(UnitOfWork).poolUse();
  // They end when somebody cancels them.
  for (let taken = 0; taken < limit; taken++) resolve(DataSource).query('SELECT pg_sleep(3600)').catch(ignore);
  return limit;
}

serve(
  { port: portOf(app) },
  {
    makeAccounts,
    fillPool,
    poolUse: () => resolve(UnitOfWork).poolUse(),
    health: () => resolve(AuthHealth).check(),
    log: () => lines,
  },
);
