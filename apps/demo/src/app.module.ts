import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule, bcrypt, fileKeys, fileSecrets, MemoryCache, SecretProvider, type TokensOptions } from 'nestjs-latchkey';
import { AuditModule } from 'nestjs-latchkey/audit';
import { EmailChangeModule } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { HealthModule } from 'nestjs-latchkey/health';
import { InvitationModule } from 'nestjs-latchkey/invitation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { ConsoleMail, SmtpMail } from 'nestjs-latchkey/mail';
import { MetricsModule } from 'nestjs-latchkey/metrics';
import { NoticesModule } from 'nestjs-latchkey/notices';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { RedisCache } from 'nestjs-latchkey/redis';
import { RolesModule } from 'nestjs-latchkey/roles';
import { TypeOrmStorage } from 'nestjs-latchkey/typeorm';
import { AppController } from './app.controller.js';
import { connectAndMigrate, databaseOptions } from './database.js';
import { DevMailController } from './dev-mail.controller.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { PageController } from './page.controller.js';
import { ProcessMetrics } from './process-metrics.js';
import { readSettings, SETTINGS } from './settings.js';
import { User } from './user.entity.js';

const settings = readSettings();

function cache(): DynamicModule {
  if (settings.redisUrl !== undefined) return RedisCache.forRoot({ url: settings.redisUrl });
  return MemoryCache.forRoot({ singleInstance: settings.singleInstance });
}

const secrets = settings.secretsFile === undefined ? undefined : fileSecrets(settings.secretsFile, settings.keySchedule);

function signing(): TokensOptions {
  if (settings.signingKeysFile === undefined) return {};
  return { algorithm: 'EdDSA', keys: fileKeys(settings.signingKeysFile, settings.keySchedule) };
}

/** Nobody can answer to it. */
function sender(): string {
  const { hostname } = new URL(settings.baseUrl);
  return `Latchkey demo <no-reply@${hostname.includes('.') ? hostname : 'example.com'}>`;
}

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      useFactory: () => ({ ...databaseOptions(settings.database), autoLoadEntities: true, retryAttempts: 1 }),
      dataSourceFactory: (options) => connectAndMigrate(options!, settings.database.kind),
    }),
    AuthModule.forRoot({
      secret: settings.secret,
      baseUrl: settings.baseUrl,
      environment: settings.environment,
      appName: 'Latchkey demo',
      delivery: settings.delivery,
      tokens: { accessTtl: settings.accessTtl, ...signing() },
      sessions: { cookie: { idle: settings.cookieIdle }, refreshGrace: settings.refreshGrace },
      storage: TypeOrmStorage.forRoot({ userEntity: User }),
      cache: cache(),
      mail: settings.smtpUrl === undefined ? ConsoleMail : SmtpMail.forRoot({ url: settings.smtpUrl, from: sender() }),
      hasher: bcrypt({ cost: settings.hashCost }),
      overrides: secrets === undefined ? [] : [{ provide: SecretProvider, useValue: secrets }],
      ...(settings.throttle ? {} : { throttle: false, lockout: false, mailLimits: false }),
    }),
    RolesModule.forRoot({ roles: { admin: ['admin.read', 'audit.read'], member: [] }, defaultRole: 'member' }),
    EmailConfirmationModule.forRoot({ required: settings.confirmation === 'required' }),
    EmailChangeModule.forRoot(),
    PasswordResetModule.forRoot(),
    // The built-in page needs cookies.
    MagicLinkModule.forRoot(settings.delivery.includes('cookie') ? {} : { page: '/' }),
    InvitationModule.forRoot(),
    NoticesModule.forRoot(),
    HealthModule.forRoot(),
    MetricsModule.forRoot(),
    // The library tells the log itself what is down.
    TerminusModule.forRoot({ logger: false }),
    AuditModule.forRoot(),
  ],
  controllers: [
    AppController,
    HealthController,
    MetricsController,
    PageController,
    ...(settings.environment === 'development' ? [DevMailController] : []),
  ],
  providers: [ProcessMetrics, { provide: SETTINGS, useValue: settings }],
})
export class AppModule {}
