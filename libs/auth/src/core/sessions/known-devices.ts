import { Injectable } from '@nestjs/common';
import { constantTimeEqual, keyedHash } from '../crypto/keyed-hash.js';
import { KeyRing } from '../crypto/key-ring.js';
import { randomToken } from '../crypto/random.js';
import { Clock } from '../ports/clock.js';
import { OneTimeTokenRepository } from '../ports/one-time-token.repository.js';
import type { AuthUser } from '../ports/user.repository.js';

/** How long a device is known: milliseconds. Contract: 180 days. */
export const DEVICE_TTL = 180 * 86_400_000;

/** Of the rows, beside those of one-time tokens: what ends these (a changed or reset password, a lock, a deleted account) ends devices. */
const PURPOSE = 'known-device';
const VALUE = /^([\w-]{22})\.([\w-]{43})$/;

/**
 * Devices on which somebody has signed in to an account. A guess from one counts by itself, so that strangers who guess cannot lock the
 * owner out. Being known opens nothing.
 *
 * The cookie's value is `id.secret`; a hash of it, keyed and bound to the address of the account, is stored.
 */
@Injectable()
export class KnownDevices {
  constructor(
    private readonly rows: OneTimeTokenRepository,
    private readonly ring: KeyRing,
    private readonly clock: Clock,
  ) {}

  /** The id of the device, if the account of that address knows it. @param email folded */
  async recognise(value: string | null | undefined, email: string): Promise<string | null> {
    const match = VALUE.exec(value ?? '');
    if (match === null) return null;
    const [id, secret] = [match[1]!, match[2]!];
    const row = await this.rows.find(id);
    if (row === null || row.purpose !== PURPOSE || row.expiresAt <= this.clock.now()) return null;
    const isGenuine = this.ring
      .all(PURPOSE)
      .some(({ key }) => constantTimeEqual(keyedHash(key, id, secret, email), row.secretHash));
    return isGenuine ? id : null;
  }

  /** Makes a device known, in the unit of work of the sign-in. @returns the cookie's value */
  async remember(user: AuthUser): Promise<string> {
    const id = randomToken(16);
    const secret = randomToken(32);
    const now = this.clock.now();
    await this.rows.replace({
      selector: id,
      secretHash: keyedHash(this.ring.current(PURPOSE).key, id, secret, user.email),
      purpose: PURPOSE,
      subject: id,
      groupKey: null,
      userId: String(user.id),
      emailVersion: user.emailVersion,
      payload: null,
      createdAt: now,
      expiresAt: now + DEVICE_TTL,
    });
    return `${id}.${secret}`;
  }
}
