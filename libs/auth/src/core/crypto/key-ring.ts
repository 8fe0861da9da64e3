import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/** A key derived for one purpose. */
export interface PurposeKey {
  /** Names the key in what it made; says nothing about the key or the secret. 11 characters of base64url. */
  readonly id: string;
  /** 256 bits. */
  readonly key: KeyObject;
}

const KEY_BYTES = 32;
const ID_BYTES = 8;

/**
 * The keys of one application, derived from its secrets: the first secret signs, all verify.
 *
 * Each purpose has its own key (HKDF-SHA256, RFC 5869, the purpose as `info`), so that what was made for one is worthless for
 * another. Derived keys are kept; a purpose costs its derivation once.
 */
export class KeyRing {
  private readonly purposes = new Map<string, ReadonlyMap<string, PurposeKey>>();
  private secrets!: readonly string[];
  private generation = 0;

  /** @param secrets newest first, at least one; their strength is judged by the boot rules */
  constructor(secrets: readonly string[]) {
    this.use(secrets);
  }

  /** Changes with every {@link replace}, so that what was verified under other keys is not believed any more. */
  get version(): number {
    return this.generation;
  }

  /** Puts other secrets in force in the running process: what was made under those that are gone is refused from now on. */
  replace(secrets: readonly string[]): void {
    this.use(secrets);
    this.generation++;
  }

  /** The key that signs and seals. */
  current(purpose: string): PurposeKey {
    return this.derived(purpose).values().next().value as PurposeKey;
  }

  /** The key of that id, or `null` when its secret is not (any more) in the ring. */
  get(purpose: string, keyId: string): PurposeKey | null {
    return this.derived(purpose).get(keyId) ?? null;
  }

  /** All keys of the purpose, the current one first. */
  all(purpose: string): readonly PurposeKey[] {
    return [...this.derived(purpose).values()];
  }

  /** Equal in two processes exactly when they sign with the same secret. May be shown. */
  get fingerprint(): string {
    return this.current('fingerprint').id;
  }

  /** As {@link fingerprint}, of every secret in their order. */
  get fingerprints(): readonly string[] {
    return this.all('fingerprint').map(({ id }) => id);
  }

  private use(secrets: readonly string[]): void {
    if (secrets.length === 0) throw new TypeError('A key ring needs at least one secret');
    this.secrets = [...secrets];
    this.purposes.clear();
  }

  private derived(purpose: string): ReadonlyMap<string, PurposeKey> {
    let keys = this.purposes.get(purpose);
    if (keys === undefined) {
      keys = new Map(this.secrets.map((secret) => derive(secret, purpose)).map((key) => [key.id, key]));
      this.purposes.set(purpose, keys);
    }
    return keys;
  }
}

function derive(secret: string, purpose: string): PurposeKey {
  const bytes = Buffer.from(hkdfSync('sha256', secret, 'latchkey', `latchkey/v1/${purpose}`, KEY_BYTES));
  const key = createSecretKey(bytes);
  const id = createHmac('sha256', key).update('latchkey key id').digest().subarray(0, ID_BYTES).toString('base64url');
  return { id, key };
}
