import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryRoleRepository } from '../../testing/memory-storage/memory-role.repository.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import { EmailTakenException } from '../errors/auth.errors.js';
import { BootCheck } from './boot-check.js';
import { CacheStore, CacheUnavailableError } from './cache-store.js';
import { SystemClock } from './clock.js';
import { MailRejectedError, MailTransport } from './mail-transport.js';
import { PasswordHasher } from './password-hasher.js';
import { EVERYBODY } from './revocation-log.js';
import { StorageInspector } from './storage-inspector.js';
import { UnitOfWork } from './unit-of-work.js';
import { type ImportedUser, UserRepository } from './user.repository.js';

/** An adapter that adds nothing to what the port does by itself. */
const bare = <T>(Port: abstract new () => T): T => new (Port as new () => T)();

describe('an adapter that says no more than it must', () => {
  it('of a cache is not declared to be that of a single process', async () => {
    expect(await bare(CacheStore).facts()).toEqual({ isDeclaredSingleInstance: false });
  });

  it('of mail delivers it', () => expect(bare(MailTransport).facts()).toEqual({ kind: 'delivered' }));

  it('of hashes takes every hash for one of its own, and for a strong one', () => {
    const hasher = bare(PasswordHasher);

    expect(hasher.recognises('$anything')).toBe(true);
    expect(hasher.facts()).toEqual({ weakness: null });
  });

  it('of a database cannot count hashes', async () => {
    expect(await bare(StorageInspector).countHashes(() => true)).toBeNull();
  });

  it('of boot rules serves the application, and may change what is stored', () => {
    expect(bare(BootCheck)).toMatchObject({ isServing: true, isReadOnly: false });
  });

  it('of accounts takes any profile, and leaves no column empty', async () => {
    const users = bare(UserRepository);

    expect(users.profileFields()).toBeNull();
    expect(await users.unfilledColumns(['name'])).toEqual([]);
  });

  it('of units of work has no pool, and leaves each call its own deadline', async () => {
    const units = bare(UnitOfWork);

    expect(units.poolUse()).toBeNull();
    expect(await units.shareDeadline(async () => 'done', 1_000)).toBe('done');
    expect(await units.awaitAnswer(async () => 'answered')).toBe('answered');
    await expect(units.shareDeadline(() => Promise.reject(new TypeError('broken')))).rejects.toThrow(TypeError);
  });
});

describe('an adapter that does one thing at a time', () => {
  let database: MemoryDatabase;
  let users: MemoryUserRepository;

  beforeEach(() => {
    database = new MemoryDatabase();
    users = new MemoryUserRepository(database);
  });

  const imported = (email: string, disabledAt: Date | null = null): ImportedUser => ({
    email,
    passwordHash: `hash of ${email}`,
    emailConfirmedAt: null,
    createdAt: new Date(1_700_000_000_000),
    profile: { name: 'Somebody' },
    disabledAt,
  });

  it('still knows which addresses have an account', async () => {
    await users.insert(imported('ada@example.com'));
    await users.insert(imported('eve@example.com'));

    expect(await users.takenEmails(['bob@example.com', 'ada@example.com'])).toEqual(new Set(['ada@example.com']));
    expect(await users.takenEmails([])).toEqual(new Set());
  });

  it('still imports accounts, those that are switched off as such', async () => {
    const off = new Date(1_750_000_000_000);
    const ids = await users.insertAll([imported('ada@example.com'), imported('bob@example.com', off)]);
    const [ada, bob] = await Promise.all([users.findByEmail('ada@example.com'), users.findByEmail('bob@example.com')]);

    expect(ids).toEqual(
      new Map([
        ['ada@example.com', ada!.id],
        ['bob@example.com', bob!.id],
      ]),
    );
    // Nobody has changed the first one since it was inserted.
    expect(ada).toMatchObject({ name: 'Somebody', disabledAt: null, credentialsVersion: 1 });
    expect(bob).toMatchObject({ name: 'Somebody', disabledAt: off });
    expect(await users.findByEmailWithPassword('bob@example.com')).toMatchObject({ passwordHash: 'hash of bob@example.com' });
  });

  it('does not switch anything off or on that is not said to be off', async () => {
    const switched: string[] = [];
    users.setDisabled = async (id) => switched.push(id) > 0;
    const ids = await users.insertAll([imported('ada@example.com'), imported('bob@example.com', new Date())]);

    expect(switched).toEqual([ids.get('bob@example.com')]);
  });

  it('names accounts by text, whatever its ids are', async () => {
    const insert = users.insert.bind(users);
    users.insert = async (user) => ({ ...(await insert(user)), id: 7 });

    expect(await users.insertAll([imported('ada@example.com')])).toEqual(new Map([['ada@example.com', '7']]));
  });

  it('still refuses to import an address that is taken', async () => {
    await users.insert(imported('ada@example.com'));

    await expect(users.insertAll([imported('bob@example.com'), imported('ada@example.com')])).rejects.toThrow(EmailTakenException);
  });

  it('still grants a role to many', async () => {
    const roles = new MemoryRoleRepository(database);
    await roles.define({ name: 'editor', permissions: [] });
    await roles.grantAll(['7', '8'], 'editor');

    expect(await roles.countHolders('editor')).toBe(2);
    expect((await roles.rolesOf('8')).roles).toEqual(['editor']);
  });
});

describe('errors of adapters', () => {
  const cause = new Error('ECONNREFUSED');

  it('of a cache say what was asked of it, and keep the cause', () => {
    const error = new CacheUnavailableError('increment', { cause });

    expect(error).toMatchObject({ name: 'CacheUnavailableError', cause });
    expect(error.message).toContain('increment');
  });

  it('of mail that was refused say what the next hop has said, and keep the cause', () => {
    expect(new MailRejectedError('550 no such mailbox', { cause })).toMatchObject({
      name: 'MailRejectedError',
      message: '550 no such mailbox',
      cause,
    });
  });
});

describe('a revocation of everybody', () => {
  // Processes of another release write and read it, too.
  it('is stored as what no id is', () => expect(EVERYBODY).toBe('*'));
});

describe('the clock of the system', () => {
  it('tells the time of the operating system', () => {
    const before = Date.now();
    const now = new SystemClock().now();

    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });
});
