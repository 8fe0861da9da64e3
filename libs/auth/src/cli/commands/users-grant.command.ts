import { Command } from 'commander';
import { appOption, type StoreOptions, withStore } from '../store/with-store.js';
import { printable, type Terminal } from '../terminal.js';
import { accountAndRole } from './account-and-role.js';

/** `users grant`: acts on live sessions within a second. */
export const usersGrant = (terminal: Terminal): Command =>
  new Command('grant')
    .description('give an account a role')
    .argument('<email|id>', 'the account')
    .argument('<role>', 'one of the roles that the application defines')
    .addOption(appOption())
    .addHelpText('after', '\nExample:\n  $ npx nestjs-latchkey users grant ada@example.com admin --app dist/app.module.js')
    .action((account: string, role: string, options: StoreOptions) =>
      withStore(terminal, options, async (store) => {
        const { user, roles } = await accountAndRole(store, account, role);
        const granted = await roles.grant(String(user.id), role);
        terminal.out(`${printable(user.email)} ${granted ? 'now has' : 'already had'} the role ${role}.`);
      }),
    );
