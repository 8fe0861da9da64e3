import { closest } from '../../common/closest.js';
import { foldEmail } from '../../common/email-address.js';
import { type AuthUser, UserRepository } from '../../core/ports/user.repository.js';
import { RolesService } from '../../features/roles/roles.service.js';
import type { Store } from '../store/open-store.js';
import { CommandError } from '../terminal.js';

const NO_ROLES_MODULE = "The application has no roles: import RolesModule.forRoot({ roles }) from 'nestjs-latchkey/roles' in it.";

/** The account by its address, in whatever spelling, or by its id. @throws CommandError when there is none */
export async function findAccount(store: Store, account: string): Promise<AuthUser> {
  const users = store.get(UserRepository);
  const byEmail = account.includes('@') ? await users.findByEmail(foldEmail(account)) : null;
  const user = byEmail ?? (await users.findById(account));
  if (user !== null) return user;
  throw new CommandError(`There is no account ${JSON.stringify(account)}: npx nestjs-latchkey users list shows those that exist.`);
}

/** What granting and revoking work on. @throws CommandError when the account or the role is not there */
export async function accountAndRole(
  store: Store,
  account: string,
  role: string,
): Promise<{ user: AuthUser; roles: RolesService }> {
  const roles = store.get(RolesService, NO_ROLES_MODULE);
  const user = await findAccount(store, account);
  const names = (await roles.list()).map(({ name }) => name);
  if (!names.includes(role)) throw new CommandError(unknownRole(role, names));
  return { user, roles };
}

function unknownRole(role: string, names: readonly string[]): string {
  const start = `There is no role ${JSON.stringify(role)}`;
  if (names.length === 0) return `${start}, nor any other: start the application with RolesModule.forRoot({ roles }) once.`;
  const suggestion = closest(role, names);
  return `${start}: ${suggestion === undefined ? '' : `did you mean ${JSON.stringify(suggestion)}? `}There are ${names.join(', ')}.`;
}
