// The application of the experiments: accounts on a real database with the rooms that send mail, limits in force but far away, and whatever
// faults are asked for. Settings: http ('express' or 'fastify'), database, secret, required (confirmation), hashCost, smtp (port, or null for
// mail that goes nowhere), faults (names of files in prove/faults, each
// with the providers that replace the library's own).
import { Controller, Get, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import foreignBcrypt from 'bcrypt';
import { AccountsService, AuthModule, bcrypt, Outbox, PasswordHasher, Public, UserRepository } from 'nestjs-latchkey';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { RolesModule } from 'nestjs-latchkey/roles';
import { authMigrations } from 'nestjs-latchkey/typeorm';
import { portOf, serve, settings, start } from '../../bench/servers/application.mjs';
import { dataSourceOptions } from '../../bench/servers/data-source.mjs';
import { decorateClass, decorateMethod } from '../../bench/servers/decorate.mjs';
import { FAR_LIMITS } from '../lib/far-limits.mjs';
import { faultOverrides, mailTo } from './parts.mjs';

const WEAK_COST = 6;

class OpenController {
  open() {
    return { open: true };
  }
}
decorateMethod(OpenController, 'open', [Get(), Public()]);
decorateClass(OpenController, [Controller('open')]);

class ProvedModule {}
decorateClass(ProvedModule, [
  Module({
    imports: [
      TypeOrmModule.forRoot({ ...(await dataSourceOptions(settings.database)), migrations: authMigrations }),
      AuthModule.forRoot({
        secret: settings.secret,
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        hasher: bcrypt({ cost: settings.hashCost }),
        mail: mailTo(settings.smtp),
        ...FAR_LIMITS,
        lockout: { maxFailures: 100, hardStop: 100 },
        overrides: faultOverrides,
      }),
      EmailConfirmationModule.forRoot({ required: settings.required }),
      PasswordResetModule.forRoot(),
      MagicLinkModule.forRoot(),
      RolesModule.forRoot({ roles: { member: [] }, defaultRole: 'member' }),
    ],
    controllers: [OpenController],
  }),
]);

const app = await start(ProvedModule);
const resolve = (token) => app.get(token, { strict: false });

/** Accounts of one kind, which share one hash, so that making them costs nothing. */
async function makeAccounts({ emails, password, kind }) {
  const repository = resolve(UserRepository);
  const accounts = resolve(AccountsService);
  const passwordHash = await hashFor(kind, password);
  const createdAt = new Date();
  const emailConfirmedAt = kind === 'unconfirmed' ? null : createdAt;
  for (const email of emails) {
    const user = await repository.insert({ email, passwordHash, emailConfirmedAt, createdAt, profile: {} });
    if (kind === 'locked') await accounts.lock(String(user.id));
    if (kind === 'disabled') await accounts.disable(String(user.id));
  }
  return emails.length;
}

function hashFor(kind, password) {
  if (kind === 'passwordless') return null;
  if (kind === 'weak') return foreignBcrypt.hash(password, WEAK_COST);
  return resolve(PasswordHasher).hash(password);
}

serve({ port: portOf(app) }, { makeAccounts, backlog: () => resolve(Outbox).backlog() });
