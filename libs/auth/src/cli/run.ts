import { Command, CommanderError } from 'commander';
import { cleanup } from './commands/cleanup.command.js';
import { doctor } from './commands/doctor.command.js';
import { generateKeys } from './commands/generate-keys.command.js';
import { generateSecret } from './commands/generate-secret.command.js';
import { importAccounts } from './commands/import.command.js';
import { init } from './commands/init.command.js';
import { migrations } from './commands/migrations.command.js';
import { users } from './commands/users.command.js';
import type { Terminal } from './terminal.js';

/**
 * The command line, from its arguments to its exit code. Whatever goes wrong is one sentence on the error stream and a 1.
 *
 * @param args without the interpreter and the script
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await programFor(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    terminal.err(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

function programFor(terminal: Terminal): Command {
  const program = new Command('nestjs-latchkey')
    .description('Accounts, roles and secrets of an application that uses nestjs-latchkey.')
    .addCommand(init(terminal))
    .addCommand(generateSecret(terminal))
    .addCommand(generateKeys(terminal))
    .addCommand(migrations(terminal))
    .addCommand(doctor(terminal))
    .addCommand(users(terminal))
    .addCommand(importAccounts(terminal))
    .addCommand(cleanup(terminal))
    .addHelpText('after', '\nExample:\n  $ npx nestjs-latchkey users grant ada@example.com admin --app dist/app.module.js');
  return settle(program, terminal);
}

/** Commands neither end the process nor write to its streams by themselves. */
function settle(command: Command, terminal: Terminal): Command {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.out(text.replace(/\n$/, '')),
    writeErr: (text) => terminal.err(text.replace(/\n$/, '')),
  });
  for (const child of command.commands) settle(child, terminal);
  return command;
}
