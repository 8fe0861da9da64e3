import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AsyncScope } from './async-scope.js';

describe('AsyncScope', () => {
  afterEach(() => vi.restoreAllMocks());

  it('follows the work through its promises and is nobody else’s', async () => {
    const scope = new AsyncScope<string>();
    const inside = (name: string) =>
      scope.run(name, async () => {
        await turn();
        return scope.current;
      });

    expect(await Promise.all([inside('a'), inside('b')])).toEqual(['a', 'b']);
    expect(scope.current).toBeUndefined();
  });

  it('gives the outer value back when an inner scope ends', async () => {
    const scope = new AsyncScope<string>();
    const seen = await scope.run('outer', async () => {
      const inner = await scope.run('inner', async () => scope.current);
      await turn();
      return [inner, scope.current];
    });

    expect(seen).toEqual(['inner', 'outer']);
  });

  it('can be left', async () => {
    const scope = new AsyncScope<string>();
    const seen = await scope.run('outer', async () => [scope.exit(() => scope.current), scope.current]);

    expect(seen).toEqual([undefined, 'outer']);
    expect(scope.exit(() => scope.current)).toBeUndefined();
  });

  it('lets go only when the last one inside has left', async () => {
    const disable = vi.spyOn(AsyncLocalStorage.prototype, 'disable');
    const scope = new AsyncScope<string>();
    let leave = () => {};
    const slow = scope.run('slow', () => new Promise<void>((resolve) => (leave = resolve)));

    await scope.run('quick', turn);
    expect(disable).not.toHaveBeenCalled();

    leave();
    await slow;
    expect(disable).toHaveBeenCalledTimes(1);
  });

  it('still knows who outlives a scope that failed, also after others have succeeded', async () => {
    const scope = new AsyncScope<string>();
    let late: Promise<string | undefined> | undefined;
    const failed = scope.run('failed', async () => {
      late = turn()
        .then(turn)
        .then(turn)
        .then(() => scope.current);
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    await scope.run('succeeded', async () => undefined);

    expect(await late).toBe('failed');
  });

  it('waits for the work that it is a part of', async () => {
    const disable = vi.spyOn(AsyncLocalStorage.prototype, 'disable');
    const scope = new AsyncScope<string>();
    let late: Promise<string | undefined> | undefined;
    const unit = scope.hold(async () => {
      await scope.run('unit', async () => {
        late = turn()
          .then(turn)
          .then(turn)
          .then(() => scope.current);
      });
      throw new Error('the commit failed');
    });
    await expect(unit).rejects.toThrow('the commit failed');

    expect(await late).toBe('unit');
    expect(disable).not.toHaveBeenCalled();
  });

  it('is entered again after it has let go', async () => {
    const scope = new AsyncScope<string>();
    await scope.run('first', turn);

    expect(await scope.run('second', () => turn().then(() => scope.current))).toBe('second');
  });
});
