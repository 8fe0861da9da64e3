import { Command, Option } from 'commander';
import { changedLines, writeAll } from '../init/file-changes.js';
import { hostProjectAt } from '../init/host-project.js';
import { DATABASES } from '../init/module-code.js';
import { install, lockFilesOf, packageManagerOf } from '../init/package-manager.js';
import { type InitOptions, type Plan, planFor } from '../init/plan.js';
import { CommandError, type Terminal } from '../terminal.js';

interface Options extends InitOptions {
  readonly skipInstall?: boolean;
}

/** `init`: an existing Nest project gets accounts. Everything is computed first, and done wholly or not at all. */
export const init = (terminal: Terminal): Command =>
  new Command('init')
    .description('set up authentication in the Nest project of this folder')
    .addOption(
      new Option('--database <kind>', 'where accounts are kept, unless the project has a data source').choices([...DATABASES]),
    )
    .option('--module <path>', 'file of the root module (default: what main.ts starts)')
    .option('--skip-install', 'do not run the package manager')
    .option('--dry-run', 'print what would be done and do nothing')
    .addHelpText('after', '\nExample:\n  $ npx nestjs-latchkey init --database postgres --dry-run')
    .action(async (options: Options) => {
      const host = hostProjectAt(terminal);
      const plan = planFor(host, options);
      const manager = packageManagerOf(host);
      const installing = plan.install && options.skipInstall !== true;
      if (options.dryRun === true) return preview(terminal, plan, installing ? `${manager} install` : null);

      const undo = writeAll(host.directory, plan.changes);
      if (installing) {
        const locks = lockFilesOf(host.directory);
        terminal.err(`Running ${manager} install`);
        if (!(await install(manager, host.directory, terminal))) {
          undo();
          locks.restore();
          throw new CommandError(`${manager} install failed, so every file is as it was; its reason stands above`);
        }
      }
      for (const { path, before } of plan.changes) terminal.out(`${before === null ? 'Created' : 'Changed'} ${path}`);
      finish(terminal, plan, installing);
    });

function preview(terminal: Terminal, plan: Plan, installation: string | null): void {
  for (const change of plan.changes) {
    terminal.out(`Would ${change.before === null ? 'create' : 'change'} ${change.path}`);
    for (const line of changedLines(change)) terminal.out(`  ${line}`.trimEnd());
  }
  if (installation !== null) terminal.out(`Would run ${installation}`);
  finish(terminal, plan, installation !== null);
}

function finish(terminal: Terminal, { changes, manual, notes }: Plan, installing: boolean): void {
  for (const note of notes) terminal.out(note);
  if (manual !== null) {
    terminal.out(`\n${manual.code}`);
    throw new CommandError(`${manual.reason}: that file is as it was, and the code above is left for you to put in`);
  }
  if (changes.length === 0 && !installing) terminal.out('There is nothing to do: this project is set up.');
  else terminal.out('Every route needs a session now, unless it is marked @Public(). Accounts are made by POST /auth/signup.');
}
