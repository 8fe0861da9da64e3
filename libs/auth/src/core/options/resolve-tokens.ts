import { AUTH_DEFAULTS } from './auth.defaults.js';
import type { AuthModuleOptions, ResolvedAuthOptions, TokensOptions } from './auth.options.js';
import { merged } from './merged.js';
import type { OptionChecks } from './option-checks.js';

const KNOWN = ['algorithm', 'accessTtl', 'issuer', 'audience', 'keys'] as const;

/** The option `tokens`. @param preset what the preset says of it; @param baseUrl resolved */
export function resolveTokens(
  checks: OptionChecks,
  given: AuthModuleOptions['tokens'],
  preset: TokensOptions | undefined,
  baseUrl: string,
): ResolvedAuthOptions['tokens'] {
  if (given !== undefined) checks.keys('tokens', given, KNOWN);
  const tokens = merged<TokensOptions>(AUTH_DEFAULTS.tokens, preset, given);
  const algorithm = checks.oneOf('tokens.algorithm', tokens.algorithm, ['HS256', 'EdDSA', 'ES256', 'RS256']);
  if (algorithm === 'HS256' && tokens.keys !== undefined) {
    checks.add('tokens.keys', 'is set, but HS256 uses keys derived from `secret`.', "Set tokens.algorithm to the keys' algorithm.");
  }
  return {
    algorithm,
    accessTtl: checks.duration('tokens.accessTtl', tokens.accessTtl),
    issuer: tokens.issuer === undefined ? baseUrl : checks.text('tokens.issuer', tokens.issuer),
    audience: tokens.audience === undefined ? baseUrl : checks.text('tokens.audience', tokens.audience),
    keys: tokens.keys,
  };
}
