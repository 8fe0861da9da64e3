import type { BootRule } from '../boot-rule.js';
import { ofFact, when } from '../verdict.js';

/** Milliseconds. */
const MOST = 5_000;

const seconds = (ms: number): string => (Math.abs(ms) / 1000).toFixed(1);

export const storageClockSkewRule: BootRule = {
  id: 'storage.clock-skew',
  severity: { production: 'warn', development: 'warn' },
  option: 'storage',
  title: 'The clocks of this machine and of the database differ by more than 5 s.',
  why: 'Tokens and delays expire too early or too late, and not the same on every node.',
  source: 'RFC 7519 section 4.1.4; NIST SP 800-92 section 5.2',
  remedy: 'Synchronise both with NTP.',
  check: ({ storage }) =>
    ofFact(storage, 'the database', ({ clockSkew }) =>
      when(
        clockSkew !== null && Math.abs(clockSkew) > MOST,
        'storage',
        `The database's clock is ${seconds(clockSkew ?? 0)} s ${(clockSkew ?? 0) > 0 ? 'ahead' : 'behind'}.`,
        'Synchronise both clocks with NTP.',
      ),
    ),
};
