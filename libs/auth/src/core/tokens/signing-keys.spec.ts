import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import type { KeyProvider, SigningKeyPair } from '../ports/key-provider.js';
import { SigningKeys } from './signing-keys.js';
import { toKeyPair } from './static-key-provider.js';

const pair = toKeyPair(generateKeyPairSync('ed25519').privateKey, 'EdDSA');
const provider = (pairs: readonly SigningKeyPair[], more: Partial<KeyProvider> = {}): KeyProvider => ({
  keyPairs: () => Promise.resolve(pairs),
  ...more,
});
const failing = (error: Error): KeyProvider => provider([], { keyPairs: () => Promise.reject(error) });
const kinds = ({ faults }: SigningKeys) => faults?.map(({ kind, option }) => `${kind} ${option}`);

describe('the key pairs of the start', () => {
  it('are not asked for with HS256', async () => {
    const keys = await SigningKeys.read(failing(new Error('asked')), 'HS256');
    expect(keys).toMatchObject({ pairs: [], faults: null, areUsable: true });
  });

  it('are fit to use when nothing is wrong with them', async () => {
    const keys = await SigningKeys.read(provider([pair]), 'EdDSA');
    expect(keys).toMatchObject({ pairs: [pair], faults: [], areUsable: true });
  });

  it('are missed where the algorithm needs them', async () => {
    const keys = await SigningKeys.read(null, 'EdDSA');
    expect([kinds(keys), keys.pairs, keys.areUsable]).toEqual([['missing tokens.keys'], [], false]);
  });

  it('have what is wrong with each of them', async () => {
    const keys = await SigningKeys.read(provider([pair, pair]), 'ES256');
    expect([kinds(keys), keys.areUsable]).toEqual([['unfit KeyProvider.keyPairs[0]', 'unfit KeyProvider.keyPairs[1]'], false]);
  });

  it('may be used, but not unnoticed, when they are made anew at every start', async () => {
    const keys = await SigningKeys.read(provider([pair], { isEphemeral: true }), 'EdDSA');
    expect([kinds(keys), keys.areUsable]).toEqual([['ephemeral tokens.keys'], true]);
    const unfit = await SigningKeys.read(provider([], { isEphemeral: true }), 'EdDSA');
    expect([kinds(unfit), unfit.areUsable]).toEqual([['missing KeyProvider.keyPairs[0]', 'ephemeral tokens.keys'], false]);
    expect(kinds(await SigningKeys.read(provider([pair], { isEphemeral: false }), 'EdDSA'))).toEqual([]);
  });

  it('that a provider cannot read are a fault, whatever else it throws is its own', async () => {
    const problems = [{ option: 'JWT_KEY', problem: 'is not set.', remedy: 'Set it.' }];
    const keys = await SigningKeys.read(failing(new AuthConfigurationError(problems)), 'EdDSA');
    expect(keys.faults).toEqual([{ kind: 'unfit', ...problems[0] }]);
    expect([keys.pairs, keys.areUsable]).toEqual([[], false]);
    await expect(SigningKeys.read(failing(new Error('no network')), 'EdDSA')).rejects.toThrow('no network');
  });
});
