// The application whose keys are changed while it is used. Settings: http ('express' or 'fastify'), database, smtp (port), algorithm, keys
// (`{ secret, jwk, pepper }`, the one that signs first), files (`{ secrets, pairs, refresh, leadTime }`, where a running process learns of other
// keys, or null), accessTtl, faults (names of files in prove/faults).
import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AuthModule,
  bcrypt,
  fileKeys,
  fileSecrets,
  KeyRotation,
  PasswordHasher,
  SecretProvider,
  StaticKeyProvider,
  UserRepository,
} from 'nestjs-latchkey';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { authMigrations } from 'nestjs-latchkey/typeorm';
import { portOf, serve, settings, start } from '../../bench/servers/application.mjs';
import { dataSourceOptions } from '../../bench/servers/data-source.mjs';
import { decorateClass } from '../../bench/servers/decorate.mjs';
import { FAR_LIMITS } from '../lib/far-limits.mjs';
import { faultOverrides, mailTo } from './parts.mjs';

const { keys, files, algorithm } = settings;

function signing() {
  if (algorithm === 'HS256') return {};
  if (files !== null) return { keys: fileKeys(files.pairs, files) };
  return { keys: new StaticKeyProvider(keys.map(({ jwk }) => jwk)) };
}

class RotatingModule {}
decorateClass(RotatingModule, [
  Module({
    imports: [
      TypeOrmModule.forRoot({ ...(await dataSourceOptions(settings.database)), migrations: authMigrations }),
      AuthModule.forRoot({
        secret: keys.map(({ secret }) => secret),
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        hasher: bcrypt({ cost: 4 }),
        passwords: { pepper: keys.map(({ pepper }) => pepper) },
        tokens: { algorithm, accessTtl: settings.accessTtl, ...signing() },
        mail: mailTo(settings.smtp),
        ...FAR_LIMITS,
        overrides: [
          ...(files === null ? [] : [{ provide: SecretProvider, useValue: fileSecrets(files.secrets, files) }]),
          ...faultOverrides,
        ],
      }),
      PasswordResetModule.forRoot(),
    ],
  }),
]);

const app = await start(RotatingModule);
const resolve = (token) => app.get(token, { strict: false });

/** Each with a hash of its own, under the pepper of the day; again where the machine is too busy. */
async function makeAccounts({ emails, password }) {
  for (const email of emails) {
    for (let tries = 0; ; tries++) {
      try {
        if ((await resolve(UserRepository).findByEmail(email)) === null) await makeAccount(email, password);
        break;
      } catch (error) {
        if (tries === 50) throw error;
        await delay(100);
      }
    }
  }
}

async function makeAccount(email, password) {
  const passwordHash = await resolve(PasswordHasher).hash(password);
  const createdAt = new Date();
  await resolve(UserRepository).insert({ email, passwordHash, emailConfirmedAt: createdAt, createdAt, profile: {} });
}

serve({ port: portOf(app) }, { makeAccounts, fingerprints: () => resolve(KeyRotation).fingerprints, close: () => app.close() });
