import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SigningKeyPair } from '../ports/key-provider.js';
import { envKeys, fileKeys, fileSecrets, keysFrom, secretsFrom } from './key-sources.js';

const ed = generateKeyPairSync('ed25519');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = ed.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const shape = (pairs: readonly SigningKeyPair[]) =>
  pairs.map(({ algorithm, privateKey }) => (privateKey === undefined ? algorithm : `${algorithm} signs`));

let directory: string;
beforeAll(async () => (directory = await mkdtemp(join(tmpdir(), 'latchkey-keys-'))));
afterAll(() => rm(directory, { recursive: true }));
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(directory, name), text);
  return join(directory, name);
};

describe('keys in files', () => {
  it('are PEM, a JWK, or a set of JWKs, in their order', async () => {
    const set = { keys: [ec.privateKey.export({ format: 'jwk' }), ed.publicKey.export({ format: 'jwk' })] };
    const provider = fileKeys([
      await file('first.pem', pem),
      await file('second.json', JSON.stringify(ec.publicKey.export({ format: 'jwk' }))),
      await file('set.json', JSON.stringify(set)),
    ]);

    expect(shape(await provider.keyPairs())).toEqual(['EdDSA signs', 'ES256', 'ES256 signs', 'EdDSA']);
    expect(provider.refresh).toBe('1m');
  });

  it('are read anew each time, and a single path is a list of one', async () => {
    const path = await file('one.pem', pem);
    const provider = fileKeys(path, { refresh: '10s', leadTime: '1h' });
    expect(shape(await provider.keyPairs())).toEqual(['EdDSA signs']);

    await file('one.pem', ec.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
    expect(shape(await provider.keyPairs())).toEqual(['ES256 signs']);
    expect([provider.refresh, provider.leadTime]).toEqual(['10s', '1h']);
  });

  it('are named when they are missing or no keys, without anything of them', async () => {
    await expect(fileKeys(join(directory, 'none.pem')).keyPairs()).rejects.toThrow(/none\.pem.*can not be read/);
    await expect(fileKeys(await file('bad.json', '{"keys":[{"kty":"SECRETTEXT"}]}')).keyPairs()).rejects.toThrow(
      /bad\.json, keys\[0\]/,
    );
    const error = await fileKeys(await file('bad.pem', 'SECRETTEXT'))
      .keyPairs()
      .then(String, String);
    expect(error).toContain('bad.pem');
    expect(error).not.toContain('SECRETTEXT');
  });
});

describe('keys in the environment', () => {
  afterEach(() => {
    for (const name of ['TEST_KEY_A', 'TEST_KEY_B']) delete process.env[name];
  });

  it('may have their line ends written out, and those that are not set are passed over', async () => {
    process.env['TEST_KEY_A'] = pem.replaceAll('\n', '\\n');
    process.env['TEST_KEY_B'] = ' \n';
    const provider = envKeys('TEST_KEY_A', 'TEST_KEY_B', 'TEST_KEY_C');
    expect(shape(await provider.keyPairs())).toEqual(['EdDSA signs']);

    process.env['TEST_KEY_B'] = JSON.stringify(ec.publicKey.export({ format: 'jwk' }));
    expect(shape(await provider.keyPairs())).toEqual(['EdDSA signs', 'ES256']);
    expect(provider.refresh).toBeUndefined();
  });

  it('are named by their variable when they are no keys', async () => {
    process.env['TEST_KEY_A'] = 'SECRETTEXT';
    const error = await envKeys('TEST_KEY_A').keyPairs().then(String, String);

    expect(error).toContain('TEST_KEY_A');
    expect(error).not.toContain('SECRETTEXT');
  });
});

describe('keys from a function', () => {
  it('are whatever it says when it is asked', async () => {
    const manager = { version: [pem] };
    const provider = keysFrom(async () => manager.version);
    expect(shape(await provider.keyPairs())).toEqual(['EdDSA signs']);
    manager.version = [];

    expect(await provider.keyPairs()).toEqual([]);
    expect(provider.refresh).toBe('5m');
  });

  it('fail as it fails', async () => {
    const down = async (): Promise<never> => {
      throw new Error('down');
    };
    await expect(keysFrom(down).keyPairs()).rejects.toThrow('down');
    await expect(secretsFrom(down, { refresh: '1s' }).secrets()).rejects.toThrow('down');
  });
});

describe('secrets in a file', () => {
  it('are its lines', async () => {
    const provider = fileSecrets(await file('secrets', '\n first \r\nsecond\n\n'));

    expect(await provider.secrets()).toEqual(['first', 'second']);
    await expect(fileSecrets(join(directory, 'none')).secrets()).rejects.toThrow(/none.*can not be read/);
  });
});
