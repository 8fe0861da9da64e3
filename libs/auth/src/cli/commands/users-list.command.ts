import { Command, InvalidArgumentError } from 'commander';
import { RoleRepository } from '../../core/ports/role.repository.js';
import { type AuthUser, UserRepository } from '../../core/ports/user.repository.js';
import type { Store } from '../store/open-store.js';
import { appOption, type StoreOptions, withStore } from '../store/with-store.js';
import { printable, table, type Terminal } from '../terminal.js';

interface ListOptions extends StoreOptions {
  limit: number;
  after?: string;
  json?: true;
}

interface ListedUser {
  id: string | number;
  email: string;
  roles: readonly string[];
  /** ISO 8601. */
  createdAt: string;
}

const MAX_LIMIT = 500;

/** `users list`: a page of accounts in the order of their ids. */
export const usersList = (terminal: Terminal): Command =>
  new Command('list')
    .description('list accounts with their roles, by id')
    .option('--limit <number>', `accounts to show, at most ${MAX_LIMIT}`, limitFrom, 50)
    .option('--after <id>', 'only accounts after this one: the next page')
    .option('--json', 'one JSON object: { users: [{ id, email, roles, createdAt }], next }')
    .addOption(appOption())
    .addHelpText('after', '\nExample:\n  $ DATABASE_URL=postgres://localhost/app npx nestjs-latchkey users list --limit 100 --json')
    .action((options: ListOptions) =>
      withStore(terminal, options, async (store) => {
        const { limit, after } = options;
        // One more than is shown tells whether there is a next page.
        const found = await store.get(UserRepository).list({ limit: limit + 1, ...(after === undefined ? {} : { after }) });
        const users = await withRoles(store, found.slice(0, limit));
        const next = found.length > limit ? users.at(-1)!.id : null;
        if (options.json) terminal.out(JSON.stringify({ users, next }));
        else print(terminal, users, next);
      }),
    );

async function withRoles(store: Store, users: readonly AuthUser[]): Promise<ListedUser[]> {
  const roles = store.get(RoleRepository);
  const listed: ListedUser[] = [];
  for (const { id, email, createdAt } of users) {
    const held = await roles.rolesOf(String(id));
    listed.push({ id, email, roles: held.roles, createdAt: new Date(createdAt).toISOString() });
  }
  return listed;
}

function print(terminal: Terminal, users: readonly ListedUser[], next: string | number | null): void {
  const rows = users.map(({ id, email, roles, createdAt }) =>
    [String(id), email, roles.join(', ') || '-', createdAt].map(printable),
  );
  for (const line of table([['ID', 'EMAIL', 'ROLES', 'CREATED'], ...rows])) terminal.out(line);
  if (users.length === 0) terminal.err('There are no accounts here.');
  if (next !== null) terminal.err(`There are more: --after ${printable(String(next))}`);
}

function limitFrom(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new InvalidArgumentError(`Use a whole number from 1 to ${MAX_LIMIT}.`);
}
