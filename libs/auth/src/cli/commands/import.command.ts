import { Command, InvalidArgumentError, Option } from 'commander';
import { appOption, type StoreOptions, withStore } from '../store/with-store.js';
import type { Summary } from '../import/outcome.js';
import type { Format } from '../import/source.js';
import { CommandError, type Terminal } from '../terminal.js';

interface Options extends StoreOptions {
  format?: Format;
  delimiter: string;
  map?: ReadonlyMap<string, string>;
  role?: readonly string[];
  dryRun?: true;
  json?: true;
  report?: string;
}

/** `import`: accounts of another system, with their hashes. Safe to run again: an address that has an account is left as it is. */
export const importAccounts = (terminal: Terminal): Command =>
  new Command('import')
    .description('make accounts of a file with the hashes of another system; an address that has an account is left as it is')
    .argument('<file>', 'CSV with a header, or JSON lines; - for what is piped in')
    .addOption(new Option('--format <format>', 'what the file is, unless its name says so').choices(['csv', 'jsonl']))
    .option('--delimiter <character>', 'what separates the columns of CSV', delimiterFrom, ',')
    .option('--map <column=field>', 'which field a column is, unless its name says so; none leaves it out', mapping)
    .option('--role <role>', 'a role that every account gets; may be given several times', listed)
    .option('--dry-run', 'look at everything and change nothing')
    .option('--report <path>', 'write every line that is not imported to a file, as JSON lines')
    .option('--json', 'one JSON object: { lines, imported, existing, bad, dryRun, problems: [{ line, reason }] }')
    .addOption(appOption())
    .addHelpText(
      'after',
      '\nFields are email, passwordHash, emailConfirmed, roles, createdAt, disabled, and those of the profile, e.g. name.' +
        '\n\nExample:\n  $ npx nestjs-latchkey import users.csv --map encrypted_password=passwordHash --map id= --app dist/app.module.js',
    )
    .action(async (file: string, options: Options) => {
      // Loaded here, since no other command needs a parser of CSV.
      const { formatOf, openSource } = await import('../import/source.js');
      const { importUsers } = await import('../import/import-users.js');
      const { dryRun = false, json = false, report, delimiter, map = new Map(), role = [] } = options;
      const settings = { format: formatOf(file, options.format), delimiter, map, role, dryRun, json, report };
      const source = openSource(file, terminal);
      await withStore(terminal, options, async (store) => {
        const summary = await importUsers(store, source, settings, terminal);
        terminal.out(json ? JSON.stringify(summary) : sentenceOf(summary));
        if (summary.bad > 0) throw new CommandError(remedyFor(summary));
      });
    });

const accounts = (count: number): string => (count === 1 ? '1 account' : `${count} accounts`);

const sentenceOf = ({ imported, existing, dryRun }: Summary): string =>
  `${accounts(imported)} ${dryRun ? 'would be' : imported === 1 ? 'was' : 'were'} imported; ` +
  `${existing === 1 ? '1 address has' : `${existing} addresses have`} an account already.`;

const remedyFor = ({ bad, lines }: Summary): string =>
  `${bad} of ${lines} lines cannot be imported: mend them and run the command again, it leaves what exists as it is.`;

function delimiterFrom(text: string): string {
  const character = text === '\\t' ? '\t' : text;
  if (character.length === 1 && !/["\r\n]/.test(character)) return character;
  throw new InvalidArgumentError('Use one character, e.g. ";" or "\\t".');
}

function mapping(text: string, others: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const at = text.lastIndexOf('=');
  if (at > 0) return new Map([...others, [text.slice(0, at), text.slice(at + 1)]]);
  throw new InvalidArgumentError('Use column=field, or column= to leave the column out.');
}

const listed = (text: string, others: readonly string[] = []): readonly string[] => [...others, text];
