// The application whose credentials are attacked: every way to get one, the library's own defaults but for what the experiment sets.
// Settings: http ('express' or 'fastify'), database, secret, smtp (port, or null for mail that goes nowhere), redis (`{ url, prefix }`, or null
// for memory), options (of AuthModule), faults (names of files in prove/faults).
import { Controller, Get, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsService, AuthModule, bcrypt, PasswordHasher, Roles, UserRepository } from 'nestjs-latchkey';
import { EmailChangeModule } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { InvitationModule } from 'nestjs-latchkey/invitation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { RedisCache } from 'nestjs-latchkey/redis';
import { RolesModule, RolesService } from 'nestjs-latchkey/roles';
import { authMigrations } from 'nestjs-latchkey/typeorm';
import { portOf, serve, settings, start } from '../../bench/servers/application.mjs';
import { dataSourceOptions } from '../../bench/servers/data-source.mjs';
import { decorateClass, decorateMethod } from '../../bench/servers/decorate.mjs';
import { faultOverrides, mailTo } from './parts.mjs';

class StaffController {
  open() {
    return { staff: true };
  }
}
decorateMethod(StaffController, 'open', [Get(), Roles('staff')]);
decorateClass(StaffController, [Controller('staff')]);

class AttackedModule {}
decorateClass(AttackedModule, [
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
        ...(settings.redis === null ? {} : { cache: RedisCache.forRoot(settings.redis) }),
        mail: mailTo(settings.smtp),
        ...settings.options,
        overrides: faultOverrides,
      }),
      EmailConfirmationModule.forRoot(),
      PasswordResetModule.forRoot(),
      EmailChangeModule.forRoot(),
      MagicLinkModule.forRoot(),
      InvitationModule.forRoot(),
      RolesModule.forRoot({ roles: { member: [], staff: [] }, defaultRole: 'member' }),
    ],
    controllers: [StaffController],
  }),
]);

const app = await start(AttackedModule);
const resolve = (token) => app.get(token, { strict: false });

// Every hash that is computed to look at a password, whether or not there is an account.
let looks = 0;
const hasher = resolve(PasswordHasher);
for (const name of ['verify', 'equalise']) {
  const act = hasher[name];
  hasher[name] = function (...args) {
    looks++;
    return act.apply(this, args);
  };
}

/** Accounts that share one hash, so that making them costs nothing. */
async function makeAccounts({ emails, password }) {
  const passwordHash = await hasher.hash(password);
  const createdAt = new Date();
  const ids = [];
  for (const email of emails) {
    const user = await resolve(UserRepository).insert({ email, passwordHash, emailConfirmedAt: createdAt, createdAt, profile: {} });
    ids.push(String(user.id));
  }
  return ids;
}

serve(
  { port: portOf(app) },
  {
    makeAccounts,
    looks: () => looks,
    disable: (userId) => resolve(AccountsService).disable(userId),
    grant: (userId) => resolve(RolesService).grant(userId, 'staff'),
    ungrant: (userId) => resolve(RolesService).revoke(userId, 'staff'),
  },
);
