import assert from 'node:assert/strict';
import type { AuthUser, NewUser, UserRepository } from '../../core/ports/user.repository.js';
import {
  assertOneWinner,
  assertRejects,
  type ConformanceHarness,
  type CreateHarness,
  describeConformance,
  MISSING_VALUES,
  race,
  RACES,
  uniqueName,
  UNSTORABLE_VALUES,
} from './conformance-suite.js';

export interface UserRepositoryHarness extends ConformanceHarness {
  repository: UserRepository;
}

const CREATED_AT = new Date('2026-01-02T03:04:05.678Z');

/** Ids that no store makes, whatever the type of its ids. */
const IMPOSSIBLE_IDS = [
  'nobody',
  '-1',
  '1.5',
  '0x10',
  '99999999999999999999999',
  '2147483648',
  '9223372036854775808',
  'ffffffff-ffff-ffff-ffff-fffffffffff',
  '00000000-0000-0000-0000-00000000000g',
  ' ',
  "' OR 1=1 --",
  'x'.repeat(65),
  'x'.repeat(100_000),
  ...UNSTORABLE_VALUES,
];

export const newUser = (email = `${uniqueName()}@example.com`, changes: Partial<NewUser> = {}): NewUser => ({
  email,
  passwordHash: '$hash$1',
  emailConfirmedAt: null,
  createdAt: CREATED_AT,
  profile: { name: 'Ada' },
  ...changes,
});

const idOf = (user: AuthUser): string => String(user.id);

/** What every `UserRepository` must do. */
export function describeUserRepository(create: CreateHarness<UserRepository | UserRepositoryHarness>): void {
  const createHarness = async (): Promise<UserRepositoryHarness> => {
    const created = await create();
    return 'repository' in created ? created : { repository: created };
  };

  describeConformance('UserRepository', createHarness, (scenario) => {
    scenario('finds an inserted user by id and by address, without the hash', async ({ repository }) => {
      const inserted = await repository.insert(newUser('ada.' + uniqueName() + '@example.com'));
      for (const user of [inserted, await repository.findById(idOf(inserted)), await repository.findByEmail(inserted.email)]) {
        assert.ok(user);
        assert.equal(idOf(user), idOf(inserted));
        assert.equal(user.email, inserted.email);
        assert.equal(user.name, 'Ada');
        assert.equal(user.emailConfirmedAt, null);
        assert.equal(user.disabledAt, null);
        assert.equal(user.lockedAt, null);
        assert.equal(user.credentialsVersion, 1);
        assert.equal(user.emailVersion, 1);
        assert.equal(user.createdAt.getTime(), CREATED_AT.getTime());
        assert.ok(!JSON.stringify(user).includes('$hash$'), 'the hash must not be part of the user');
      }
    });

    scenario('returns hash and roles where asked for them', async ({ repository }) => {
      const user = await repository.insert(newUser());
      for (const found of [
        await repository.findByEmailWithPassword(user.email),
        await repository.findByIdWithPassword(idOf(user)),
      ]) {
        assert.equal(found?.passwordHash, '$hash$1');
        assert.deepEqual(found.roles, []);
        assert.equal(idOf(found.user), idOf(user));
        assert.ok(!JSON.stringify(found.user).includes('$hash$'));
      }
      const passwordless = await repository.insert(newUser(undefined, { passwordHash: null }));
      assert.equal((await repository.findByEmailWithPassword(passwordless.email))?.passwordHash, null);
    });

    scenario('finds nothing for a missing value', async ({ repository }) => {
      await repository.insert(newUser());
      for (const missing of MISSING_VALUES) {
        assert.equal(await repository.findById(missing), null);
        assert.equal(await repository.findByEmail(missing), null);
        assert.equal(await repository.findByEmailWithPassword(missing), null);
        assert.equal(await repository.findByIdWithPassword(missing), null);
      }
    });

    scenario('takes an id that cannot be its own for one that is not there', async ({ repository }) => {
      for (const id of IMPOSSIBLE_IDS) {
        assert.equal(await repository.findById(id), null, JSON.stringify(id.slice(0, 80)));
        assert.equal(await repository.findByIdWithPassword(id), null);
        assert.equal(await repository.updateProfile(id, { name: 'x' }), null);
        assert.equal(await repository.replacePassword(id, { passwordHash: 'x' }), null);
        assert.equal(await repository.upgradePasswordHash(id, 'x', 'y'), false);
        assert.equal(await repository.setDisabled(id, new Date()), false);
        assert.equal(await repository.setLocked(id, null), false);
        assert.equal(await repository.confirmEmail(id, 1, new Date()), false);
        assert.equal(await repository.claimEmail(id, { ifEmailVersion: 1, passwordHash: null, at: new Date() }), null);
        assert.equal(await repository.changeEmail(id, { email: 'x@example.com', ifEmailVersion: 1, confirmedAt: null }), null);
        assert.equal(await repository.delete(id), false);
      }
    });

    scenario('compares addresses byte by byte: accents, case, padding', async ({ repository }) => {
      const name = uniqueName();
      const twins = [`jose${name}@example.com`, `josé${name}@example.com`, `JOSE${name}@example.com`, `jose${name}@example.com.x`];
      const ids = new Set<string>();
      for (const email of twins) ids.add(idOf(await repository.insert(newUser(email))));
      assert.equal(ids.size, twins.length);
      for (const email of twins) assert.equal((await repository.findByEmail(email))?.email, email);
      for (const email of [`${twins[0]} `, ` ${twins[0]}`, `josE${name}@example.com`, `ȷose${name}@example.com`]) {
        assert.equal(await repository.findByEmail(email), null, JSON.stringify(email));
        assert.equal(await repository.findByEmailWithPassword(email), null, JSON.stringify(email));
      }
    });

    scenario('finds nothing for an address that no text column can hold', async ({ repository }) => {
      for (const text of UNSTORABLE_VALUES) {
        assert.equal(await repository.findByEmail(`${text}@example.com`), null);
        assert.equal(await repository.findByEmailWithPassword(`${text}@example.com`), null);
      }
    });

    scenario('keeps addresses and names beyond the basic plane', async ({ repository }) => {
      const email = `ı𝒜😀${uniqueName()}@例え.jp`;
      const user = await repository.insert(newUser(email, { profile: { name: '王😀' } }));
      const found = await repository.findByEmail(email);
      assert.deepEqual([found?.email, found?.name], [email, '王😀']);
      assert.ok(await repository.delete(idOf(user)));
    });

    for (const ways of RACES) {
      scenario(`lets one of ${ways} parallel inserts of an address win`, async ({ repository }) => {
        const email = `${uniqueName()}@example.com`;
        const results = await race(ways, () =>
          repository.insert(newUser(email)).then(
            () => true,
            async (error: unknown) => {
              await assertRejects(Promise.reject(error), 'auth.email_taken');
              return false;
            },
          ),
        );
        assertOneWinner(results);
        assert.ok(await repository.findByEmail(email));
      });

      scenario(`lets one of ${ways} parallel password changes from the same hash win`, async ({ repository }) => {
        const user = await repository.insert(newUser());
        const results = await race(ways, (index) =>
          repository.replacePassword(idOf(user), { passwordHash: `$hash$new${index}`, ifHash: '$hash$1' }),
        );
        assertOneWinner(results.map((version) => version !== null));
        assert.deepEqual(
          results.filter((version) => version !== null),
          [2],
        );
        const winner = results.findIndex((version) => version !== null);
        assert.equal((await repository.findByIdWithPassword(idOf(user)))?.passwordHash, `$hash$new${winner}`);
      });
    }

    scenario('gives each of many parallel unconditional password changes a version of its own', async ({ repository }) => {
      const user = await repository.insert(newUser());
      const versions = await race(10, (index) => repository.replacePassword(idOf(user), { passwordHash: `$hash$${index}` }));
      assert.deepEqual(
        versions.toSorted((a, b) => Number(a) - Number(b)),
        [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      );
      assert.equal((await repository.findById(idOf(user)))?.credentialsVersion, 11);
    });

    scenario('replaces a password only while its condition holds', async ({ repository }) => {
      const user = await repository.insert(newUser());
      const id = idOf(user);
      assert.equal(await repository.replacePassword(id, { passwordHash: 'b', ifHash: 'other' }), null);
      assert.equal(await repository.replacePassword(id, { passwordHash: 'b', ifHash: null }), null);
      assert.equal(await repository.replacePassword(id, { passwordHash: null, ifHash: '$hash$1' }), 2);
      assert.equal((await repository.findByIdWithPassword(id))?.passwordHash, null);
      assert.equal(await repository.replacePassword(id, { passwordHash: 'c', ifHash: null }), 3);
      assert.equal((await repository.findByIdWithPassword(id))?.passwordHash, 'c');
    });

    scenario('upgrades a hash by compare-and-set, without a new version', async ({ repository }) => {
      const user = await repository.insert(newUser());
      assert.equal(await repository.upgradePasswordHash(idOf(user), 'other', 'x'), false);
      assertOneWinner(await race(10, (index) => repository.upgradePasswordHash(idOf(user), '$hash$1', `$hash$up${index}`)));
      assert.equal((await repository.findById(idOf(user)))?.credentialsVersion, 1);
    });

    scenario(
      'ends all sessions by version when an account is disabled or locked, not when it is released',
      async ({ repository }) => {
        const id = idOf(await repository.insert(newUser()));
        const at = new Date('2026-03-04T05:06:07.089Z');
        const version = async (): Promise<number | undefined> => (await repository.findById(id))?.credentialsVersion;
        assert.equal(await repository.setDisabled(id, at), true);
        assert.equal((await repository.findById(id))?.disabledAt?.getTime(), at.getTime());
        assert.equal(await version(), 2);
        assert.equal(await repository.setDisabled(id, null), true);
        assert.equal((await repository.findById(id))?.disabledAt, null);
        assert.equal(await version(), 2);
        assert.equal(await repository.setLocked(id, at), true);
        assert.equal((await repository.findById(id))?.lockedAt?.getTime(), at.getTime());
        assert.equal(await version(), 3);
        assert.equal(await repository.setLocked(id, null), true);
        assert.equal(await version(), 3);
      },
    );

    scenario('confirms an address only for its version', async ({ repository }) => {
      const id = idOf(await repository.insert(newUser()));
      assert.equal(await repository.confirmEmail(id, 2, CREATED_AT), false);
      assert.equal((await repository.findById(id))?.emailConfirmedAt, null);
      assert.equal(await repository.confirmEmail(id, 1, CREATED_AT), true);
      assert.equal((await repository.findById(id))?.emailConfirmedAt?.getTime(), CREATED_AT.getTime());
    });

    scenario('gives an unproved account to whoever proves its address, once', async ({ repository }) => {
      const id = idOf(await repository.insert(newUser()));
      const claim = (ifEmailVersion: number, passwordHash: string | null) =>
        repository.claimEmail(id, { ifEmailVersion, passwordHash, at: CREATED_AT });
      assert.equal(await claim(2, null), null);
      assert.equal((await repository.findByIdWithPassword(id))?.passwordHash, '$hash$1');
      const versions = await race(10, (index) => claim(1, `$hash$claim${index}`));
      assert.deepEqual(
        versions.filter((version) => version !== null),
        [2],
      );
      const found = await repository.findByIdWithPassword(id);
      assert.equal(found?.passwordHash, `$hash$claim${versions.findIndex((version) => version !== null)}`);
      assert.equal(found.user.emailConfirmedAt?.getTime(), CREATED_AT.getTime());
      assert.deepEqual([found.user.emailVersion, found.user.credentialsVersion], [1, 2]);
      assert.equal(await claim(1, null), null);
    });

    scenario('changes an address once per version, and drops old versions of everything', async ({ repository }) => {
      const user = await repository.insert(newUser());
      const id = idOf(user);
      const email = `neu.${uniqueName()}@example.com`;
      const change = { email, ifEmailVersion: 1, confirmedAt: CREATED_AT };
      assert.equal(await repository.changeEmail(id, { ...change, ifEmailVersion: 2 }), null);
      const versions = await race(10, () => repository.changeEmail(id, change));
      assert.deepEqual(
        versions.filter((version) => version !== null),
        [2],
      );
      assert.equal(await repository.findByEmail(user.email), null);
      const found = await repository.findByEmailWithPassword(email);
      assert.equal(found?.passwordHash, '$hash$1');
      assert.deepEqual(
        [idOf(found.user), found.user.emailVersion, found.user.credentialsVersion, found.user.emailConfirmedAt?.getTime()],
        [id, 2, 2, CREATED_AT.getTime()],
      );
      assert.equal(await repository.confirmEmail(id, 1, CREATED_AT), false);
      assert.equal(await repository.changeEmail(id, { email: user.email, ifEmailVersion: 2, confirmedAt: null }), 3);
      assert.equal((await repository.findById(id))?.emailConfirmedAt, null);
    });

    scenario('refuses an address that another account has', async ({ repository }) => {
      const [ada, eve] = [await repository.insert(newUser()), await repository.insert(newUser())];
      const change = { email: ada.email, ifEmailVersion: 1, confirmedAt: null };
      await assertRejects(repository.changeEmail(idOf(eve), change), 'auth.email_taken');
      assert.equal((await repository.findById(idOf(eve)))?.email, eve.email);
      assert.equal(idOf((await repository.findByEmail(ada.email))!), idOf(ada));
    });

    for (const ways of RACES) {
      scenario(`gives an address to one of ${ways} accounts that change to it at once`, async ({ repository }) => {
        const email = `${uniqueName()}@example.com`;
        const ids = await race(ways, async () => idOf(await repository.insert(newUser())));
        const results = await race(ways, (index) =>
          repository.changeEmail(ids[index]!, { email, ifEmailVersion: 1, confirmedAt: CREATED_AT }).then(
            (version) => version !== null,
            async (error: unknown) => {
              await assertRejects(Promise.reject(error), 'auth.email_taken');
              return false;
            },
          ),
        );
        assertOneWinner(results);
      });
    }

    scenario('changes the profile and nothing else', async ({ repository }) => {
      const user = await repository.insert(newUser());
      const updated = await repository.updateProfile(idOf(user), { name: 'Grace' });
      assert.deepEqual([updated?.name, updated?.email, updated?.credentialsVersion], ['Grace', user.email, 1]);
      assert.equal((await repository.updateProfile(idOf(user), {}))?.name, 'Grace');
      assert.equal((await repository.findByIdWithPassword(idOf(user)))?.passwordHash, '$hash$1');
    });

    scenario('deletes once, and the address is free again', async ({ repository }) => {
      const user = await repository.insert(newUser());
      assertOneWinner(await race(10, () => repository.delete(idOf(user))));
      assert.equal(await repository.findById(idOf(user)), null);
      assert.equal(await repository.replacePassword(idOf(user), { passwordHash: 'x' }), null);
      assert.equal(await repository.updateProfile(idOf(user), { name: 'x' }), null);
      assert.notEqual(idOf(await repository.insert(newUser(user.email))), idOf(user));
    });

    scenario('inserts many accounts at once, as another system had them', async ({ repository }) => {
      const [one, two] = [
        newUser(undefined, { emailConfirmedAt: CREATED_AT }),
        newUser(undefined, { passwordHash: null, profile: {} }),
      ];
      const ids = await repository.insertAll([
        { ...one, disabledAt: null },
        { ...two, disabledAt: CREATED_AT },
      ]);
      assert.equal(ids.size, 2);
      const [first, second] = [await repository.findById(ids.get(one.email)!), await repository.findById(ids.get(two.email)!)];
      assert.deepEqual(
        [first?.email, first?.name, first?.createdAt, first?.emailConfirmedAt, first?.disabledAt],
        [one.email, 'Ada', CREATED_AT, CREATED_AT, null],
      );
      assert.deepEqual([second?.email, second?.name, second?.disabledAt], [two.email, null, CREATED_AT]);
      assert.equal((await repository.findByEmailWithPassword(one.email))?.passwordHash, '$hash$1');
      assert.equal((await repository.findByEmailWithPassword(two.email))?.passwordHash, null);
      assert.equal((await repository.insertAll([])).size, 0);
    });

    scenario('refuses to insert many accounts when one of the addresses is taken', async ({ repository }) => {
      const { email } = await repository.insert(newUser());
      const twin = { ...newUser(email), disabledAt: null };
      await assertRejects(repository.insertAll([{ ...newUser(), disabledAt: null }, twin]), 'auth.email_taken');
      await assertRejects(repository.insertAll([twin]), 'auth.email_taken');
    });

    scenario('tells which of many addresses are taken, byte by byte', async ({ repository }) => {
      const name = uniqueName();
      const taken = (await repository.insert(newUser(`josé.${name}@example.com`))).email;
      const asked = [taken, `jose.${name}@example.com`, `${uniqueName()}@example.com`, ...UNSTORABLE_VALUES];
      assert.deepEqual([...(await repository.takenEmails(asked))], [taken]);
      assert.deepEqual([...(await repository.takenEmails([]))], []);
    });

    scenario('lists every account once, page by page', async ({ repository }) => {
      const expected = await race(5, async () => idOf(await repository.insert(newUser())));
      const seen: string[] = [];
      for (let after: string | undefined; ;) {
        const page = await repository.list({ after, limit: 2 });
        assert.ok(page.length <= 2);
        if (page.length === 0) break;
        seen.push(...page.map(idOf));
        after = seen.at(-1);
      }
      assert.equal(new Set(seen).size, seen.length);
      for (const id of expected) assert.ok(seen.includes(id));
    });
  });
}
