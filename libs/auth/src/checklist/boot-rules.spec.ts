import { describe, expect, it } from 'vitest';
import type { AuthEnvironment, AuthModuleOptions } from '../core/options/auth.options.js';
import { readAuthOptions } from '../core/options/resolve-auth-options.js';
import type { CacheServerFacts } from '../core/ports/cache-store.js';
import type { SchemaFault, StorageFacts } from '../core/ports/storage-inspector.js';
import type { SigningKeyFault } from '../core/tokens/signing-key.rules.js';
import type { BootFacts, RoomFacts } from './boot-facts.js';
import { BOOT_RULES } from './boot-rules.js';
import { judge } from './checklist.js';
import { notes, refusals, warnings } from './checklist-report.js';
import { optionFacts } from './option-facts.js';

const SECRET = 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only';
const OTHER = 'vB6nM1qW8eR3tY5uI0oP2aS4dF7gH9jK-test-only';

type Options = Partial<AuthModuleOptions>;

/** An application in production with which every rule is content. */
function safe(options: Options = {}, changes: Partial<BootFacts> = {}, environment: AuthEnvironment = 'production'): BootFacts {
  const read = readAuthOptions({
    secret: SECRET,
    baseUrl: 'https://app.example.com',
    environment,
    passwords: { nist: true, breachCheck: { isBreached: async () => false } },
    ...options,
  } as AuthModuleOptions);
  return {
    ...optionFacts(read.options, environment, read.problems),
    storage: STORAGE,
    cacheScope: 'shared',
    cache: { isDeclaredSingleInstance: false, server: SERVER },
    mail: { kind: 'delivered' },
    mailRooms: ['PasswordResetModule'],
    hashing: { weakness: null },
    keys: [],
    rooms: ROOMS,
    contributed: new Map(),
    connection: { mailFault: null, hashes: { total: 3, outdated: 0 } },
    ...changes,
  };
}

const STORAGE: StorageFacts = {
  engine: 'postgres',
  synchronizes: false,
  poolSize: 20,
  pendingMigrations: [],
  faults: [],
  clockSkew: 40,
};
const SERVER: CacheServerFacts = { isReachable: true, evictionPolicy: 'noeviction', isPersistent: true, unreadable: null };
const ROOMS: RoomFacts = {
  signUpReveals: false,
  requiredRoles: new Map([['admin', ['AppController.admin']]]),
  knownRoles: ['admin', 'member'],
  unfilledColumns: [],
};

const options = (changes: Options): BootFacts => safe(changes);
const storage = (changes: Partial<StorageFacts>): BootFacts => safe({}, { storage: { ...STORAGE, ...changes } });
const fault = (kind: SchemaFault['kind']): BootFacts =>
  storage({ faults: [{ kind, problem: 'It is wrong.', remedy: 'Mend it.' }] });
const server = (changes: Partial<CacheServerFacts>): BootFacts =>
  safe({}, { cache: { isDeclaredSingleInstance: false, server: { ...SERVER, ...changes } } });
const key = (kind: SigningKeyFault['kind']): BootFacts =>
  safe({}, { keys: [{ kind, option: 'KeyProvider.keyPairs[0]', problem: 'is bad.', remedy: 'Make another.' }] });
const rooms = (changes: Partial<RoomFacts>): BootFacts => safe({}, { rooms: { ...ROOMS, ...changes } });

/** What trips each rule: the facts, and the option that it then names. */
const TRIPS: Record<string, [facts: BootFacts, option: string]> = {
  'options.malformed': [options({ recentAuth: 'soon' as never }), 'recentAuth'],
  'acknowledge.unknown': [options({ acknowledge: ['mail.consol'] }), 'acknowledge'],
  'secret.too-short': [options({ secret: 'kX3vQ9rT7mZ2' }), 'secret'],
  'secret.placeholder': [options({ secret: [SECRET, 'your-super-secret-key-change-me-in-production'] }), 'secret[1]'],
  'secret.published': [options({ secret: '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7' }), 'secret'],
  'secret.guessable': [options({ secret: 'abc123'.repeat(8) }), 'secret'],
  'secret.reused': [options({ passwords: { pepper: SECRET } }), 'passwords.pepper'],
  'base-url.insecure': [options({ baseUrl: 'http://app.example.com' }), 'baseUrl'],
  'base-url.loopback': [options({ baseUrl: 'https://localhost:3000' }), 'baseUrl'],
  'cookie.insecure-same-site': [options({ baseUrl: 'http://localhost', cookie: { sameSite: 'none' } }), 'cookie.sameSite'],
  'cookie.foreign-domain': [options({ cookie: { domain: 'other.example.net' } }), 'cookie.domain'],
  'cookie.domain': [options({ cookie: { domain: 'example.com' } }), 'cookie.domain'],
  'cookie.cross-site': [options({ cookie: { sameSite: 'none' } }), 'cookie.sameSite'],
  'trusted-origins.insecure': [options({ trustedOrigins: ['https://a.example', 'http://b.example'] }), 'trustedOrigins'],
  'trusted-proxies.everyone': [options({ trustedProxies: ['0.0.0.0/0'] }), 'trustedProxies'],
  'passwords.min-length': [options({ passwords: { minLength: 6 } }), 'passwords.minLength'],
  'passwords.single-factor-length': [options({ passwords: { minLength: 8 } }), 'passwords.minLength'],
  'passwords.breach-check-off': [options({ passwords: { nist: true } }), 'passwords.breachCheck'],
  'hasher.weak': [safe({}, { hashing: { weakness: 'bcrypt with cost 4 is weak.' } }), 'hasher'],
  'passwords.outdated-hashes': [safe({}, { connection: { mailFault: null, hashes: { total: 3, outdated: 2 } } }), 'hasher'],
  'tokens.long-lived': [options({ tokens: { accessTtl: '61m' } }), 'tokens.accessTtl'],
  'keys.missing': [key('missing'), 'KeyProvider.keyPairs[0]'],
  'keys.half': [key('half'), 'KeyProvider.keyPairs[0]'],
  'keys.mismatched': [key('mismatched'), 'KeyProvider.keyPairs[0]'],
  'keys.rsa-too-short': [key('rsa-short'), 'KeyProvider.keyPairs[0]'],
  'keys.ephemeral': [key('ephemeral'), 'KeyProvider.keyPairs[0]'],
  'keys.unfit': [key('unfit'), 'KeyProvider.keyPairs[0]'],
  'throttle.off': [options({ throttle: false }), 'throttle'],
  'lockout.off': [options({ lockout: false }), 'lockout'],
  'storage.unreachable': [safe({}, { storage: { unreadable: 'connect ECONNREFUSED' } }), 'storage'],
  'storage.pending-migrations': [storage({ pendingMigrations: ['CreateAuthOutbox1795100000000'] }), 'storage'],
  'storage.schema': [fault('column'), 'storage'],
  'storage.unique-index': [fault('unique-index'), 'storage'],
  'storage.collation': [fault('collation'), 'storage'],
  'storage.unfilled-column': [rooms({ unfilledColumns: ['plan'] }), 'storage.userEntity'],
  'storage.sqlite': [storage({ engine: 'sqlite', poolSize: undefined }), 'storage'],
  'storage.synchronize': [storage({ synchronizes: true }), 'storage'],
  'storage.clock-skew': [storage({ clockSkew: -5_001 }), 'storage'],
  'storage.default-pool': [storage({ poolSize: null }), 'storage'],
  'cache.process-local': [safe({}, { cacheScope: 'process', cache: { isDeclaredSingleInstance: false } }), 'cache'],
  'cache.evicts': [server({ evictionPolicy: 'allkeys-lru' }), 'cache'],
  'cache.not-persistent': [server({ isPersistent: false }), 'cache'],
  'cache.unreadable': [server({ evictionPolicy: null, isPersistent: null, unreadable: 'NOPERM' }), 'cache'],
  'cache.unreachable': [server({ isReachable: false, evictionPolicy: null, isPersistent: null }), 'cache'],
  'mail.console': [safe({}, { mail: { kind: 'printed' } }), 'mail'],
  'mail.missing': [safe({}, { mail: { kind: 'none' } }), 'mail'],
  'mail.limits-off': [options({ mailLimits: false }), 'mailLimits'],
  'mail.unverified': [safe({}, { connection: { mailFault: '535 no', hashes: null } }), 'mail'],
  'sign-up.reveals-accounts': [rooms({ signUpReveals: true }), 'signUp'],
  'roles.unknown': [rooms({ knownRoles: ['amdin'] }), 'AppController.admin'],
};

/** Of some rules that are content although something is near what they look for. */
const CONTENT: [id: string, why: string, facts: BootFacts][] = [
  [
    'secret.reused',
    'keys of one ring are not two purposes',
    options({ secret: [SECRET, OTHER], passwords: { nist: true, pepper: 'mB5kQ1nV8xR4tZ7wL2pJ9sD3fG6hY0cAuEiO-x' } }),
  ],
  ['cookie.foreign-domain', 'a domain above the host is its own', options({ cookie: { domain: 'example.com' } })],
  ['trusted-origins.insecure', 'https origins are fine', options({ trustedOrigins: ['https://a.example'] })],
  ['trusted-proxies.everyone', 'private networks are fine', options({ trustedProxies: ['10.0.0.0/8', 'fc00::/7', '203.0.113.9'] })],
  ['trusted-proxies.everyone', 'so is one written as IPv6', options({ trustedProxies: ['::ffff:10.0.0.0/104', '::ffff:a00:1'] })],
  ['tokens.long-lived', 'an hour is the most', options({ tokens: { accessTtl: '1h' } })],
  ['storage.clock-skew', 'five seconds are the most', storage({ clockSkew: 5_000 })],
  [
    'storage.schema',
    'what pending migrations make is not said again',
    storage({ pendingMigrations: ['X'], faults: [{ kind: 'table', problem: 'No.', remedy: 'Do.' }] }),
  ],
  [
    'cache.process-local',
    'one process counts everything',
    safe({}, { cacheScope: 'process', cache: { isDeclaredSingleInstance: true } }),
  ],
  ['mail.missing', 'nobody sends mail', safe({}, { mail: { kind: 'none' }, mailRooms: [] })],
  ['sign-up.reveals-accounts', 'nobody can sign up', safe({ signUp: 'closed' }, { rooms: { ...ROOMS, signUpReveals: true } })],
];

const item = async (facts: BootFacts, id: string) => (await judge(facts)).items.find((one) => one.id === id)!;

describe('the boot rules', () => {
  it('are content with a safe application', async () => {
    const report = await judge(safe());

    expect(report.items.filter(({ status }) => status === 'failed' || status === 'unknown')).toEqual([]);
    expect(report.items.filter(({ status }) => status === 'passed').length).toBeGreaterThan(BOOT_RULES.length - 5);
  });

  it('have each a test that trips it', () => {
    expect(Object.keys(TRIPS).sort()).toEqual(BOOT_RULES.map(({ id }) => id).sort());
  });

  it.each(Object.entries(TRIPS))('%s: fails, names the option and what mends it', async (id, [facts, option]) => {
    const tripped = await item(facts, id);

    expect(tripped).toMatchObject({ id, status: 'failed', reason: null });
    expect(tripped.findings[0]).toEqual({ option, problem: expect.stringMatching(/.\.$/), remedy: expect.stringMatching(/\S/) });
    for (const secret of facts.secrets) expect(JSON.stringify(tripped)).not.toContain(secret.secret);
  });

  it.each(['8000::/1', '::/8', '::ffff:0:0/96', '::ffff:0.0.0.0/96', '::ffff:128.0.0.0/97', '0.0.0.0/1'])(
    'find everyone in %s',
    async (network) => {
      expect((await item(options({ trustedProxies: [network] }), 'trusted-proxies.everyone')).status).toBe('failed');
    },
  );

  it('judge a cookie whose domain is no text', async () => {
    const { findings } = await item(options({ cookie: { domain: 5 as never } }), 'options.malformed');

    expect(findings.map(({ option }) => option)).toEqual(['cookie.domain']);
  });

  it.each(CONTENT)('%s: %s', async (id, _why, facts) => {
    expect((await item(facts, id)).status).toMatch(/^(passed|skipped)$/);
  });

  it('have ids, texts and sources', () => {
    expect(new Set(BOOT_RULES.map(({ id }) => id)).size).toBe(BOOT_RULES.length);
    for (const { id, title, why, source, remedy } of BOOT_RULES) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/);
      expect(title).toMatch(/\.$/);
      expect(why).toMatch(/\.$/);
      expect(source.length).toBeGreaterThan(5);
      expect(remedy.length).toBeGreaterThan(5);
    }
  });

  it('do not ask in development what is right there', async () => {
    const development = { cacheScope: 'process', cache: { isDeclaredSingleInstance: false }, mail: { kind: 'printed' } } as const;
    const report = await judge(
      safe({ baseUrl: 'http://localhost:3000' }, { ...development, connection: undefined }, 'development'),
    );

    expect(refusals(report)).toEqual([]);
    expect(warnings(report)).toEqual([]);
  });

  it('warn in development of what production refuses, and refuse what works nowhere', async () => {
    const report = await judge(
      safe({ secret: 'short', throttle: false, lockout: false }, { hashing: { weakness: 'Weak.' } }, 'test'),
    );

    expect(refusals(report).map(({ id }) => id)).toEqual(['secret.too-short']);
    expect(warnings(report).map(({ id }) => id)).toEqual(['hasher.weak', 'throttle.off', 'lockout.off']);
  });

  it('are accepted by whoever names them, but for those without which nothing works', async () => {
    const report = await judge(safe({ secret: 'short', throttle: false, acknowledge: ['throttle.off', 'secret.too-short'] }));

    expect(report.items.find(({ id }) => id === 'throttle.off')).toMatchObject({ status: 'acknowledged' });
    expect(refusals(report).map(({ id, findings }) => [id, findings[0]!.problem])).toEqual([
      ['acknowledge.unknown', '"secret.too-short" cannot be accepted: nothing would work.'],
      ['secret.too-short', 'has 5 bytes; at least 32 are needed.'],
    ]);
  });

  it('say what they could not find out', async () => {
    const report = await judge(safe({}, { rooms: { unreadable: 'the database does not answer' } }));

    expect(report.items.find(({ id }) => id === 'roles.unknown')).toMatchObject({
      status: 'unknown',
      reason: 'the database does not answer',
    });
    expect(warnings(report).map(({ id }) => id)).toEqual(['storage.unfilled-column', 'roles.unknown']);
  });

  it('leave to the asked what only connecting tells, and are then stricter', async () => {
    const silent = await judge(safe({}, { ...server({ isReachable: false }), connection: undefined }));
    const asked = await judge(server({ isReachable: false }));

    expect(silent.items.find(({ id }) => id === 'mail.unverified')).toMatchObject({ status: 'skipped' });
    expect([warnings(silent), refusals(silent)].map((items) => items.map(({ id }) => id))).toEqual([['cache.unreachable'], []]);
    expect(refusals(asked).map(({ id }) => id)).toEqual(['cache.unreachable']);
  });

  it('know notes from warnings', async () => {
    const report = await judge(safe({ passwords: {} }, { rooms: { ...ROOMS, signUpReveals: true } }));

    expect(warnings(report)).toEqual([]);
    expect(notes(report).map(({ id }) => id)).toEqual([
      'passwords.single-factor-length',
      'passwords.breach-check-off',
      'sign-up.reveals-accounts',
    ]);
  });
});
