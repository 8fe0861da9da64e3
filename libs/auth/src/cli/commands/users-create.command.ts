import { Command } from 'commander';
import { foldEmail, isEmailAddress } from '../../common/email-address.js';
import { AccountsService } from '../../core/accounts/accounts.service.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { readSecret } from '../secret-input.js';
import { appOption, type StoreOptions, withStore } from '../store/with-store.js';
import { CommandError, printable, type Terminal } from '../terminal.js';
import { refusalOf } from './refusal.js';

interface CreateOptions extends StoreOptions {
  name?: string;
  confirmed?: true;
}

/** `users create`: what the application asks of a password and of a sign-up holds here too. */
export const usersCreate = (terminal: Terminal): Command =>
  new Command('create')
    .description('make an account; the password is asked for, or read from standard input')
    .argument('<email>', 'its address')
    .option('--name <name>', 'display name')
    .option('--confirmed', 'the address is known to be its owner’s: it counts as confirmed')
    .addOption(appOption())
    .addHelpText(
      'after',
      '\nExample:\n  $ npx nestjs-latchkey users create ada@example.com --confirmed --app dist/app.module.js' +
        '\n  $ pass show app/ada | npx nestjs-latchkey users create ada@example.com --app dist/app.module.js',
    )
    .action((given: string, options: CreateOptions) =>
      withStore(terminal, options, async (store) => {
        const email = foldEmail(given);
        // Before anybody types a password for nothing.
        if (!isEmailAddress(email)) throw new CommandError(`${JSON.stringify(given)} is no e-mail address.`);
        if ((await store.get(UserRepository).findByEmail(email)) !== null) throw new CommandError(taken(email));
        const password = await readSecret(terminal, 'password');
        const { name, confirmed } = options;
        const profile = name === undefined ? {} : { name };
        try {
          const request = { email, password, profile, emailConfirmed: confirmed === true };
          const user = await store.get(AccountsService).create(request);
          terminal.out(`${printable(user.email)} has an account now: ${String(user.id)}.`);
        } catch (error) {
          const refusal = refusalOf(error);
          if (refusal === undefined) throw error;
          throw new CommandError(`No account was made for ${email}. ${refusal}`, { cause: error });
        }
      }),
    );

const taken = (email: string): string => `${email} has an account already: npx nestjs-latchkey users show ${email}`;
