import { generateKeyPairSync } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import type { KeyProvider, SecretProvider, SigningKeyPair } from '../ports/key-provider.js';
import { AccessTokenKeys } from './access-token-keys.js';
import { KeyRotation } from './key-rotation.js';

const [OLD, NEW] = ['kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-1', 'Zb7KpW2xN9qL4vR8tJ6mC1sF5dH3gY0e-2'] as const;
const pairOf = (): SigningKeyPair => ({ algorithm: 'EdDSA', ...generateKeyPairSync('ed25519') });
const [first, second, third] = [pairOf(), pairOf(), pairOf()];
const MINUTE = 60_000;

interface Given {
  pairs?: Partial<KeyProvider>;
  secrets?: Partial<SecretProvider>;
  algorithm?: 'EdDSA' | 'HS256';
}

/** Rotation in one process, and how often its providers were asked. */
function rotationOf({ pairs, secrets, algorithm = 'EdDSA' }: Given) {
  const ring = new KeyRing([OLD]);
  const keys = algorithm === 'HS256' ? AccessTokenKeys.fromKeyRing(ring) : AccessTokenKeys.fromPairs([first], algorithm);
  const asked = { pairs: 0, secrets: 0 };
  const count = <T>(of: 'pairs' | 'secrets', answer: (() => T) | undefined, instead: T) => {
    asked[of]++;
    return answer === undefined ? instead : answer();
  };
  const pairProvider = pairs && { ...pairs, keyPairs: async () => count('pairs', pairs.keyPairs?.bind(pairs), [first] as never) };
  const secretProvider = secrets && {
    ...secrets,
    secrets: async () => count('secrets', secrets.secrets?.bind(secrets), [OLD] as never),
  };
  const rotation = new KeyRotation(
    { tokens: { algorithm } } as ResolvedAuthOptions,
    ring,
    keys,
    (pairProvider ?? null) as KeyProvider | null,
    (secretProvider ?? null) as SecretProvider | null,
    new SettableClock(),
  );
  return { ring, keys, asked, rotation };
}
const kids = ({ keys }: { keys: AccessTokenKeys }) => keys.all.map(({ kid }) => kid);
const kidOf = (pair: SigningKeyPair) => AccessTokenKeys.fromPairs([pair], 'EdDSA').signing.kid;

let log: string[];
beforeEach(() => {
  log = [];
  vi.spyOn(Logger.prototype, 'log').mockImplementation((text: unknown) => void log.push(String(text)));
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((text: unknown) => void log.push(`WARN ${String(text)}`));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('the course of a rotation', () => {
  it('asks each provider at its own interval, until the application closes', async () => {
    const { rotation, asked } = rotationOf({ pairs: { refresh: '1m' }, secrets: { refresh: '2m' } });
    rotation.onApplicationBootstrap();
    for (let minute = 0; minute < 4; minute++) await vi.advanceTimersByTimeAsync(MINUTE);
    expect(asked).toEqual({ pairs: 4, secrets: 2 });
    rotation.beforeApplicationShutdown();
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(asked).toEqual({ pairs: 4, secrets: 2 });
  });

  it('asks nobody who names no interval, or whose keys nobody uses', async () => {
    const unscheduled = rotationOf({ pairs: {}, secrets: {} });
    unscheduled.rotation.onApplicationBootstrap();
    const unused = rotationOf({ pairs: { refresh: '1m' }, algorithm: 'HS256' });
    unused.rotation.onApplicationBootstrap();
    expect(vi.getTimerCount()).toBe(0);
    await unused.rotation.reload();
    expect(unused.asked).toEqual({ pairs: 0, secrets: 0 });
    await expect(rotationOf({}).rotation.reload()).resolves.toBeUndefined();
  });

  it('says what is in use, and every change, by fingerprints', async () => {
    const { rotation, ring } = rotationOf({ pairs: { leadTime: 0.001, keyPairs: async () => [first, second] } });
    rotation.onApplicationBootstrap();
    await rotation.reload();
    await rotation.reload();
    expect(log).toEqual([
      `In use: secret ${ring.fingerprint} (signs); access tokens EdDSA, key pairs ${kidOf(first)} (signs)`,
      `Changed: secret ${ring.fingerprint} (signs); access tokens EdDSA, key pairs ${kidOf(first)} (signs), ${kidOf(second)} (verifies)`,
    ]);
    const symmetric = rotationOf({ algorithm: 'HS256' });
    symmetric.rotation.onApplicationBootstrap();
    expect(log[2]).toMatch(/access tokens HS256 by the secret$/);
  });

  it('puts another order of the same keys in force', async () => {
    const given = [
      [first, second, third],
      [first, third, second],
    ];
    const process = rotationOf({ pairs: { keyPairs: async () => given.shift()! } });
    await process.rotation.reload();
    await process.rotation.reload();
    expect(kids(process)).toEqual([first, third, second].map(kidOf));
  });

  it('does nothing with an answer that comes when the application has closed', async () => {
    const process = rotationOf({ pairs: { keyPairs: async () => [first, second] }, secrets: { secrets: async () => [OLD, NEW] } });
    process.rotation.beforeApplicationShutdown();
    await process.rotation.reload();
    expect([kids(process), process.ring.fingerprints]).toEqual([[kidOf(first)], [process.ring.fingerprint]]);
  });

  it('does nothing with pairs that a later question or a replacement has overtaken', async () => {
    const answers: ((pairs: SigningKeyPair[]) => void)[] = [];
    const process = rotationOf({ pairs: { keyPairs: () => new Promise((resolve) => answers.push(resolve)) } });
    const questions = [process.rotation.reload(), process.rotation.reload()];
    answers[1]!([first, second]);
    await questions[1];
    answers[0]!([first]);
    await questions[0];
    expect(kids(process)).toEqual([first, second].map(kidOf));

    const late = process.rotation.reload();
    process.rotation.replaceKeyPairs([third]);
    answers[2]!([first, second]);
    await late;
    expect(kids(process)).toEqual([kidOf(third)]);
  });

  it('does nothing with an answer to a question from before a replacement, though one was asked since', async () => {
    const answers: ((pairs: SigningKeyPair[]) => void)[] = [];
    const process = rotationOf({ pairs: { keyPairs: () => new Promise((resolve) => answers.push(resolve)) } });
    const early = process.rotation.reload();
    process.rotation.replaceKeyPairs([third]);
    const later = process.rotation.reload();
    answers[0]!([first, second]);
    await early;
    expect(kids(process)).toEqual([kidOf(third)]);
    answers[1]!([third, first]);
    await later;
    expect(kids(process)).toEqual([third, first].map(kidOf));
  });

  it('does nothing with secrets from before a replacement either', async () => {
    const answers: ((secrets: string[]) => void)[] = [];
    const process = rotationOf({ secrets: { secrets: () => new Promise((resolve) => answers.push(resolve)) } });
    const early = process.rotation.reload();
    process.rotation.replaceSecrets(NEW);
    const after = process.ring.fingerprints;
    const later = process.rotation.reload();
    answers[0]!([OLD]);
    await early;
    expect(process.ring.fingerprints).toEqual(after);
    log = [];
    answers[1]!([NEW]);
    await later;
    expect([process.ring.fingerprints, log]).toEqual([after, []]);
  });

  it('hears again what a provider says after a replacement', async () => {
    const process = rotationOf({
      pairs: { leadTime: 0.001, keyPairs: async () => [first, third] },
      secrets: { secrets: async () => [OLD, NEW] },
    });
    process.rotation.replaceKeyPairs([first, second]);
    process.rotation.replaceSecrets([NEW]);
    await process.rotation.reload();
    expect(kids(process)).toEqual([first, third].map(kidOf));
    expect(process.ring.fingerprints).toHaveLength(2);
  });

  it('lends the old private half to no other key, and to none that has its own', async () => {
    const bare = { algorithm: 'EdDSA', publicKey: second.publicKey } as SigningKeyPair;
    const process = rotationOf({ pairs: { keyPairs: async () => [first, bare] } });
    await process.rotation.reload();
    expect(process.keys.all.map(({ signing }) => signing === undefined)).toEqual([false, true]);
    expect(process.keys.signing.signing).toBe(first.privateKey);
  });

  it('waits ten seconds for an answer before it says so and asks again', async () => {
    const process = rotationOf({ secrets: { refresh: '1s', secrets: () => new Promise(() => undefined) } });
    process.rotation.onApplicationBootstrap();
    log = [];
    await vi.advanceTimersByTimeAsync(1_000);
    expect([process.asked.secrets, log]).toEqual([1, []]);
    let seconds = 0;
    while (process.asked.secrets === 1 && seconds++ < 120) await vi.advanceTimersByTimeAsync(1_000);
    expect(log).toEqual([expect.stringMatching(new RegExp(`no answer within ${seconds} s`))]);
    process.rotation.beforeApplicationShutdown();
  });

  it('repeats of an error its name, or that it is unknown, and nothing of what it says', async () => {
    const errors = [new TypeError(`cannot read ${NEW}`), NEW];
    const process = rotationOf({ secrets: { refresh: '1s', secrets: () => Promise.reject(errors.shift()) } });
    process.rotation.onApplicationBootstrap();
    log = [];
    await vi.advanceTimersByTimeAsync(2_000);
    expect(log).toEqual([expect.stringMatching(/: TypeError$/), expect.stringMatching(/: unknown$/)]);
    process.rotation.beforeApplicationShutdown();
  });

  it.each<[string, readonly unknown[], string[]]>([
    ['no secret at all', [], ['secret']],
    ['what is not text', [OLD, 7], ['secret[1]']],
    ['a weak one', ['secret', OLD], ['secret[0]']],
    ['the same twice', [OLD, NEW, OLD], ['secret[2]']],
    ['several of these', ['weak', null], ['secret[0]', 'secret[1]']],
  ])('refuses %s, and changes nothing', async (_, secrets, options) => {
    const process = rotationOf({ secrets: { secrets: async () => secrets as string[] } });
    const before = process.ring.fingerprints;
    const refused = {
      problems: options.map((option) => ({
        option,
        problem: expect.stringMatching(/\w\.$/) as string,
        remedy: expect.stringMatching(/\w/) as string,
      })),
    };
    await expect(process.rotation.reload()).rejects.toMatchObject(refused);
    expect(() => process.rotation.replaceSecrets(secrets as string[])).toThrow(AuthConfigurationError);
    expect(process.ring.fingerprints).toEqual(before);
  });

  it.each([
    ['refresh', { refresh: 'often' }],
    ['leadTime', { leadTime: 'later' }],
  ])('refuses a schedule that is none (%s)', (name, schedule) => {
    expect(() => rotationOf({ secrets: schedule as never })).toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ option: `keys.${name}`, problem: expect.stringContaining('"') as string })],
      }) as Error,
    );
  });
});
