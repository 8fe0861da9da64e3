// better-auth with its community integration for Nest, on PostgreSQL: e-mail and password, tokens by its bearer plugin.
import { AllowAnonymous, AuthModule } from '@thallesp/nestjs-better-auth';
import bcrypt from 'bcrypt';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { bearer } from 'better-auth/plugins/bearer';
import { Module } from '@nestjs/common';
import pg from 'pg';
import { portOf, serve, settings, start } from './application.mjs';
import { decorateClass } from './decorate.mjs';
import { measuredController } from './routes.mjs';
import { statementAnswers } from './statements.mjs';

/** Its own scrypt unless a cost is set. */
const bcryptPasswords = (cost) => ({
  password: { hash: (password) => bcrypt.hash(password, cost), verify: ({ hash, password }) => bcrypt.compare(password, hash) },
});

const pool = new pg.Pool({ connectionString: settings.database.url });
const auth = betterAuth({
  database: pool,
  secret: settings.secret,
  baseURL: 'http://localhost:3000',
  emailAndPassword: { enabled: true, ...(settings.cost ? bcryptPasswords(settings.cost) : {}) },
  plugins: [bearer()],
  // What its pages on performance and on its adapters recommend.
  ...(settings.tuned ? { session: { cookieCache: { enabled: true, maxAge: 300 } }, advanced: { database: { joins: true } } } : {}),
  // All clients have one address.
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
});
await (await getMigrations(auth.options)).runMigrations();

class BetterAuthModule {}
decorateClass(BetterAuthModule, [
  Module({
    imports: [AuthModule.forRoot({ auth })],
    controllers: [measuredController('measured'), measuredController('open', [AllowAnonymous()])],
  }),
]);

const app = await start(BetterAuthModule, { bodyParser: false });

/** Accounts that nobody is signed in to. */
async function users({ count, password }) {
  const emails = Array.from({ length: count }, (_, index) => `user${index}@example.com`);
  for (const email of emails) await auth.api.signUpEmail({ body: { email, password, name: 'User' } });
  await pool.query('DELETE FROM session');
  return emails;
}

serve({ port: portOf(app) }, { users, ...statementAnswers });
