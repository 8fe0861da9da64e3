import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryOneTimeTokenRepository } from '../../testing/memory-storage/memory-one-time-token.repository.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import type { AuthUser } from '../ports/user.repository.js';
import { DEVICE_TTL, KnownDevices } from './known-devices.js';

const OLD = 'old-kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA';
const NEW = 'new-q8Zt5Lw1Vn4Xc7Rb2Mk9Hs6Jd3Pf0GyE';

describe('a known device', () => {
  let clock: SettableClock;
  let rows: MemoryOneTimeTokenRepository;
  let devices: KnownDevices;
  let ada: AuthUser;
  const withSecrets = (...secrets: string[]) => new KnownDevices(rows, new KeyRing(secrets), clock);
  beforeEach(async () => {
    const database = new MemoryDatabase();
    clock = new SettableClock();
    rows = new MemoryOneTimeTokenRepository(database);
    devices = withSecrets(OLD);
    const users = new MemoryUserRepository(database);
    ada = await users.insert({
      email: 'ada@example.com',
      passwordHash: null,
      emailConfirmedAt: null,
      createdAt: new Date(),
      profile: {},
    });
  });

  it('is recognised by its cookie for the account that it belongs to, and for no other', async () => {
    const cookie = await devices.remember(ada);

    expect(await devices.recognise(cookie, ada.email)).toBe(cookie.split('.')[0]);
    expect(await devices.recognise(cookie, 'eve@example.com')).toBeNull();
  });

  it('is one of several, and each keeps its own id', async () => {
    const [phone, laptop] = [await devices.remember(ada), await devices.remember(ada)];

    expect(await devices.recognise(phone, ada.email)).toBe(phone.split('.')[0]);
    expect(await devices.recognise(laptop, ada.email)).toBe(laptop.split('.')[0]);
  });

  it('is kept without its secret', async () => {
    const [id, secret] = (await devices.remember(ada)).split('.') as [string, string];
    const row = await rows.find(id);

    expect(row).toMatchObject({ userId: String(ada.id), emailVersion: ada.emailVersion, payload: null, createdAt: clock.now() });
    expect(row?.secretHash).not.toContain(secret);
  });

  it('is known for 180 days', async () => {
    const cookie = await devices.remember(ada);
    clock.advance('180d');
    clock.set(clock.now() - 1);
    expect(await devices.recognise(cookie, ada.email)).not.toBeNull();
    clock.set(clock.now() + 1);

    expect(await devices.recognise(cookie, ada.email)).toBeNull();
    expect(DEVICE_TTL).toBe(180 * 24 * 3_600_000);
  });

  it('is recognised under any secret of the ring', async () => {
    const cookie = await devices.remember(ada);

    expect(await withSecrets(NEW, OLD).recognise(cookie, ada.email)).not.toBeNull();
    expect(await withSecrets(NEW).recognise(cookie, ada.email)).toBeNull();
  });

  it('is no one-time token of another purpose', async () => {
    const cookie = await devices.remember(ada);
    const id = cookie.split('.')[0]!;
    const find = rows.find.bind(rows);
    rows.find = async (selector) => ({ ...(await find(selector))!, purpose: 'password-reset' });

    expect(await devices.recognise(cookie, ada.email)).toBeNull();
    expect((await find(id))?.purpose).toBe('known-device');
  });

  it('is nothing that was altered, made up or left out', async () => {
    const cookie = await devices.remember(ada);
    const [id, secret] = cookie.split('.') as [string, string];
    const made = [null, undefined, '', 'x', id, `${id}.`, `${id}.${'A'.repeat(43)}`, `${'A'.repeat(22)}.${secret}`];

    for (const value of [...made, ` ${cookie}`, `${cookie} `]) expect(await devices.recognise(value, ada.email)).toBeNull();
  });
});
