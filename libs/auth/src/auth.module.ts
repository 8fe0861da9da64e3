import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { knownAlgorithms } from './adapters/hashing/known-algorithms.js';
import { type AuthModuleExtras, ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './auth.module-definition.js';
import { AccessDenials } from './core/access/access-denials.js';
import { BootFactsReader } from './checklist/boot-facts-reader.js';
import { BOOT_MODE, type BootMode } from './checklist/boot-mode.js';
import { checkedOptions } from './checklist/checked-options.js';
import { Checklist } from './checklist/checklist.js';
import { ChecklistBootCheck } from './checklist/checklist.boot-check.js';
import { RoomFactsReader } from './checklist/room-facts-reader.js';
import { AccessBootCheck } from './core/access/access.boot-check.js';
import { AuthCors } from './core/access/auth-cors.js';
import { AuthGuard } from './core/access/auth.guard.js';
import { AuthHelmet } from './core/access/auth-helmet.js';
import { AuthRoutes } from './core/access/auth-routes.js';
import { ClientReader } from './core/access/client-reader.js';
import { DeclaredRoles } from './core/access/declared-roles.js';
import { OriginRule } from './core/access/origin-rule.js';
import { RequestAuthenticator } from './core/access/request-authenticator.js';
import { RequestThrottle } from './core/access/request-throttle.js';
import { RolesReader } from './core/access/roles-reader.js';
import { AccountCreation } from './core/accounts/account-creation.js';
import { AccountsController } from './core/accounts/accounts.controller.js';
import { AccountsService } from './core/accounts/accounts.service.js';
import { AddressProof } from './core/accounts/address-proof.js';
import { DefaultUserPresenter } from './core/accounts/default-user.presenter.js';
import { EmailProofs } from './core/accounts/email-proofs.js';
import { EmailProofsController } from './core/accounts/email-proofs.controller.js';
import { Housekeeping } from './core/accounts/housekeeping.js';
import { JwksRoute } from './core/accounts/jwks.route.js';
import { PasswordChangeService } from './core/accounts/password-change.service.js';
import { SessionsController } from './core/accounts/sessions.controller.js';
import { KeyRing } from './core/crypto/key-ring.js';
import { AuthEvents } from './core/events/auth-events.js';
import { BootFindings } from './core/events/boot-findings.js';
import { Policies } from './core/events/policies.js';
import { SharedCounter } from './core/limits/shared-counter.js';
import { MailComposer } from './core/mail/mail-composer.js';
import { MailKinds } from './core/mail/mail-kinds.js';
import { MailLimits } from './core/mail/mail-limits.js';
import { MailService } from './core/mail/mail.service.js';
import { OutboxDispatcher } from './core/mail/outbox-dispatcher.js';
import { AUTH_OPTIONS, type AuthModuleOptions, type ResolvedAuthOptions } from './core/options/auth.options.js';
import { AttemptLedger } from './core/passwords/attempt-ledger.js';
import { HASH_ALGORITHM, type HashAlgorithm } from './core/passwords/hash-algorithm.js';
import { HashGate } from './core/passwords/hash-gate.js';
import { PasswordHashing } from './core/passwords/password-hashing.js';
import { PasswordsService } from './core/passwords/passwords.service.js';
import { SourceFailures } from './core/passwords/source-failures.js';
import { BootCheck } from './core/ports/boot-check.js';
import { CacheStore } from './core/ports/cache-store.js';
import { ChallengeVerifier } from './core/ports/challenge-verifier.js';
import { Clock, SystemClock } from './core/ports/clock.js';
import { KeyProvider, SecretProvider } from './core/ports/key-provider.js';
import { PasswordHasher } from './core/ports/password-hasher.js';
import { PasswordPolicy } from './core/ports/password-policy.js';
import { UserPresenter } from './core/ports/user-presenter.js';
import { KnownDevices } from './core/sessions/known-devices.js';
import { RefreshService } from './core/sessions/refresh.service.js';
import { RevocationAnnouncer } from './core/sessions/revocation-announcer.js';
import { Revocations } from './core/sessions/revocations.js';
import { SessionIssuer } from './core/sessions/session-issuer.js';
import { SessionStates } from './core/sessions/session-states.js';
import { SessionTokens } from './core/sessions/session-tokens.js';
import { SessionsService } from './core/sessions/sessions.service.js';
import { Challenges, NoChallenge } from './core/sign-in/challenges.js';
import { HardStopNotice } from './core/sign-in/hard-stop.notice.js';
import { PasswordProof } from './core/sign-in/password-proof.js';
import { PendingSignUps } from './core/sign-in/pending-sign-ups.js';
import { SessionResponder } from './core/sign-in/session-responder.js';
import { SignInController } from './core/sign-in/sign-in.controller.js';
import { SignInPipeline } from './core/sign-in/sign-in-pipeline.js';
import { SignInService } from './core/sign-in/sign-in.service.js';
import { SignOutService } from './core/sign-in/sign-out.service.js';
import { AccessTokenKeys } from './core/tokens/access-token-keys.js';
import { AccessTokenSigner } from './core/tokens/access-token-signer.js';
import { AccessTokenVerifier } from './core/tokens/access-token-verifier.js';
import { SigningKeys } from './core/tokens/signing-keys.js';
import { KeyRotation } from './core/tokens/key-rotation.js';
import { OneTimeTokensService } from './core/tokens/one-time-tokens.service.js';
import { UnlockController } from './features/lockout/unlock.controller.js';
import { UnlockService } from './features/lockout/unlock.service.js';
import { PasswordRulesPolicy } from './features/password-rules/password-rules.policy.js';
import { CounterThrottlerStorage } from './features/throttling/counter-throttler.storage.js';
import { ThrottlerRequestThrottle } from './features/throttling/throttler-request.throttle.js';

const audienceOf = ({ tokens: { issuer, audience } }: ResolvedAuthOptions) => ({ issuer, audience });

const CRYPTO: Provider[] = [
  { provide: KeyRing, inject: [AUTH_OPTIONS], useFactory: ({ secrets }: ResolvedAuthOptions) => new KeyRing(secrets) },
  { provide: KeyProvider, inject: [AUTH_OPTIONS], useFactory: ({ tokens }: ResolvedAuthOptions) => tokens.keys ?? null },
  {
    provide: SigningKeys,
    inject: [AUTH_OPTIONS, KeyProvider],
    useFactory: ({ tokens }: ResolvedAuthOptions, provider: KeyProvider | null) => SigningKeys.read(provider, tokens.algorithm),
  },
  { provide: SecretProvider, useValue: null },
  KeyRotation,
  { provide: AccessTokenKeys, inject: [AUTH_OPTIONS, KeyRing, SigningKeys], useFactory: accessTokenKeys },
  {
    provide: AccessTokenSigner,
    inject: [AUTH_OPTIONS, AccessTokenKeys],
    useFactory: (options: ResolvedAuthOptions, keys: AccessTokenKeys) =>
      new AccessTokenSigner(keys, { ...audienceOf(options), ttl: options.tokens.accessTtl }),
  },
  {
    provide: AccessTokenVerifier,
    inject: [AUTH_OPTIONS, AccessTokenKeys],
    useFactory: (options: ResolvedAuthOptions, keys: AccessTokenKeys) => new AccessTokenVerifier(keys, audienceOf(options)),
  },
];

const PASSWORDS: Provider[] = [
  { provide: HashGate, inject: [AUTH_OPTIONS], useFactory: ({ hashing }: ResolvedAuthOptions) => new HashGate(hashing) },
  {
    provide: PasswordHasher,
    inject: [AUTH_OPTIONS, HASH_ALGORITHM, HashGate],
    useFactory: async ({ passwords }: ResolvedAuthOptions, algorithm: HashAlgorithm, gate: HashGate) => {
      const hashing = new PasswordHashing(algorithm, knownAlgorithms(), passwords.pepper, gate);
      await hashing.prepare();
      return hashing;
    },
  },
  { provide: PasswordPolicy, useClass: PasswordRulesPolicy },
  PasswordsService,
  AttemptLedger,
];

const MAIL: Provider[] = [MailKinds, MailComposer, MailLimits, MailService, OutboxDispatcher];

const LIMITS: Provider[] = [
  {
    provide: SharedCounter,
    inject: [CacheStore, Clock],
    useFactory: (cache: CacheStore, clock: Clock) => new SharedCounter(cache, clock, 'Limits per source count'),
  },
  SourceFailures,
  Challenges,
  { provide: ChallengeVerifier, useClass: NoChallenge },
  UnlockService,
  { provide: HardStopNotice, useExisting: UnlockService },
  { provide: RequestThrottle, useClass: ThrottlerRequestThrottle },
];

const CHECKLIST: Provider[] = [
  BootFindings,
  BootFactsReader,
  Checklist,
  DeclaredRoles,
  RoomFactsReader,
  {
    provide: BootCheck,
    inject: [BootFactsReader, { token: BOOT_MODE, optional: true }],
    useFactory: (reader: BootFactsReader, mode?: BootMode) => ChecklistBootCheck.begin(reader, mode),
  },
];

/** What rooms and hosts may inject. */
const PUBLIC: Provider[] = [
  { provide: AUTH_OPTIONS, inject: [MODULE_OPTIONS_TOKEN], useFactory: checkedOptions },
  { provide: Clock, useClass: SystemClock },
  { provide: UserPresenter, useClass: DefaultUserPresenter },
  ...CRYPTO,
  ...PASSWORDS,
  ...MAIL,
  ...LIMITS,
  ...CHECKLIST,
  AccessDenials,
  AuthCors,
  AuthEvents,
  AuthGuard,
  AuthHelmet,
  AccountCreation,
  AccountsService,
  AddressProof,
  ClientReader,
  EmailProofs,
  Housekeeping,
  OneTimeTokensService,
  OriginRule,
  PasswordChangeService,
  PasswordProof,
  PendingSignUps,
  Policies,
  RefreshService,
  RequestAuthenticator,
  RevocationAnnouncer,
  Revocations,
  RolesReader,
  KnownDevices,
  SessionIssuer,
  SessionResponder,
  SessionStates,
  SessionTokens,
  SessionsService,
  SignInPipeline,
  SignInService,
  SignOutService,
];

/**
 * Accounts, sessions, tokens and the guard. Everything else is a room of its own: import its module beside this one.
 *
 * @example
 * ```ts
 * AuthModule.forRoot({ secret: process.env.AUTH_SECRET!, baseUrl: 'https://app.example.com' })
 * ```
 */
@Module({
  imports: [DiscoveryModule],
  controllers: [SignInController, AccountsController, UnlockController, EmailProofsController, SessionsController],
  providers: [...PUBLIC, AccessBootCheck, CounterThrottlerStorage, AuthRoutes, JwksRoute],
  exports: PUBLIC.map((provider) => (typeof provider === 'function' ? provider : provider.provide)),
})
export class AuthModule extends ConfigurableModuleClass {
  /** @throws AuthConfigurationError while the application starts, with every problem and its remedy */
  static override forRoot(options: AuthModuleOptions & AuthModuleExtras): DynamicModule {
    // The builder reads extras off its argument; without this a missing one would be a TypeError instead of a list of problems.
    return super.forRoot(options ?? {});
  }

  /** As {@link forRoot}; storage, cache, mail, hasher, guard, Passport and overrides stand beside the factory. */
  static override forRootAsync(
    options: ConfigurableModuleAsyncOptions<AuthModuleOptions, 'createAuthOptions'> & AuthModuleExtras,
  ): DynamicModule {
    return super.forRootAsync(options);
  }
}

/** Keys that are not fit are refused by boot rules, together with everything else. */
function accessTokenKeys({ tokens }: ResolvedAuthOptions, ring: KeyRing, signing: SigningKeys): AccessTokenKeys {
  if (tokens.algorithm === 'HS256') return AccessTokenKeys.fromKeyRing(ring);
  return signing.areUsable ? AccessTokenKeys.fromPairs(signing.pairs, tokens.algorithm) : AccessTokenKeys.none();
}
