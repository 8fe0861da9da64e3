import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { isEmailAddress } from '../../common/email-address.js';
import type { ChecklistReport } from '../../checklist/checklist.js';
import { refusals } from '../../checklist/checklist-report.js';
import { CommandError, type Terminal } from '../terminal.js';

interface DoctorOptions {
  app?: string;
  options?: string;
  connect?: true;
  mail?: string;
  json?: true;
}

/** Where Nest's own builds put the module. */
const USUAL_PLACES = ['dist/app.module.js', 'dist/src/app.module.js'];

/** `doctor`: every boot rule, asked of the built application or of its options alone. */
export const doctor = (terminal: Terminal): Command =>
  new Command('doctor')
    .description('judge the application by every rule of the production checklist')
    .option('--app <path>', `built module of the application; else ${USUAL_PLACES.join(', or ')}`)
    .option(
      '--options <path>',
      'JSON or built module with the options of AuthModule: nothing is started, and they are judged for production',
    )
    .option('--connect', 'also ask the mail server and Redis, and count outdated hashes')
    .option('--mail <address>', 'send a test mail to this address')
    .option('--json', 'one JSON object: { ok, environment, items }')
    .addHelpText(
      'after',
      '\nExample:\n  $ NODE_ENV=production npx nestjs-latchkey doctor --app dist/app.module.js --connect' +
        '\n  $ npx nestjs-latchkey doctor --options auth.options.json --json',
    )
    .action(async (options: DoctorOptions) => {
      const report = await examined(terminal, options);
      const problems = refusals(report).length;
      if (options.json) terminal.out(JSON.stringify({ ok: problems === 0, ...report }));
      else await print(terminal, report);
      if (problems === 0) return;
      throw new CommandError(
        problems === 1
          ? 'There is a problem: mend it before you deploy.'
          : `There are ${problems} problems: mend them before you deploy.`,
      );
    });

async function examined(terminal: Terminal, { options, app, connect, mail }: DoctorOptions): Promise<ChecklistReport> {
  if (mail !== undefined && !isEmailAddress(mail)) throw new CommandError(`${JSON.stringify(mail)} is no e-mail address.`);
  // Nest and the rules are loaded only here.
  const { examineApplication, examineOptions } = await import('../doctor/examination.js');
  if (options === undefined) {
    const asked = { connect: connect === true, ...(mail !== undefined && { mail }) };
    return examineApplication(terminal, app ?? usualPlace(terminal), asked);
  }
  if (app !== undefined) throw new CommandError('Use either --app or --options.');
  if (connect || mail !== undefined)
    throw new CommandError('Options alone connect to nothing: use --app with --connect and --mail.');
  return examineOptions(terminal, options);
}

function usualPlace({ cwd }: Terminal): string {
  const path = USUAL_PLACES.find((place) => existsSync(resolve(cwd, place)));
  if (path !== undefined) return path;
  throw new CommandError(
    'No application is named: build it and name its module, e.g. --app dist/app.module.js, or its options with --options.',
  );
}

async function print(terminal: Terminal, report: ChecklistReport): Promise<void> {
  const { reportLines, summaryOf } = await import('../doctor/report-table.js');
  const { NO_COLOR, TERM } = terminal.env;
  // https://no-color.org: any value but an empty one.
  const isColoured = terminal.isInteractive === true && !NO_COLOR && TERM !== 'dumb';
  for (const line of reportLines(report, isColoured)) terminal.out(line);
  terminal.out(summaryOf(report));
}
