import assert from 'node:assert/strict';
import type { UnitOfWork } from '../../core/ports/unit-of-work.js';
import type { UserRepository } from '../../core/ports/user.repository.js';
import {
  assertRejects,
  type ConformanceHarness,
  type CreateHarness,
  describeConformance,
  pause,
  race,
  uniqueName,
} from './conformance-suite.js';
import { newUser } from './user-repository.conformance.js';

export interface UnitOfWorkHarness extends ConformanceHarness {
  units: UnitOfWork;
  /** Of the same store; any repository would do. */
  users: UserRepository;
}

/** A promise that others settle. */
function signal(): { given: Promise<void>; give: () => void } {
  let give!: () => void;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}

/** What every `UnitOfWork` must do. */
export function describeUnitOfWork(create: CreateHarness<UnitOfWorkHarness>): void {
  describeConformance('UnitOfWork', create, (scenario) => {
    const email = (): string => `${uniqueName()}@example.com`;
    const exists = async (users: UserRepository, address: string): Promise<boolean> => (await users.findByEmail(address)) !== null;

    scenario('commits everything and returns the result', async ({ units, users }) => {
      const [one, two] = [email(), email()];
      const result = await units.run(async () => {
        await users.insert(newUser(one));
        await pause(1);
        await users.insert(newUser(two));
        return 'done';
      });
      assert.equal(result, 'done');
      assert.ok((await exists(users, one)) && (await exists(users, two)));
    });

    scenario('leaves nothing of work that rejects, and rejects with its error', async ({ units, users }) => {
      const address = email();
      const error = new Error('no');
      const run = units.run(async () => {
        await users.insert(newUser(address));
        throw error;
      });
      await assert.rejects(run, (thrown: unknown) => thrown === error);
      assert.equal(await exists(users, address), false);
    });

    scenario('leaves nothing when the store refuses a statement', async ({ units, users }) => {
      const [taken, address] = [email(), email()];
      await users.insert(newUser(taken));
      const run = units.run(async () => {
        await users.insert(newUser(address));
        await users.insert(newUser(taken));
      });
      await assertRejects(run, 'auth.email_taken');
      assert.equal(await exists(users, address), false);
      await users.insert(newUser(address));
    });

    scenario('shows its writes to itself and to nobody else', async ({ units, users }) => {
      const address = email();
      const [written, end] = [signal(), signal()];
      const run = units.run(async () => {
        await users.insert(newUser(address));
        assert.ok(await exists(users, address));
        written.give();
        await end.given;
        throw new Error('rolled back');
      });
      await Promise.race([written.given, run]);
      // A store with one connection answers only after the unit; either way it has never seen the row.
      const seenOutside = exists(users, address);
      await pause(20);
      end.give();
      await assert.rejects(run, /rolled back/);
      assert.equal(await seenOutside, false);
    });

    scenario('keeps apart units that run at the same time', async ({ units, users }) => {
      const addresses = await race(20, async (index) => {
        const address = email();
        const run = units.run(async () => {
          await users.insert(newUser(address));
          await pause(1 + (index % 3));
          if (index % 2 === 1) throw new Error('rolled back');
        });
        if (index % 2 === 1) await assert.rejects(run, /rolled back/);
        else await run;
        return address;
      });
      const found = await Promise.all(addresses.map((address) => exists(users, address)));
      assert.deepEqual(
        found,
        addresses.map((_, index) => index % 2 === 0),
      );
    });

    scenario('keeps what is written beside a unit that is rolled back', async ({ units, users }) => {
      const [inside, beside] = [email(), email()];
      const end = signal();
      const run = units.run(async () => {
        await users.insert(newUser(inside));
        await end.given;
        throw new Error('rolled back');
      });
      const written = users.insert(newUser(beside));
      await pause(20);
      end.give();
      await assert.rejects(run, /rolled back/);
      await written;
      assert.deepEqual([await exists(users, inside), await exists(users, beside)], [false, true]);
    });

    scenario('joins a unit within a unit', async ({ units, users }) => {
      const [outer, inner] = [email(), email()];
      await units.run(async () => {
        await users.insert(newUser(outer));
        await units.run(async () => {
          assert.ok(await exists(users, outer));
          await users.insert(newUser(inner));
        });
      });
      assert.ok((await exists(users, outer)) && (await exists(users, inner)));
    });

    scenario('rolls back the inner with the outer, and the outer with the inner', async ({ units, users }) => {
      const [outer, inner] = [email(), email()];
      const outerFails = units.run(async () => {
        await units.run(() => users.insert(newUser(inner)));
        throw new Error('outer');
      });
      await assert.rejects(outerFails, /outer/);
      const innerFails = units.run(async () => {
        await users.insert(newUser(outer));
        await units.run(async () => {
          throw new Error('inner');
        });
      });
      await assert.rejects(innerFails, /inner/);
      assert.deepEqual([await exists(users, outer), await exists(users, inner)], [false, false]);
    });

    scenario('commits an outer unit that catches the failure of an inner one', async ({ units, users }) => {
      const address = email();
      await units.run(async () => {
        await users.insert(newUser(address));
        await units
          .run(async () => {
            throw new Error('inner');
          })
          .catch(() => undefined);
      });
      assert.ok(await exists(users, address));
    });

    scenario('runs effects in order after the commit, inner ones after the outer commit', async ({ units, users }) => {
      const address = email();
      const log: string[] = [];
      const visible = signal();
      let seen = false;
      await units.run(async () => {
        units.afterCommit(() => log.push('first'));
        await units.run(async () => units.afterCommit(() => log.push('inner')));
        units.afterCommit(() => {
          throw new Error("nobody's answer");
        });
        units.afterCommit(() => {
          log.push('last');
          void exists(users, address)
            .then((found) => (seen = found))
            .finally(visible.give);
        });
        await users.insert(newUser(address));
        log.push('work');
      });
      assert.deepEqual(log, ['work', 'first', 'inner', 'last']);
      await visible.given;
      assert.equal(seen, true);
    });

    scenario('runs no effect of a unit that fails, and one outside of any unit at once', async ({ units }) => {
      const log: string[] = [];
      const run = units.run(async () => {
        units.afterCommit(() => log.push('never'));
        throw new Error('no');
      });
      await assert.rejects(run);
      units.afterCommit(() => log.push('at once'));
      assert.deepEqual(log, ['at once']);
    });

    scenario('rolls back and answers 503 when the deadline passes, whatever the work does later', async ({ units, users }) => {
      const [early, late] = [email(), email()];
      const effects: string[] = [];
      const afterwards = signal();
      const start = performance.now();
      const run = units.run(async () => {
        units.afterCommit(() => effects.push('never'));
        await users.insert(newUser(early));
        await pause(2_300);
        await users
          .insert(newUser(late))
          .catch(() => undefined)
          .finally(afterwards.give);
      });
      await assertRejects(run, 'auth.store_unavailable');
      const took = performance.now() - start;
      assert.ok(took < 2_000, `answered after ${Math.round(took)} ms`);
      assert.equal(await exists(users, early), false);
      await afterwards.given;
      assert.equal(await exists(users, late), false);
      assert.deepEqual(effects, []);
    });

    scenario('serialises changes of one row', async ({ units, users }) => {
      const user = await users.insert(newUser());
      await race(10, () =>
        units.run(async () => {
          await users.replacePassword(String(user.id), { passwordHash: uniqueName() });
          await users.updateProfile(String(user.id), { name: uniqueName() });
        }),
      );
      assert.equal((await users.findById(String(user.id)))?.credentialsVersion, 11);
    });
  });
}
