import type { JsonWebKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { KeyProvider, type KeySchedule, SecretProvider, type SigningKeyPair } from '../ports/key-provider.js';
import { type KeyMaterial, StaticKeyProvider, toKeyPair, unreadable } from './static-key-provider.js';

/** Of providers whose keys may change while the application runs. */
export const KEY_SOURCE_DEFAULTS = { files: { refresh: '1m' }, functions: { refresh: '5m' } } as const satisfies Record<
  string,
  KeySchedule
>;

/**
 * Keys in files, the one that signs first; each file holds PEM, a JWK, or a JWK Set (RFC 7517 section 5) whose keys follow in their order.
 * A running process reads them again, so that a key is rotated by writing a file (to another name, then renamed over it).
 *
 * @example
 * AuthModule.forRoot({ tokens: { algorithm: 'EdDSA', keys: fileKeys(['/run/secrets/current.pem', '/run/secrets/next.pem']) }, … })
 */
export function fileKeys(paths: string | readonly string[], schedule: KeySchedule = KEY_SOURCE_DEFAULTS.files): KeyProvider {
  const files = typeof paths === 'string' ? [paths] : paths;
  return new SourcedKeys(schedule, async () => (await Promise.all(files.map(keysInFile))).flat());
}

/**
 * Keys in environment variables, the one that signs first, as PEM (with line ends written as `\n`, too) or JWK; read at boot. Those that
 * are not set are passed over.
 *
 * @example
 * AuthModule.forRoot({ tokens: { algorithm: 'EdDSA', keys: envKeys('SIGNING_KEY', 'NEXT_SIGNING_KEY') }, … })
 */
export function envKeys(...names: readonly string[]): KeyProvider {
  return new SourcedKeys({}, async () =>
    names.flatMap((name) => {
      const text = process.env[name]?.trim();
      return text === undefined || text === '' ? [] : [toKeyPair(text.startsWith('{') ? text : text.replaceAll('\\n', '\n'), name)];
    }),
  );
}

/** Keys from wherever a function gets them, e.g. a secrets manager; the one that signs first. */
export function keysFrom(
  ask: () => Promise<readonly KeyMaterial[]>,
  schedule: KeySchedule = KEY_SOURCE_DEFAULTS.functions,
): KeyProvider {
  return new SourcedKeys(schedule, async () => new StaticKeyProvider(await ask()).keyPairs());
}

/** Secrets in a file, one a line, the one that signs first. A running process reads it again. */
export function fileSecrets(path: string, schedule: KeySchedule = KEY_SOURCE_DEFAULTS.files): SecretProvider {
  return new SourcedSecrets(schedule, async () =>
    (await textOf(path, 'Write one secret a line, the one that signs first.'))
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
}

/** Secrets from wherever a function gets them, e.g. a secrets manager; the one that signs first. */
export function secretsFrom(
  ask: () => Promise<readonly string[]>,
  schedule: KeySchedule = KEY_SOURCE_DEFAULTS.functions,
): SecretProvider {
  return new SourcedSecrets(schedule, ask);
}

class SourcedKeys extends KeyProvider {
  override readonly refresh?: KeySchedule['refresh'];
  override readonly leadTime?: KeySchedule['leadTime'];

  constructor(
    { refresh, leadTime }: KeySchedule,
    private readonly read: () => Promise<readonly SigningKeyPair[]>,
  ) {
    super();
    this.refresh = refresh;
    this.leadTime = leadTime;
  }

  keyPairs(): Promise<readonly SigningKeyPair[]> {
    return this.read();
  }
}

class SourcedSecrets extends SecretProvider {
  override readonly refresh?: KeySchedule['refresh'];
  override readonly leadTime?: KeySchedule['leadTime'];

  constructor(
    { refresh, leadTime }: KeySchedule,
    private readonly read: () => Promise<readonly string[]>,
  ) {
    super();
    this.refresh = refresh;
    this.leadTime = leadTime;
  }

  secrets(): Promise<readonly string[]> {
    return this.read();
  }
}

async function keysInFile(path: string): Promise<SigningKeyPair[]> {
  const text = await textOf(path, 'Make a pair with `npx nestjs-latchkey generate-keys`.');
  const set = keySetOf(text);
  return set === null ? [toKeyPair(text, path)] : set.map((jwk, at) => toKeyPair(jwk, `${path}, keys[${at}]`));
}

function keySetOf(text: string): JsonWebKey[] | null {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown };
    return Array.isArray(keys) ? (keys as JsonWebKey[]) : null;
  } catch {
    return null;
  }
}

async function textOf(path: string, remedy: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, 'the file can not be read.', cause, remedy);
  }
}
