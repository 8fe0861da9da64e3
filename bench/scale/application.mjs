// The measured application on PostgreSQL: bcrypt at cost 4, so that the hash does not hide the statements. Housekeeping is its own, and told
// to begin by whoever measures.
import { Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import {
  AttemptRepository,
  AuditLog,
  AuthModule,
  bcrypt,
  Housekeeping,
  OneTimeTokenRepository,
  PasswordHasher,
  RevocationLog,
  SessionRepository,
} from 'nestjs-latchkey';
import { AuditModule } from 'nestjs-latchkey/audit';
import { RolesModule } from 'nestjs-latchkey/roles';
import { authMigrations } from 'nestjs-latchkey/typeorm';
import { portOf, serve, settings, start } from '../servers/application.mjs';
import { dataSourceOptions } from '../servers/data-source.mjs';
import { decorateClass } from '../servers/decorate.mjs';
import { measuredController } from '../servers/routes.mjs';
import { sessionOf } from './rows.mjs';

const DAY = 86_400_000;
const BATCH = 200;

/** Statements with their parameters, while somebody wants them. */
let captured = null;
const capturing = {
  logQuery(query, parameters = []) {
    captured?.push({ query, parameters });
  },
  logQueryError() {},
  logQuerySlow() {},
  logSchemaBuild() {},
  logMigration() {},
  log() {},
};

class ScaleModule {}
decorateClass(ScaleModule, [
  Module({
    imports: [
      TypeOrmModule.forRoot({
        ...(await dataSourceOptions(settings.database)),
        migrations: authMigrations,
        logging: ['query'],
        logger: capturing,
      }),
      AuthModule.forRoot({
        secret: settings.secret,
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        hasher: bcrypt({ cost: 4 }),
        // All requests have one source.
        throttle: false,
      }),
      AuditModule.forRoot({ retention: '400d' }),
      RolesModule.forRoot({ roles: { member: [] }, defaultRole: 'member' }),
    ],
    controllers: [measuredController('measured')],
  }),
]);

const app = await start(ScaleModule);
const resolve = (token) => app.get(token, { strict: false });

/** What makes the tokens of sessions is no port. */
const [issuer, tokens] = ['SessionIssuer', 'SessionTokens'].map(
  (name) =>
    [...resolve(ModulesContainer).values()]
      .flatMap(({ providers }) => [...providers.values()])
      .find(({ instance }) => instance?.constructor?.name === name).instance,
);

/** Rules by which attempts are forgotten: none of the rows is stopped. */
const RULES = { hardStop: 100 };
const CLEANING = {
  sessions: (now) => resolve(SessionRepository).deleteExpired(now - DAY, BATCH),
  'audit rows': (now) => resolve(AuditLog).deleteOlder(now - 400 * DAY, BATCH),
  'one-time tokens': (now) => resolve(OneTimeTokenRepository).deleteExpired(now, BATCH),
  attempts: (now) => resolve(AttemptRepository).deleteIdle(now - 30 * DAY, RULES, BATCH),
  revocations: () => resolve(RevocationLog).deleteOlder(DAY / 24, BATCH),
};

serve(
  { port: portOf(app) },
  {
    facts: async ({ password }) => ({
      keyId: tokens.refreshKeyId,
      passwordHash: await resolve(PasswordHasher).hash(password),
    }),
    /** Tokens of sessions that were filled in. */
    credentials: ({ numbers, ...rows }) => numbers.map((number) => issuer.bearer(sessionOf(number, rows), Date.now())),
    /** As {@link Housekeeping} does it, one batch. @returns `{ removed, took }` */
    async cleanBatch({ kind }) {
      const begun = performance.now();
      const removed = await CLEANING[kind](Date.now());
      return { removed, took: performance.now() - begun };
    },
    clean: () => resolve(Housekeeping).run().then(Object.fromEntries),
    capture: () => void (captured = []),
    /** Statements since {@link capture}, each once, and the database's plan for it. */
    async plans() {
      const statements = captured;
      captured = null;
      const source = resolve(getDataSourceToken());
      const byText = new Map();
      for (const { query, parameters } of statements)
        if (/^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(query)) byText.set(query, parameters);
      const plans = [];
      for (const [query, parameters] of byText) {
        const [row] = await source.query(`EXPLAIN (FORMAT JSON) ${query}`, parameters);
        plans.push({ query, plan: row['QUERY PLAN'][0].Plan });
      }
      return plans;
    },
  },
);
