import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fromBase64url } from './base64url.js';
import type { KeyRing } from './key-ring.js';

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts what must rest in a table and come back: AES-256-GCM under the ring's key for one purpose.
 *
 * The envelope `v1.<key id>.<iv, cipher text, tag>` names its key, so that a rotated secret opens what the older one sealed. The
 * initialisation vector is random (NIST SP 800-38D section 8.2.2: at most 2^32 seals under one key).
 */
export class Sealer {
  constructor(
    private readonly ring: KeyRing,
    private readonly purpose: string,
  ) {}

  /** @param context authenticated and not stored: the same must be given to open, e.g. the id of the row */
  seal(plain: string, context: string): string {
    const { id, key } = this.ring.current(this.purpose);
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(`${VERSION}.${id}.${context}`, 'utf8'));
    const sealed = Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${id}.${sealed.toString('base64url')}`;
  }

  /** Whether the key that an envelope names is in the ring; `true` for what is no envelope, which no key opens. */
  hasKeyOf(envelope: string): boolean {
    const [version, id] = envelope.split('.');
    return version !== VERSION || id === undefined || this.ring.get(this.purpose, id) !== null;
  }

  /** What was sealed; `null` when altered, of another purpose or context, or when its secret has left the ring. */
  open(envelope: string, context: string): string | null {
    const [version, id, body, ...rest] = envelope.split('.');
    if (version !== VERSION || id === undefined || body === undefined || rest.length > 0) return null;
    const key = this.ring.get(this.purpose, id)?.key;
    const sealed = fromBase64url(body);
    if (key === undefined || sealed === null || sealed.byteLength < IV_BYTES + TAG_BYTES) return null;

    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(`${VERSION}.${id}.${context}`, 'utf8'));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  }
}
