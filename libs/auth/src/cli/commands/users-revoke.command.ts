import { Command } from 'commander';
import { appOption, type StoreOptions, withStore } from '../store/with-store.js';
import { printable, type Terminal } from '../terminal.js';
import { accountAndRole } from './account-and-role.js';

/** `users revoke`: acts on live sessions within a second; nobody is signed out. */
export const usersRevoke = (terminal: Terminal): Command =>
  new Command('revoke')
    .description('take a role from an account')
    .argument('<email|id>', 'the account')
    .argument('<role>', 'the role')
    .addOption(appOption())
    .addHelpText('after', '\nExample:\n  $ npx nestjs-latchkey users revoke ada@example.com admin --app dist/app.module.js')
    .action((account: string, role: string, options: StoreOptions) =>
      withStore(terminal, options, async (store) => {
        const { user, roles } = await accountAndRole(store, account, role);
        const revoked = await roles.revoke(String(user.id), role);
        terminal.out(`${printable(user.email)} ${revoked ? 'no longer has' : 'did not have'} the role ${role}.`);
      }),
    );
