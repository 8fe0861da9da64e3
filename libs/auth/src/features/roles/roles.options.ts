import { closest } from '../../common/closest.js';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { OptionChecks } from '../../core/options/option-checks.js';
import type { RoleDefinition } from '../../core/ports/role.repository.js';

/** What `RolesModule.forRoot` takes, and what the factory of `forRootAsync` returns. */
export interface RolesModuleOptions {
  /** Every role with its permissions, as `{ admin: ['users.read'], member: [] }` or as a list. Existing roles keep what the database says. */
  roles: Readonly<Record<string, readonly string[]>> | readonly RoleDefinition[];
  /** One of `roles`, held by every new account from its sign-up on. @default none */
  defaultRole?: string;
}

export interface ResolvedRolesOptions {
  /** By name, so that processes that seed at the same time lock rows in the same order. */
  roles: readonly RoleDefinition[];
  defaultRole: string | undefined;
}

export const ROLES_OPTIONS = Symbol('ROLES_OPTIONS');

const MAX_NAME_LENGTH = 64;
const NAME_REMEDY = `Use 1 to ${MAX_NAME_LENGTH} characters without control characters or spaces at the ends.`;
const LIST_REMEDY = "Use a list of strings that are not empty, e.g. ['users.read'].";

/** Whether a string can name a role: it must come out of every database as it went in. */
export const isRoleName = (name: unknown): name is string =>
  typeof name === 'string' && /^\P{C}+$/u.test(name) && name === name.trim() && [...name].length <= MAX_NAME_LENGTH;

export const arePermissions = (permissions: unknown): permissions is readonly string[] =>
  Array.isArray(permissions) && permissions.every((one) => typeof one === 'string' && /^\P{C}+$/u.test(one) && one === one.trim());

/**
 * Checks and completes the options.
 *
 * @throws AuthConfigurationError with every problem at once
 */
export function resolveRolesOptions(given: RolesModuleOptions): ResolvedRolesOptions {
  const checks = new OptionChecks();
  if (!checks.keys('', given, ['roles', 'defaultRole'])) throw new AuthConfigurationError(checks.problems);
  const roles = definitions(checks, given.roles);
  const { defaultRole } = given;
  if (defaultRole !== undefined && !roles.some(({ name }) => name === defaultRole)) unknownDefault(checks, defaultRole, roles);
  if (checks.problems.length > 0) throw new AuthConfigurationError(checks.problems);
  return { roles: roles.toSorted((a, b) => (a.name < b.name ? -1 : 1)), defaultRole };
}

function definitions(checks: OptionChecks, given: unknown): RoleDefinition[] {
  if (typeof given !== 'object' || given === null) {
    checks.add('roles', 'is missing.', "Name every role with its permissions, e.g. { admin: ['users.read'], member: [] }.");
    return [];
  }
  const entries: [path: string, name: unknown, permissions: unknown][] = Array.isArray(given)
    ? given.map((role: Partial<RoleDefinition> | null, index) => [`roles[${index}]`, role?.name, role?.permissions])
    : Object.entries(given).map(([name, permissions]) => [`roles.${name}`, name, permissions]);
  const byName = new Map<string, RoleDefinition>();
  for (const [path, name, permissions] of entries) {
    if (!isRoleName(name)) checks.add(path, 'has no usable name.', NAME_REMEDY);
    else if (byName.has(name)) checks.add(path, `defines ${JSON.stringify(name)} a second time.`, 'Define every role once.');
    else if (!arePermissions(permissions)) checks.add(path, 'has no list of permissions.', LIST_REMEDY);
    else byName.set(name, { name, permissions: [...new Set(permissions)] });
  }
  return [...byName.values()];
}

function unknownDefault(checks: OptionChecks, defaultRole: unknown, roles: readonly RoleDefinition[]): void {
  const names = roles.map(({ name }) => name);
  const suggestion = typeof defaultRole === 'string' ? closest(defaultRole, names) : undefined;
  checks.add(
    'defaultRole',
    `${JSON.stringify(defaultRole)} is not one of the roles.`,
    suggestion === undefined ? 'Add it to `roles`.' : `Did you mean ${JSON.stringify(suggestion)}? Else add it to \`roles\`.`,
  );
}
