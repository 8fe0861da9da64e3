import { generateKeyPairSync } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import type { AccessTokenAlgorithm, KeyProvider, KeySchedule, SecretProvider } from '../ports/key-provider.js';
import { AccessTokenKeys } from './access-token-keys.js';
import { AccessTokenSigner } from './access-token-signer.js';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { KeyRotation } from './key-rotation.js';
import { keysFrom, secretsFrom } from './key-sources.js';
import { type KeyMaterial, StaticKeyProvider } from './static-key-provider.js';

const [OLD, NEW, NEWEST] = [
  'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA',
  'Zb7KpW2xN9qL4vR8tJ6mC1sF5dH3gY0e',
  'q8Vn3Lr6Tz1Xk9Wb4Jm7Pc2Sd5Fg0Hy',
].map((text, at) => `${text}${at}`) as [string, string, string];
const [old, next] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
const PARTIES = { issuer: 'https://app.example.com', audience: 'https://app.example.com' };
const fingerprint = (secret: string): string => new KeyRing([secret]).fingerprint;

let log: string[];
beforeEach(() => {
  log = [];
  vi.spyOn(Logger.prototype, 'log').mockImplementation((text: unknown) => void log.push(String(text)));
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((text: unknown) => void log.push(`WARN ${String(text)}`));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A process with its keys. */
class Process {
  readonly clock = new SettableClock();
  readonly ring = new KeyRing([OLD]);
  readonly signer: AccessTokenSigner;
  readonly verifier: AccessTokenVerifier;
  readonly rotation: KeyRotation;

  constructor(
    readonly keys: AccessTokenKeys | null,
    providers: { pairs?: KeyProvider; secrets?: SecretProvider },
    algorithm: AccessTokenAlgorithm,
  ) {
    const inUse = keys ?? AccessTokenKeys.fromKeyRing(this.ring);
    this.signer = new AccessTokenSigner(inUse, { ...PARTIES, ttl: 900_000 });
    this.verifier = new AccessTokenVerifier(inUse, PARTIES);
    const options = { tokens: { algorithm } } as ResolvedAuthOptions;
    this.rotation = new KeyRotation(options, this.ring, inUse, providers.pairs ?? null, providers.secrets ?? null, this.clock);
  }

  token(): string {
    const now = this.clock.now();
    return this.signer.sign({ sub: 'u', sid: 's', authTime: now, amr: ['pwd'] }, now);
  }

  takes(token: string): boolean {
    try {
      return this.verifier.verify(token, this.clock.now()).sid === 's';
    } catch {
      return false;
    }
  }
}

const withSecrets = (schedule: KeySchedule = { leadTime: '10s' }) => {
  const manager = { secrets: [OLD] as readonly string[] };
  return { manager, process: new Process(null, { secrets: secretsFrom(async () => manager.secrets, schedule) }, 'HS256') };
};
const withPairs = (schedule: KeySchedule = { leadTime: '10s' }) => {
  const manager = { pairs: [old.privateKey] as readonly KeyMaterial[] };
  const pairs = keysFrom(async () => manager.pairs, schedule);
  const keys = AccessTokenKeys.fromPairs([{ algorithm: 'EdDSA', ...old }], 'EdDSA');
  return { manager, process: new Process(keys, { pairs }, 'EdDSA') };
};

describe('secrets that change while a process runs', () => {
  it('sign after their lead time, and are refused when they are gone', async () => {
    const { manager, process } = withSecrets();
    const before = process.token();
    expect(process.takes(before)).toBe(true);

    manager.secrets = [NEW, OLD];
    await process.rotation.reload();
    expect(process.rotation.fingerprints).toEqual({ secrets: [OLD, NEW].map(fingerprint), keyPairs: [] });
    process.clock.advance('10s');
    await process.rotation.reload();
    expect(process.rotation.fingerprints.secrets).toEqual([NEW, OLD].map(fingerprint));
    const after = process.token();
    expect([process.takes(before), process.takes(after)]).toEqual([true, true]);

    manager.secrets = [NEW];
    await process.rotation.reload();
    // It was verified a moment ago, and is remembered.
    expect([process.takes(before), process.takes(after)]).toEqual([false, true]);
  });

  it('act at once when they are handed over', () => {
    const { process } = withSecrets();
    const before = process.token();
    process.rotation.replaceSecrets([NEW, OLD]);
    const after = process.token();
    expect([process.takes(before), process.takes(after)]).toEqual([true, true]);

    process.rotation.replaceSecrets(NEW);
    expect([process.takes(before), process.takes(after)]).toEqual([false, true]);
  });

  it.each([
    ['short', ['short']],
    ['a placeholder', [`please-change-this-secret-please-change-it`]],
    ['twice the same', [NEW, NEW]],
    ['no text', [null]],
    ['none', []],
  ])('are refused when one would be at boot, and change nothing: %s', async (_, secrets) => {
    const { manager, process } = withSecrets();
    const before = process.token();
    manager.secrets = secrets as string[];

    await expect(process.rotation.reload()).rejects.toThrow(AuthConfigurationError);
    expect(() => process.rotation.replaceSecrets(secrets as string[])).toThrow(AuthConfigurationError);
    expect(process.takes(before)).toBe(true);
    expect(process.rotation.fingerprints.secrets).toEqual([fingerprint(OLD)]);
  });

  it('are asked for on their schedule, and a source that fails changes nothing', async () => {
    vi.useFakeTimers();
    let answer: () => Promise<readonly string[]> = async () => [NEW, OLD];
    const secrets = secretsFrom(() => answer(), { refresh: '1m' });
    const process = new Process(null, { secrets }, 'HS256');
    process.rotation.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(process.rotation.fingerprints.secrets).toEqual([fingerprint(OLD)]);

    await vi.advanceTimersByTimeAsync(1_000);
    expect(process.rotation.fingerprints.secrets).toEqual([OLD, NEW].map(fingerprint));
    process.clock.advance('2m');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(process.rotation.fingerprints.secrets).toEqual([NEW, OLD].map(fingerprint));

    answer = async () => {
      throw new Error(`the manager spoke of ${NEWEST}`);
    };
    await vi.advanceTimersByTimeAsync(60_000);
    answer = async () => ['short'];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(process.rotation.fingerprints.secrets).toEqual([NEW, OLD].map(fingerprint));
    expect(log.filter((line) => line.startsWith('WARN'))).toHaveLength(2);

    process.rotation.beforeApplicationShutdown();
    answer = async () => [NEWEST];
    await vi.advanceTimersByTimeAsync(600_000);
    expect(process.rotation.fingerprints.secrets).toEqual([NEW, OLD].map(fingerprint));
    expect(vi.getTimerCount()).toBe(0);
    for (const secret of [OLD, NEW, NEWEST]) expect(log.join()).not.toContain(secret);
  });

  it('may be asked for once in a very long time', async () => {
    vi.useFakeTimers();
    const ask = vi.fn(async () => [OLD]);
    const process = new Process(null, { secrets: secretsFrom(ask, { refresh: '60d' }) }, 'HS256');
    process.rotation.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(86_400_000);

    expect(ask).not.toHaveBeenCalled();
    process.rotation.beforeApplicationShutdown();
  });

  it('of a source that hangs are asked for again, and its late answer is ignored', async () => {
    vi.useFakeTimers();
    const answers: ((secrets: readonly string[]) => void)[] = [];
    const secrets = secretsFrom(() => new Promise((resolve) => answers.push(resolve)), { refresh: '4s', leadTime: '1ms' });
    const process = new Process(null, { secrets }, 'HS256');
    process.rotation.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(16_000);
    expect(answers).toHaveLength(2);

    answers[1]!([OLD, NEW]);
    await vi.advanceTimersByTimeAsync(1);
    answers[0]!([NEWEST]);
    await vi.advanceTimersByTimeAsync(1);
    expect(process.rotation.fingerprints.secrets).toEqual([OLD, NEW].map(fingerprint));
    process.rotation.beforeApplicationShutdown();
  });

  it('do not come back with an answer that another question or a replacement has overtaken', async () => {
    const answers: ((secrets: readonly string[]) => void)[] = [];
    const secrets = secretsFrom(() => new Promise((resolve) => answers.push(resolve)), { leadTime: '1ms' });
    const process = new Process(null, { secrets }, 'HS256');
    const questions = [process.rotation.reload(), process.rotation.reload()];
    answers[1]!([NEW]);
    await questions[1];
    answers[0]!([OLD]);
    await questions[0];
    expect(process.rotation.fingerprints.secrets).toEqual([NEW].map(fingerprint));

    const overtaken = process.rotation.reload();
    process.rotation.replaceSecrets([NEWEST]);
    answers[2]!([NEW]);
    await overtaken;
    expect(process.rotation.fingerprints.secrets).toEqual([NEWEST].map(fingerprint));
  });
});

describe('key pairs that change while a process runs', () => {
  it('are published at once, sign after their lead time, and are refused when they are gone', async () => {
    const { manager, process } = withPairs();
    const [oldKid] = process.rotation.fingerprints.keyPairs as [string];
    const before = process.token();

    manager.pairs = [next.privateKey, old.privateKey];
    await process.rotation.reload();
    expect(process.keys!.jwks.keys).toHaveLength(2);
    expect(process.keys!.signing.kid).toBe(oldKid);
    process.clock.advance('10s');
    await process.rotation.reload();
    expect(process.keys!.signing.kid).not.toBe(oldKid);
    expect([process.takes(before), process.takes(process.token())]).toEqual([true, true]);

    manager.pairs = [next.privateKey];
    await process.rotation.reload();
    expect(process.takes(before)).toBe(false);
    expect(process.keys!.jwks.keys).toHaveLength(1);
  });

  it('go on signing with the old private half where only its public half is handed on', async () => {
    const { manager, process } = withPairs();
    const [oldKid] = process.rotation.fingerprints.keyPairs as [string];
    manager.pairs = [next.privateKey, old.publicKey];
    await process.rotation.reload();

    expect(process.keys!.signing.kid).toBe(oldKid);
    expect(process.takes(process.token())).toBe(true);
    process.clock.advance('10s');
    await process.rotation.reload();
    expect(process.keys!.signing.kid).not.toBe(oldKid);
    expect(process.takes(process.token())).toBe(true);
  });

  it('wait, unless their schedule says otherwise, until the published set is known everywhere', async () => {
    const { manager, process } = withPairs({ refresh: '1m' });
    manager.pairs = [next.privateKey, old.privateKey];
    await process.rotation.reload();
    const { kid } = process.keys!.signing;
    process.clock.advance('6m');
    await process.rotation.reload();
    expect(process.keys!.signing.kid).toBe(kid);
    process.clock.advance('1m');
    await process.rotation.reload();

    expect(process.keys!.signing.kid).not.toBe(kid);
  });

  it('are refused when they are not fit, and change nothing', async () => {
    const { manager, process } = withPairs();
    const before = process.token();
    for (const pairs of [[], [next.publicKey], [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey]]) {
      manager.pairs = pairs;
      await expect(process.rotation.reload()).rejects.toThrow(AuthConfigurationError);
    }

    expect(process.takes(before)).toBe(true);
    process.rotation.replaceKeyPairs(await new StaticKeyProvider([next.privateKey]).keyPairs());
    expect(process.takes(before)).toBe(false);
  });
});

describe('the fingerprints in the log', () => {
  it('are equal exactly where the keys are, and hold nothing of them', () => {
    new Process(null, {}, 'HS256').rotation.onApplicationBootstrap();
    const { process } = withPairs();
    process.rotation.onApplicationBootstrap();
    process.rotation.replaceSecrets([NEW, OLD]);

    expect(log).toEqual([
      `In use: secret ${fingerprint(OLD)} (signs); access tokens HS256 by the secret`,
      `In use: secret ${fingerprint(OLD)} (signs); access tokens EdDSA, key pairs ${process.keys!.signing.kid} (signs)`,
      expect.stringContaining(`Changed: secret ${fingerprint(NEW)} (signs), ${fingerprint(OLD)} (verifies);`),
    ]);
    expect(log.join()).not.toMatch(new RegExp(`${OLD}|${NEW}`));
    process.rotation.beforeApplicationShutdown();
  });

  it('stop the start when a schedule makes no sense', () => {
    expect(() => withSecrets({ leadTime: 'soon' as '1s' })).toThrow(/leadTime/);
    expect(() => withSecrets({ refresh: '0s' })).toThrow(/refresh/);
  });
});
