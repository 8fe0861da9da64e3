// The application that is fuzzed: every room, and routes of the host beside them, wired as the demo wires them; it serves its own OpenAPI
// document at /openapi-json. Settings: http ('express' or 'fastify'), database, secret, smtp (port), faults (names of files in prove/faults).
import { Body, ConsoleLogger, Controller, Get, Header, Module, Post } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthCors, AuthModule, bcrypt, Outbox, PasswordHasher, Public, Roles, UserRepository } from 'nestjs-latchkey';
import { AuditModule } from 'nestjs-latchkey/audit';
import { EmailChangeModule } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { HealthModule, LatchkeyHealthIndicator } from 'nestjs-latchkey/health';
import { InvitationModule } from 'nestjs-latchkey/invitation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { AuthMetrics, MetricsModule } from 'nestjs-latchkey/metrics';
import { NoticesModule } from 'nestjs-latchkey/notices';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { RolesModule, RolesService } from 'nestjs-latchkey/roles';
import { authMigrations } from 'nestjs-latchkey/typeorm';
import { portOf, serve, settings, start } from '../../bench/servers/application.mjs';
import { dataSourceOptions } from '../../bench/servers/data-source.mjs';
import { decorateClass, decorateMethod } from '../../bench/servers/decorate.mjs';
import { completed } from '../lib/fuzz/operations.mjs';
import { FAR_LIMITS } from '../lib/far-limits.mjs';
import { faultOverrides, mailTo } from './parts.mjs';

class HostController {
  open() {
    return { open: true };
  }
  whoAmI() {
    return { private: true };
  }
  take(body) {
    return { taken: typeof body };
  }
  admin() {
    return { admin: true };
  }
}
decorateMethod(HostController, 'open', [Get('open'), Public()]);
decorateMethod(HostController, 'whoAmI', [Get('private')]);
Reflect.defineMetadata('design:paramtypes', [Object], HostController.prototype, 'take');
decorateMethod(HostController, 'take', [Post('private')]);
Body()(HostController.prototype, 'take', 0);
decorateMethod(HostController, 'admin', [Get('admin'), Roles('admin')]);
decorateClass(HostController, [Controller()]);

class HealthController {
  constructor(terminus, auth) {
    Object.assign(this, { terminus, auth });
  }
  check() {
    return this.terminus.check([() => this.auth.isHealthy('auth')]);
  }
}
decorateMethod(HealthController, 'check', [Get(), HealthCheck({ swaggerDocumentation: false })]);
decorateClass(HealthController, [Public(), Controller('health')], [HealthCheckService, LatchkeyHealthIndicator]);

class MetricsController {
  constructor(metrics) {
    this.metrics = metrics;
  }
  text() {
    return this.metrics.text();
  }
}
decorateMethod(MetricsController, 'text', [Get(), Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')]);
decorateClass(MetricsController, [Public(), Controller('metrics')], [AuthMetrics]);

class FuzzedModule {}
decorateClass(FuzzedModule, [
  Module({
    imports: [
      TypeOrmModule.forRoot({ ...(await dataSourceOptions(settings.database)), migrations: authMigrations }),
      AuthModule.forRoot({
        secret: settings.secret,
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        hasher: bcrypt({ cost: 4 }),
        // Nobody is turned away for being one of many: 503 stays something that must not happen.
        hashing: { queue: 1_000 },
        tokens: { accessTtl: '1h' },
        mail: mailTo(settings.smtp),
        ...FAR_LIMITS,
        lockout: { maxFailures: 100, hardStop: 100 },
        overrides: faultOverrides,
      }),
      RolesModule.forRoot({ roles: { admin: ['audit.read'], member: [] }, defaultRole: 'member' }),
      EmailConfirmationModule.forRoot(),
      EmailChangeModule.forRoot(),
      PasswordResetModule.forRoot(),
      MagicLinkModule.forRoot(),
      InvitationModule.forRoot(),
      NoticesModule.forRoot(),
      HealthModule.forRoot(),
      MetricsModule.forRoot(),
      TerminusModule.forRoot({ logger: false }),
      AuditModule.forRoot(),
    ],
    controllers: [HostController, HealthController, MetricsController],
  }),
]);

/** Says nothing of requests whose sender has hung up, as many do here. */
class Log extends ConsoleLogger {
  error(message, ...rest) {
    if (!String(message).startsWith('Error: aborted') && message?.message !== 'aborted') super.error(message, ...rest);
  }
}
// With a fault there is one stack in the log for each answer that it breaks.
const logger = settings.faults.length === 0 ? new Log({ logLevels: ['error', 'fatal'] }) : false;
const app = await start(FuzzedModule, { logger }, (before) => {
  before.enableCors(before.get(AuthCors, { strict: false }));
  const document = completed(
    SwaggerModule.createDocument(before, new DocumentBuilder().setTitle('The fuzzed application').build()),
  );
  SwaggerModule.setup('openapi', before, document, { ui: false, raw: ['json'] });
});
const resolve = (token) => app.get(token, { strict: false });

const hasher = resolve(PasswordHasher);

/** Accounts that share one hash, so that making them costs nothing; `roles` besides the default one. */
async function makeAccounts({ emails, password, roles }) {
  const passwordHash = await hasher.hash(password);
  const createdAt = new Date();
  const ids = [];
  for (const email of emails) {
    const user = await resolve(UserRepository).insert({ email, passwordHash, emailConfirmedAt: createdAt, createdAt, profile: {} });
    const id = String(user.id);
    for (const role of roles) await resolve(RolesService).grant(id, role);
    ids.push(id);
  }
  return ids;
}

serve(
  { port: portOf(app) },
  {
    makeAccounts,
    backlog: () => resolve(Outbox).backlog(),
    /** Bytes, of what is left after the garbage has been collected. */
    memory: () => {
      globalThis.gc();
      globalThis.gc();
      const { rss, heapUsed } = process.memoryUsage();
      return { rss, heapUsed };
    },
  },
);
