import { Command } from 'commander';
import { Housekeeping } from '../../core/accounts/housekeeping.js';
import { appOption, type StoreOptions, withStore } from '../store/with-store.js';
import { CommandError, printable, table, type Terminal } from '../terminal.js';

interface CleanupOptions extends StoreOptions {
  json?: true;
}

/** `cleanup`: what every process does once an hour, now. One process at a time does it; sign-ins go on meanwhile. */
export const cleanup = (terminal: Terminal): Command =>
  new Command('cleanup')
    .description('remove what has expired: sessions, one-time tokens, finished mail and more')
    .option('--json', 'one JSON object: rows removed, by what they were')
    .addOption(appOption())
    .addHelpText('after', '\nExample:\n  $ npx nestjs-latchkey cleanup --app dist/app.module.js')
    .action((options: CleanupOptions) =>
      withStore(terminal, options, async (store) => {
        const report = await store.get(Housekeeping).run();
        if (options.json) terminal.out(JSON.stringify(Object.fromEntries(report)));
        else for (const line of linesOf(report)) terminal.out(line);
        // Housekeeping never rejects; what it could not do it logs.
        const failures = store.complaints.filter(({ context }) => context === Housekeeping.name);
        if (failures.length > 0) throw new CommandError(failures.map(({ message }) => printable(message)).join('\n'));
      }),
    );

function linesOf(report: ReadonlyMap<string, number>): string[] {
  if (report.size === 0) return ['Another process is cleaning up just now.'];
  return table([['EXPIRED', 'REMOVED'], ...[...report].map(([name, count]) => [name, String(count)])]);
}
