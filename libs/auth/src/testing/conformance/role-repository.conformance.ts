import assert from 'node:assert/strict';
import type { RoleRepository } from '../../core/ports/role.repository.js';
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

export interface RoleRepositoryHarness extends ConformanceHarness {
  repository: RoleRepository;
}

/** What every `RoleRepository` must do. */
export function describeRoleRepository(create: CreateHarness<RoleRepository | RoleRepositoryHarness>): void {
  const createHarness = async (): Promise<RoleRepositoryHarness> => {
    const created = await create();
    return 'repository' in created ? created : { repository: created };
  };

  describeConformance('RoleRepository', createHarness, (scenario) => {
    scenario('seeds what is new and leaves the rest, from several processes at once', async ({ repository }) => {
      const [old, fresh] = [uniqueName('role'), uniqueName('role')];
      await repository.define({ name: old, permissions: ['kept'] });
      await race(10, () =>
        repository.seed([
          { name: old, permissions: ['changed'] },
          { name: fresh, permissions: ['a', 'b'] },
        ]),
      );
      const listed = (await repository.list()).filter(({ name }) => [old, fresh].includes(name));
      assert.deepEqual(
        listed.toSorted((a, b) => (a.name === old ? -1 : b.name === old ? 1 : 0)),
        [
          { name: old, permissions: ['kept'] },
          { name: fresh, permissions: ['a', 'b'] },
        ],
      );
      await repository.seed([]);
    });

    scenario('defines and redefines a role', async ({ repository }) => {
      const name = uniqueName('role');
      assert.equal(await repository.exists(name), false);
      await repository.define({ name, permissions: ['a'] });
      await repository.define({ name, permissions: ['b', 'c'] });
      assert.equal(await repository.exists(name), true);
      assert.deepEqual((await repository.list()).find((role) => role.name === name)?.permissions, ['b', 'c']);
    });

    scenario('gives a role to many, those who hold it already included', async ({ repository }) => {
      const [one, two, role] = [uniqueName('u'), uniqueName('u'), uniqueName('role')];
      for (const unknown of [role, ...UNSTORABLE_VALUES]) {
        await assertRejects(repository.grantAll([one], unknown), 'auth.validation_failed');
      }
      await repository.define({ name: role, permissions: [] });
      await repository.grant(one, role);
      await repository.grantAll([one, two], role);
      await repository.grantAll([one, two], role);
      await repository.grantAll([], role);
      assert.equal(await repository.countHolders(role), 2);
      assert.deepEqual((await repository.rolesOf(two)).roles, [role]);
    });

    scenario('returns roles and the union of their permissions', async ({ repository }) => {
      const user = uniqueName('u');
      const [one, two] = [uniqueName('a-role'), uniqueName('b-role')];
      await repository.define({ name: one, permissions: ['read', 'write'] });
      await repository.define({ name: two, permissions: ['write', 'delete'] });
      assert.deepEqual(await repository.rolesOf(user), { roles: [], permissions: [] });
      assert.equal(await repository.grant(user, one), true);
      assert.equal(await repository.grant(user, two), true);
      const held = await repository.rolesOf(user);
      assert.deepEqual(held.roles.toSorted(), [one, two]);
      assert.deepEqual(held.permissions.toSorted(), ['delete', 'read', 'write']);
      assert.equal(await repository.countHolders(one), 1);
    });

    for (const ways of RACES) {
      scenario(`grants once in ${ways} parallel calls, and revokes once`, async ({ repository }) => {
        const [user, role] = [uniqueName('u'), uniqueName('role')];
        await repository.define({ name: role, permissions: [] });
        assertOneWinner(await race(ways, () => repository.grant(user, role)));
        assert.equal(await repository.countHolders(role), 1);
        assertOneWinner(await race(ways, () => repository.revoke(user, role)));
        assert.equal(await repository.countHolders(role), 0);
      });
    }

    scenario('refuses a role that was never defined', async ({ repository }) => {
      const user = uniqueName('u');
      for (const role of [uniqueName('role'), ...UNSTORABLE_VALUES]) {
        await assertRejects(repository.grant(user, role), 'auth.validation_failed');
        assert.equal(await repository.revoke(user, role), false);
        assert.equal(await repository.exists(role), false);
        assert.equal(await repository.countHolders(role), 0);
      }
      assert.deepEqual(await repository.rolesOf(user), { roles: [], permissions: [] });
    });

    scenario('compares names byte by byte', async ({ repository }) => {
      const [user, role] = [uniqueName('u'), uniqueName('Ádmin')];
      await repository.define({ name: role, permissions: [] });
      for (const twin of [role.toLowerCase(), role.replace('Á', 'A'), `${role} `, ` ${role}`]) {
        assert.equal(await repository.exists(twin), false, JSON.stringify(twin));
        await assertRejects(repository.grant(user, twin), 'auth.validation_failed');
      }
      assert.equal(await repository.grant(user, role), true);
      assert.equal(await repository.revoke(user, role.toLowerCase()), false);
      assert.deepEqual((await repository.rolesOf(user)).roles, [role]);
      for (const twin of [user.toUpperCase(), `${user} `]) assert.deepEqual((await repository.rolesOf(twin)).roles, []);
    });

    scenario('finds nothing for a missing user', async ({ repository }) => {
      for (const missing of MISSING_VALUES) {
        assert.deepEqual(await repository.rolesOf(missing), { roles: [], permissions: [] });
        assert.equal(await repository.revokeAll(missing), 0);
      }
    });

    scenario('takes every role from a user', async ({ repository }) => {
      const [user, other, role, second] = [uniqueName('u'), uniqueName('u'), uniqueName('role'), uniqueName('role')];
      for (const name of [role, second]) await repository.define({ name, permissions: [] });
      for (const name of [role, second]) await repository.grant(user, name);
      await repository.grant(other, role);
      assert.equal(await repository.revokeAll(user), 2);
      assert.equal(await repository.revokeAll(user), 0);
      assert.equal(await repository.countHolders(role), 1);
    });
  });
}
