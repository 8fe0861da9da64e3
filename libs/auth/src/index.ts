export { AuthModule } from './auth.module.js';
export type { AuthModuleExtras } from './auth.module-definition.js';
export type { Duration } from './common/duration.js';
export { foldEmail, isEmailAddress } from './common/email-address.js';
export { hibp, type HibpOptions } from './features/password-rules/hibp.js';
export { UnlockService } from './features/lockout/unlock.service.js';
export { BreachCheckFailedEvent } from './features/password-rules/password-rules.events.js';
export { zxcvbn, type ZxcvbnOptions } from './adapters/zxcvbn/zxcvbn.js';

export {
  AUTH_OPTIONS,
  type AuthEnvironment,
  type AuthModuleOptions,
  type CookieOptions,
  type HashingOptions,
  type LockoutOptions,
  type MailLimitsOptions,
  type PasswordsOptions,
  type PepperKey,
  type RateOptions,
  type ResolvedAuthOptions,
  type ResolvedLifetime,
  type ResolvedLockout,
  type ResolvedRate,
  type ResolvedThrottle,
  type SessionLifetime,
  type SessionsOptions,
  type SourceFailuresOptions,
  type ThrottleOptions,
  type TokensOptions,
} from './core/options/auth.options.js';
export { DefaultProfile } from './core/options/default-profile.js';

export {
  CurrentSession,
  CurrentUser,
  OptionalAuth,
  Permissions,
  Public,
  RequireRecentAuth,
  Roles,
} from './core/access/access.decorators.js';
export { AuthCors } from './core/access/auth-cors.js';
export { AuthGuard } from './core/access/auth.guard.js';
export { AuthHelmet } from './core/access/auth-helmet.js';
export { AuthThrottle, type ThrottleName, type ThrottleRate } from './core/access/auth-throttle.decorator.js';
export { Authentication } from './core/access/authentication.js';
export { ClientReader } from './core/access/client-reader.js';
export { RequestThrottle } from './core/access/request-throttle.js';
export { RequestAuthenticator } from './core/access/request-authenticator.js';

export { AccountsService, type SignUp, type SignUpResult, type SignUpWithSession } from './core/accounts/accounts.service.js';
export { AddressProof, type ProvenAddress } from './core/accounts/address-proof.js';
export { type EmailProof, EmailProofs } from './core/accounts/email-proofs.js';
export { type CleaningReport, type CleaningTask, Housekeeping } from './core/accounts/housekeeping.js';
export { type PasswordChange, PasswordChangeService } from './core/accounts/password-change.service.js';
export { HashGate } from './core/passwords/hash-gate.js';
export { PasswordsService } from './core/passwords/passwords.service.js';
export type { BearerCredentials, CookieCredentials, IssuedSession, SessionCredentials } from './core/sessions/issued-session.js';
export { SessionsService } from './core/sessions/sessions.service.js';
export { type PendingSignUp, type PendingSignUpKeeper, PendingSignUps } from './core/sign-in/pending-sign-ups.js';
export { SessionResponder } from './core/sign-in/session-responder.js';
export { type PasswordSignIn, type SignInResult, SignInService } from './core/sign-in/sign-in.service.js';

export { displayName } from './core/mail/display-name.js';
export { MailComposer, type MailContent } from './core/mail/mail-composer.js';
export { type MailJob, type MailKind, MailKinds } from './core/mail/mail-kinds.js';
export type { MailParts } from './core/mail/mail-layout.js';
export { type MailLimitCheck, MailLimits } from './core/mail/mail-limits.js';
export { changedWordings } from './core/mail/mail-wording.js';
export { type MailRequest, MailService } from './core/mail/mail.service.js';
export { SendsMail } from './core/mail/sends-mail.decorator.js';
export { OutboxDispatcher } from './core/mail/outbox-dispatcher.js';
export type { MailLanguage, MailWording, MailWordingChanges, MailWordings } from './core/options/mail.options.js';

export * from './core/errors/auth.errors.js';
export { AuthException, type AuthExceptionOptions, type FieldFault } from './core/errors/auth.exception.js';
export { AuthConfigurationError, type ConfigurationProblem } from './core/errors/auth-configuration.error.js';

export { AuthEvent, type AuthEventSubject } from './core/events/auth-event.js';
export { AuthEvents } from './core/events/auth-events.js';
export * from './core/events/auth.events.js';
export { BootFindings } from './core/events/boot-findings.js';
export { type ClientInfo, NO_CLIENT } from './core/events/client-info.js';
export { OnAuthEvent } from './core/events/on-auth-event.decorator.js';
export {
  type PasswordRule,
  type PolicyOrder,
  type SignInAttempt,
  type SignInInterruption,
  type SignInPolicy,
  type SignUpPolicy,
  type SignUpPolicyMark,
  type SignUpRequest,
  UsePasswordPolicy,
  UseSignInPolicy,
  UseSignUpPolicy,
} from './core/events/policies.js';

export * from './core/ports/attempt.repository.js';
export * from './core/ports/audit-log.js';
export * from './core/ports/boot-check.js';
export * from './core/ports/cache-store.js';
export * from './core/ports/challenge-verifier.js';
export * from './core/ports/clock.js';
export * from './core/ports/key-provider.js';
export * from './core/ports/lease.repository.js';
export * from './core/ports/mail-transport.js';
export * from './core/ports/one-time-token.repository.js';
export * from './core/ports/outbox.js';
export * from './core/ports/password-hasher.js';
export * from './core/ports/password-policy.js';
export * from './core/ports/revocation-log.js';
export * from './core/ports/role.repository.js';
export * from './core/ports/session.repository.js';
export * from './core/ports/storage-inspector.js';
export * from './core/ports/unit-of-work.js';
export * from './core/ports/user.repository.js';
export * from './core/ports/user-presenter.js';

export {
  type OneTimeTokenRequest,
  OneTimeTokensService,
  type OutstandingToken,
  type RedeemedToken,
} from './core/tokens/one-time-tokens.service.js';
export type { HashAlgorithm } from './core/passwords/hash-algorithm.js';
export { type KeyFingerprints, KeyRotation } from './core/tokens/key-rotation.js';
export { envKeys, fileKeys, fileSecrets, keysFrom, secretsFrom } from './core/tokens/key-sources.js';
export { type KeyMaterial, StaticKeyProvider } from './core/tokens/static-key-provider.js';
export { judgeOptions } from './checklist/checked-options.js';
export { BOOT_RULES } from './checklist/boot-rules.js';
export {
  type BootRule,
  Checklist,
  type ChecklistItem,
  type ChecklistReport,
  type ChecklistRun,
  type ChecklistStatus,
  type Finding,
  type RuleSeverity,
} from './checklist/checklist.js';
export { argon2id, type Argon2idOptions } from './adapters/hashing/argon2id.js';
export { bcrypt, type BcryptOptions } from './adapters/hashing/bcrypt.js';
export { pbkdf2, type Pbkdf2Options } from './adapters/hashing/pbkdf2.js';
export { scrypt, type ScryptOptions } from './adapters/hashing/scrypt.js';
export { MemoryCache } from './adapters/memory-cache/memory-cache.module.js';
