// The application in which secrets are looked for: every room, everything logged, statements with their parameters included. Settings: http
// ('express' or 'fastify'), database, redis (url), secrets, pepper, jwk, mail (`{ smtp: options }` or `{ webhook: options }`), faults.
import { output } from '../lib/captured-output.mjs';
import { inspect } from 'node:util';
import { ConsoleLogger, Controller, Get, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { AuthEvents, AuthModule, bcrypt, Public, StaticKeyProvider } from 'nestjs-latchkey';
import { AuditModule } from 'nestjs-latchkey/audit';
import { EmailChangeModule } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { AuthHealth, HealthModule } from 'nestjs-latchkey/health';
import { InvitationModule } from 'nestjs-latchkey/invitation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { SmtpMail, WebhookMail } from 'nestjs-latchkey/mail';
import { AuthMetrics, MetricsModule } from 'nestjs-latchkey/metrics';
import { NoticesModule } from 'nestjs-latchkey/notices';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { RedisCache } from 'nestjs-latchkey/redis';
import { RolesModule, RolesService } from 'nestjs-latchkey/roles';
import { authMigrations } from 'nestjs-latchkey/typeorm';
import { portOf, serve, settings, start } from '../../bench/servers/application.mjs';
import { dataSourceOptions } from '../../bench/servers/data-source.mjs';
import { decorateClass, decorateMethod } from '../../bench/servers/decorate.mjs';
import { FAR_LIMITS } from '../lib/far-limits.mjs';
import { faultOverrides } from './parts.mjs';

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const reader = new Reader();

class ObservedController {
  constructor(metrics, health) {
    Object.assign(this, { metricsOf: metrics, healthOf: health });
  }

  metrics() {
    return this.metricsOf.text();
  }

  health() {
    return this.healthOf.check();
  }
}
decorateMethod(ObservedController, 'metrics', [Get('metrics'), Public()]);
decorateMethod(ObservedController, 'health', [Get('health'), Public()]);
decorateClass(ObservedController, [Controller()], [AuthMetrics, AuthHealth]);

class ObservedModule {}
decorateClass(ObservedModule, [
  Module({
    imports: [
      TypeOrmModule.forRoot({
        ...(await dataSourceOptions(settings.database)),
        migrations: authMigrations,
        logging: 'all',
        logger: 'simple-console',
      }),
      AuthModule.forRoot({
        secret: settings.secrets,
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        trustedProxies: ['127.0.0.1/32', '::1/128'],
        hasher: bcrypt({ cost: 4 }),
        passwords: { pepper: [{ id: 'one', secret: settings.pepper }] },
        tokens: { algorithm: 'EdDSA', keys: new StaticKeyProvider([settings.jwk]) },
        sessions: { refreshGrace: '1s' },
        cache: RedisCache.forRoot({ url: settings.redis, prefix: 'prove:' }),
        mail:
          settings.mail.smtp === undefined
            ? WebhookMail.forRoot(settings.mail.webhook)
            : SmtpMail.forRoot({ options: settings.mail.smtp, from: 'Latchkey <no-reply@example.com>' }),
        lockout: { maxFailures: 3, hardStop: 3 },
        ...FAR_LIMITS,
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
      MetricsModule.forRoot({ prometheus: true, opentelemetry: { meterProvider: new MeterProvider({ readers: [reader] }) } }),
      AuditModule.forRoot(),
    ],
    controllers: [ObservedController],
  }),
]);

const logLevels = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];
const logger = new ConsoleLogger({ logLevels, colors: false });
const events = [];
const app = await start(ObservedModule, { logger }, (before) => {
  before.get(AuthEvents).subscribe('*', (event) => events.push(inspect(event, { depth: 9, showHidden: true })));
});

serve(
  { port: portOf(app) },
  {
    output,
    events: () => events.join('\n'),
    telemetry: async () => inspect(await reader.collect(), { depth: 12 }),
    makeAdministrator: (userId) => app.get(RolesService, { strict: false }).grant(userId, 'admin'),
  },
);
