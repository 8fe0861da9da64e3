import { Command } from 'commander';
import { AccountsService } from '../../core/accounts/accounts.service.js';
import type { AuthUser } from '../../core/ports/user.repository.js';
import { SessionsService } from '../../core/sessions/sessions.service.js';
import type { Store } from '../store/open-store.js';
import { appOption, type StoreOptions, withStore } from '../store/with-store.js';
import { CommandError, printable, type Terminal } from '../terminal.js';
import { findAccount } from './account-and-role.js';

interface Verb {
  name: string;
  description: string;
  /** Does it, and says what has changed as the end of a sentence that begins with the address. */
  act(store: Store, user: AuthUser, id: string): Promise<string>;
}

const accountCommand = (terminal: Terminal, verb: Verb, assertPossible: (options: StoreOptions) => void = () => {}): Command =>
  new Command(verb.name)
    .description(verb.description)
    .argument('<email|id>', 'the account')
    .addOption(appOption())
    .addHelpText('after', `\nExample:\n  $ npx nestjs-latchkey users ${verb.name} ada@example.com --app dist/app.module.js`)
    .action((account: string, options: StoreOptions) => {
      assertPossible(options);
      return withStore(terminal, options, async (store) => {
        const user = await findAccount(store, account);
        terminal.out(`${printable(user.email)} ${await verb.act(store, user, String(user.id))}.`);
      });
    });

/** `users lock`: acts on live sessions within a second. */
export const usersLock = (terminal: Terminal): Command =>
  accountCommand(terminal, {
    name: 'lock',
    description: 'lock an account and end its sessions; nobody gets in until it is unlocked',
    async act(store, { lockedAt }, id) {
      if (lockedAt) return 'was locked already';
      await store.get(AccountsService).lock(id);
      return 'is locked, and its sessions have ended';
    },
  });

/** `users unlock`: ends a lock by hand and the hard stop. The failures are counted under a key that follows from the application's secret. */
export const usersUnlock = (terminal: Terminal): Command =>
  accountCommand(
    terminal,
    {
      name: 'unlock',
      description: 'unlock an account and forget its failed attempts',
      async act(store, _, id) {
        await store.get(AccountsService).unlock(id);
        return 'is not locked, and its failed attempts are forgotten';
      },
    },
    ({ app }) => {
      if (app !== undefined || terminal.env['AUTH_SECRET']) return;
      throw new CommandError(
        'Failed attempts are counted under a key of the application: name its built module with --app, or set AUTH_SECRET to its secret.',
      );
    },
  );

/** `users disable`: acts on live sessions within a second. */
export const usersDisable = (terminal: Terminal): Command =>
  accountCommand(terminal, {
    name: 'disable',
    description: 'switch an account off and end its sessions',
    async act(store, { disabledAt }, id) {
      if (disabledAt) return 'was disabled already';
      await store.get(AccountsService).disable(id);
      return 'is disabled, and its sessions have ended';
    },
  });

/** `users enable`: the sessions that have ended stay so. */
export const usersEnable = (terminal: Terminal): Command =>
  accountCommand(terminal, {
    name: 'enable',
    description: 'switch an account on again',
    async act(store, { disabledAt }, id) {
      if (!disabledAt) return 'was not disabled';
      await store.get(AccountsService).enable(id);
      return 'is enabled';
    },
  });

/** `users revoke-sessions`: signs out everywhere within a second; the account may sign in again. */
export const usersRevokeSessions = (terminal: Terminal): Command =>
  accountCommand(terminal, {
    name: 'revoke-sessions',
    description: 'sign an account out everywhere',
    async act(store, _, id) {
      const count = await store.get(SessionsService).endAll(id, 'ended_by_administrator');
      if (count === 0) return 'had no live session';
      return `is signed out: ${count === 1 ? '1 session has' : `${count} sessions have`} ended`;
    },
  });
