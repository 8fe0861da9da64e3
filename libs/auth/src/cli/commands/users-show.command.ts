import { Command } from 'commander';
import { RoleRepository } from '../../core/ports/role.repository.js';
import type { AuthUser } from '../../core/ports/user.repository.js';
import { SessionsService } from '../../core/sessions/sessions.service.js';
import type { Store } from '../store/open-store.js';
import { appOption, type StoreOptions, withStore } from '../store/with-store.js';
import { printable, table, type Terminal } from '../terminal.js';
import { findAccount } from './account-and-role.js';

interface ShowOptions extends StoreOptions {
  json?: true;
}

/** Times are ISO 8601. */
interface ShownUser {
  id: string | number;
  email: string;
  name: string | null;
  roles: readonly string[];
  createdAt: string;
  emailConfirmedAt: string | null;
  disabledAt: string | null;
  lockedAt: string | null;
  /** Live ones, most recently seen first. */
  sessions: { id: string; delivery: string; createdAt: string; lastSeenAt: string; ip: string | null; userAgent: string | null }[];
}

/** `users show`: one account, its state and its live sessions; never a hash or a token. */
export const usersShow = (terminal: Terminal): Command =>
  new Command('show')
    .description('show an account, its state and its live sessions')
    .argument('<email|id>', 'the account')
    .option('--json', 'one JSON object')
    .addOption(appOption())
    .addHelpText('after', '\nExample:\n  $ npx nestjs-latchkey users show ada@example.com --app dist/app.module.js')
    .action((account: string, options: ShowOptions) =>
      withStore(terminal, options, async (store) => {
        const shown = await shownUser(store, await findAccount(store, account));
        if (options.json) terminal.out(JSON.stringify(shown));
        else print(terminal, shown);
      }),
    );

const iso = (time: Date | number): string => new Date(time).toISOString();
const isoOrNull = (time: Date | null | undefined): string | null => (time === null || time === undefined ? null : iso(time));

async function shownUser(store: Store, user: AuthUser): Promise<ShownUser> {
  const { id, email, name, createdAt, emailConfirmedAt, disabledAt, lockedAt } = user;
  const { roles } = await store.get(RoleRepository).rolesOf(String(id));
  const sessions = await store.get(SessionsService).list(String(id));
  return {
    id,
    email,
    name: name ?? null,
    roles,
    createdAt: iso(createdAt),
    emailConfirmedAt: isoOrNull(emailConfirmedAt),
    disabledAt: isoOrNull(disabledAt),
    lockedAt: isoOrNull(lockedAt),
    sessions: sessions.map((session) => ({
      id: session.id,
      delivery: session.delivery,
      createdAt: iso(session.createdAt),
      lastSeenAt: iso(session.lastSeenAt),
      ip: session.ip,
      userAgent: session.userAgent,
    })),
  };
}

function print(terminal: Terminal, { sessions, ...user }: ShownUser): void {
  const rows = [
    ['id', String(user.id)],
    ['email', user.email],
    ['name', user.name ?? '-'],
    ['roles', user.roles.join(', ') || '-'],
    ['created', user.createdAt],
    ['confirmed', user.emailConfirmedAt ?? 'no'],
    ['disabled', user.disabledAt ?? 'no'],
    ['locked', user.lockedAt ?? 'no'],
    ['sessions', String(sessions.length)],
  ];
  for (const line of table(rows.map((row) => row.map(printable)))) terminal.out(line);
  if (sessions.length === 0) return;
  const heads = ['SESSION', 'DELIVERY', 'LAST SEEN', 'FROM', 'WITH'];
  const details = sessions.map(({ id, delivery, lastSeenAt, ip, userAgent }) => [
    id,
    delivery,
    lastSeenAt,
    ip ?? '-',
    userAgent ?? '-',
  ]);
  terminal.out('');
  for (const line of table([heads, ...details.map((row) => row.map(printable))])) terminal.out(line);
}
