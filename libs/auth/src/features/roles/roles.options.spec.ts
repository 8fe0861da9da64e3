import { describe, expect, it } from 'vitest';
import { AuthConfigurationError, type ConfigurationProblem } from '../../core/errors/auth-configuration.error.js';
import { resolveRolesOptions } from './roles.options.js';

function problemsOf(options: unknown): readonly ConfigurationProblem[] {
  try {
    resolveRolesOptions(options as never);
  } catch (error) {
    if (error instanceof AuthConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('the options of the roles', () => {
  it('come as a record or as a list', () => {
    const fromRecord = resolveRolesOptions({ roles: { member: [], admin: ['users.read', 'users.read'] }, defaultRole: 'member' });
    const fromList = resolveRolesOptions({
      roles: [
        { name: 'member', permissions: [] },
        { name: 'admin', permissions: ['users.read'] },
      ],
      defaultRole: 'member',
    });

    expect(fromRecord.roles.map(({ name }) => name)).toEqual(['admin', 'member']);
    expect(fromRecord).toEqual(fromList);
  });

  it('may be no role at all', () => {
    expect(resolveRolesOptions({ roles: {} })).toEqual({ roles: [], defaultRole: undefined });
  });

  it('refuse a default role that does not exist, and say which one was meant', () => {
    expect(problemsOf({ roles: { member: [] }, defaultRole: 'membr' })).toEqual([
      {
        option: 'defaultRole',
        problem: '"membr" is not one of the roles.',
        remedy: 'Did you mean "member"? Else add it to `roles`.',
      },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['nothing', {}, 'roles'],
    ['no object', undefined, 'options'],
    ['an unknown key', { roles: {}, defaultRoles: 'a' }, 'defaultRoles'],
    ['a permission instead of a list', { roles: { admin: 'users.read' } }, 'roles.admin'],
    ['an empty permission', { roles: { admin: [''] } }, 'roles.admin'],
    ['a role without a name', { roles: [{ permissions: [] }] }, 'roles[0]'],
    ['a hole in the list', { roles: [null] }, 'roles[0]'],
    ['a name that ends in a space', { roles: { 'admin ': [] } }, 'roles.admin '],
    ['a name with a NUL byte', { roles: { 'ad\0min': [] } }, 'roles.ad\0min'],
    ['a name longer than its column', { roles: { ['a'.repeat(65)]: [] } }, `roles.${'a'.repeat(65)}`],
    [
      'the same name twice',
      {
        roles: [
          { name: 'a', permissions: [] },
          { name: 'a', permissions: [] },
        ],
      },
      'roles[1]',
    ],
  ])('refuse %s', (_, options, option) => {
    expect(problemsOf(options).map((problem) => problem.option)).toEqual([option]);
  });

  it('report every problem at once', () => {
    expect(problemsOf({ roles: { '': [], admin: [1] }, defaultRole: 'x', extra: 1 })).toHaveLength(4);
  });
});
