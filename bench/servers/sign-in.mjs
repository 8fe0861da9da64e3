// An application on a real database with everything at its default: bcrypt at cost 12, the gate before it, the audit log behind it.
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule, bcrypt, Clock, Housekeeping, PasswordHasher, Public, UserRepository } from 'nestjs-latchkey';
import { authMigrations } from 'nestjs-latchkey/typeorm';
import { portOf, serve, settings, start } from './application.mjs';
import { dataSourceOptions } from './data-source.mjs';
import { decorateClass } from './decorate.mjs';
import { measuredController } from './routes.mjs';
import { statementAnswers } from './statements.mjs';

/** Counts statements; the revocation log's read every 500 ms belongs to nobody's request. */
const statements = { count: 0, transactions: 0 };
const counter = {
  logQuery(query) {
    if (/^(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)/i.test(query)) statements.transactions++;
    else if (!/^\s*SELECT\b.*\bauth_revocation\b/is.test(query)) statements.count++;
  },
  logQueryError() {},
  logQuerySlow() {},
  logSchemaBuild() {},
  logMigration() {},
  log() {},
};

/** A clock that can be put forward, so that rows expire when a measurement wants them to. */
class AheadClock extends Clock {
  ahead = 0;

  now() {
    return Date.now() + this.ahead;
  }
}
const clock = new AheadClock();

class SignInModule {}
decorateClass(SignInModule, [
  Module({
    imports: [
      TypeOrmModule.forRoot({
        ...(await dataSourceOptions(settings.database)),
        migrations: authMigrations,
        ...(settings.countStatements ? { logging: ['query'], logger: counter } : {}),
      }),
      AuthModule.forRoot({
        secret: settings.secret,
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        hashing: { concurrency: settings.width },
        ...(settings.cost ? { hasher: bcrypt({ cost: settings.cost }) } : {}),
        // All clients have one address, and what is measured is the hash and its gate.
        throttle: false,
        overrides: [{ provide: Clock, useValue: clock }],
      }),
    ],
    controllers: [measuredController('measured'), measuredController('open', [Public()])],
  }),
]);

const app = await start(SignInModule);

/** Accounts that share one hash, so that making them costs nothing. */
async function users({ count, password }) {
  const passwordHash = await app.get(PasswordHasher, { strict: false }).hash(password);
  const repository = app.get(UserRepository, { strict: false });
  const emails = Array.from({ length: count }, (_, index) => `user${index}@example.com`);
  for (const email of emails) {
    await repository.insert({ email, passwordHash, emailConfirmedAt: null, createdAt: new Date(), profile: {} });
  }
  return emails;
}

/** Puts the clock forward. @returns rows removed then, by the name of the task */
const clean = async ({ ahead }) => {
  clock.ahead += ahead;
  return Object.fromEntries(await app.get(Housekeeping, { strict: false }).run());
};

serve({ port: portOf(app) }, { users, clean, statements: () => ({ ...statements }), ...statementAnswers });
