import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { MigrationPlan } from './migration-plan.js';

describe('the migrations of a database', () => {
  it.each([0, null])('are not run beside another process that does not end (the lock answers %s)', async (taken) => {
    const queries: string[] = [];
    const runner = {
      query: async (sql: string) => {
        queries.push(sql);
        return [{ taken }];
      },
      release: async () => undefined,
    };
    const dataSource = { options: { type: 'mariadb' }, migrations: [], createQueryRunner: () => runner };

    await expect(new MigrationPlan(dataSource as unknown as DataSource).run()).rejects.toThrow(/^Another process/);
    expect(queries).toEqual([expect.stringContaining('GET_LOCK')]);
  });
});
