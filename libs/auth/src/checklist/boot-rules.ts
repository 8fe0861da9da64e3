import type { BootRule } from './boot-rule.js';
import { acknowledgeUnknownRule } from './rules/acknowledge-unknown.rule.js';
import { baseUrlInsecureRule } from './rules/base-url-insecure.rule.js';
import { baseUrlLoopbackRule } from './rules/base-url-loopback.rule.js';
import { cacheEvictsRule } from './rules/cache-evicts.rule.js';
import { cacheNotPersistentRule } from './rules/cache-not-persistent.rule.js';
import { cacheProcessLocalRule } from './rules/cache-process-local.rule.js';
import { cacheUnreachableRule } from './rules/cache-unreachable.rule.js';
import { cacheUnreadableRule } from './rules/cache-unreadable.rule.js';
import { cookieCrossSiteRule } from './rules/cookie-cross-site.rule.js';
import { cookieDomainRule } from './rules/cookie-domain.rule.js';
import { cookieForeignDomainRule } from './rules/cookie-foreign-domain.rule.js';
import { cookieInsecureSameSiteRule } from './rules/cookie-insecure-same-site.rule.js';
import { hasherWeakRule } from './rules/hasher-weak.rule.js';
import { keysEphemeralRule } from './rules/keys-ephemeral.rule.js';
import { keysHalfRule } from './rules/keys-half.rule.js';
import { keysMismatchedRule } from './rules/keys-mismatched.rule.js';
import { keysMissingRule } from './rules/keys-missing.rule.js';
import { keysRsaTooShortRule } from './rules/keys-rsa-too-short.rule.js';
import { keysUnfitRule } from './rules/keys-unfit.rule.js';
import { lockoutOffRule } from './rules/lockout-off.rule.js';
import { mailConsoleRule } from './rules/mail-console.rule.js';
import { mailLimitsOffRule } from './rules/mail-limits-off.rule.js';
import { mailMissingRule } from './rules/mail-missing.rule.js';
import { mailUnverifiedRule } from './rules/mail-unverified.rule.js';
import { optionsMalformedRule } from './rules/options-malformed.rule.js';
import { passwordsBreachCheckOffRule } from './rules/passwords-breach-check-off.rule.js';
import { passwordsMinLengthRule } from './rules/passwords-min-length.rule.js';
import { passwordsOutdatedHashesRule } from './rules/passwords-outdated-hashes.rule.js';
import { passwordsSingleFactorLengthRule } from './rules/passwords-single-factor-length.rule.js';
import { rolesUnknownRule } from './rules/roles-unknown.rule.js';
import { secretGuessableRule } from './rules/secret-guessable.rule.js';
import { secretPlaceholderRule } from './rules/secret-placeholder.rule.js';
import { secretPublishedRule } from './rules/secret-published.rule.js';
import { secretReusedRule } from './rules/secret-reused.rule.js';
import { secretTooShortRule } from './rules/secret-too-short.rule.js';
import { signUpRevealsAccountsRule } from './rules/sign-up-reveals-accounts.rule.js';
import { storageClockSkewRule } from './rules/storage-clock-skew.rule.js';
import { storageCollationRule } from './rules/storage-collation.rule.js';
import { storageDefaultPoolRule } from './rules/storage-default-pool.rule.js';
import { storagePendingMigrationsRule } from './rules/storage-pending-migrations.rule.js';
import { storageSchemaRule } from './rules/storage-schema.rule.js';
import { storageSqliteRule } from './rules/storage-sqlite.rule.js';
import { storageSynchronizeRule } from './rules/storage-synchronize.rule.js';
import { storageUnfilledColumnRule } from './rules/storage-unfilled-column.rule.js';
import { storageUniqueIndexRule } from './rules/storage-unique-index.rule.js';
import { storageUnreachableRule } from './rules/storage-unreachable.rule.js';
import { throttleOffRule } from './rules/throttle-off.rule.js';
import { tokensLongLivedRule } from './rules/tokens-long-lived.rule.js';
import { trustedOriginsInsecureRule } from './rules/trusted-origins-insecure.rule.js';
import { trustedProxiesEveryoneRule } from './rules/trusted-proxies-everyone.rule.js';

/** Every rule, in the order of the documentation and of the message. */
export const BOOT_RULES: readonly BootRule[] = [
  optionsMalformedRule,
  acknowledgeUnknownRule,
  secretTooShortRule,
  secretPlaceholderRule,
  secretPublishedRule,
  secretGuessableRule,
  secretReusedRule,
  baseUrlInsecureRule,
  baseUrlLoopbackRule,
  cookieInsecureSameSiteRule,
  cookieForeignDomainRule,
  cookieDomainRule,
  cookieCrossSiteRule,
  trustedOriginsInsecureRule,
  trustedProxiesEveryoneRule,
  passwordsMinLengthRule,
  passwordsSingleFactorLengthRule,
  passwordsBreachCheckOffRule,
  hasherWeakRule,
  passwordsOutdatedHashesRule,
  tokensLongLivedRule,
  keysMissingRule,
  keysHalfRule,
  keysMismatchedRule,
  keysRsaTooShortRule,
  keysEphemeralRule,
  keysUnfitRule,
  throttleOffRule,
  lockoutOffRule,
  storageUnreachableRule,
  storagePendingMigrationsRule,
  storageSchemaRule,
  storageUniqueIndexRule,
  storageCollationRule,
  storageUnfilledColumnRule,
  storageSqliteRule,
  storageSynchronizeRule,
  storageClockSkewRule,
  storageDefaultPoolRule,
  cacheProcessLocalRule,
  cacheEvictsRule,
  cacheNotPersistentRule,
  cacheUnreadableRule,
  cacheUnreachableRule,
  mailConsoleRule,
  mailMissingRule,
  mailLimitsOffRule,
  mailUnverifiedRule,
  signUpRevealsAccountsRule,
  rolesUnknownRule,
];
