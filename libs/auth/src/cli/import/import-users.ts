import { PasswordHasher } from '../../core/ports/password-hasher.js';
import { RoleRepository } from '../../core/ports/role.repository.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { closest } from '../../common/closest.js';
import { reasonOf } from '../store/reason.js';
import type { Store } from '../store/open-store.js';
import { CommandError, type Terminal } from '../terminal.js';
import { AccountReader, type Candidate } from './account.js';
import { csvEntries } from './csv.js';
import type { Entry } from './entry.js';
import { ACCOUNT_FIELDS, Fields } from './fields.js';
import { jsonEntries } from './json-lines.js';
import { linesOf } from './lines.js';
import { Outcome, type Summary } from './outcome.js';
import { Progress } from './progress.js';
import type { Format, Source } from './source.js';
import { type Leftover, UserImport } from './user-import.js';

export interface ImportOptions {
  format: Format;
  delimiter: string;
  /** Fields by column; an empty one leaves the column out. */
  map: ReadonlyMap<string, string>;
  /** Roles that every account gets. */
  role: readonly string[];
  dryRun: boolean;
  json: boolean;
  report: string | undefined;
}

/** Accounts of one unit of work: many enough to be quick, few enough to be done long before a unit's deadline. */
const BATCH = 500;

/**
 * Reads accounts from `source` and makes those whose addresses are free, with as much in memory as one batch.
 *
 * @throws CommandError when the file as a whole makes no sense, or when the store stops answering
 */
export async function importUsers(store: Store, source: Source, options: ImportOptions, terminal: Terminal): Promise<Summary> {
  const users = store.get(UserRepository);
  const roles = store.get(RoleRepository);
  const names = new Set((await roles.list()).map(({ name }) => name));
  for (const role of options.role) if (!names.has(role)) throw new CommandError(noRole(role, [...names]));

  const fields = new Fields(users.profileFields(), options.map);
  const reader = new AccountReader(fields, store.get(PasswordHasher), names, options.role, new Date());
  const writer = new UserImport(users, roles, store.get(UnitOfWork), options.dryRun);
  const progress = new Progress(terminal, source.size);
  const outcome = new Outcome(terminal, progress, options.dryRun, options.json, options.report);

  const candidates: Candidate[] = [];
  const faults: Leftover[] = [];
  const flush = async (): Promise<void> => {
    const lines = candidates.length + faults.length;
    const left = [...faults.splice(0), ...(await writer.write(candidates.splice(0)))];
    outcome.add(
      lines,
      left.toSorted((a, b) => a.line - b.line),
    );
    progress.show(source.bytesRead(), outcome.lines);
  };
  try {
    for await (const entry of entriesOf(source, options, fields, users)) {
      const read = reader.read(entry);
      if ('fault' in read) faults.push({ line: read.line, outcome: 'bad', reason: read.fault });
      else candidates.push(read);
      if (candidates.length + faults.length >= BATCH) await flush();
    }
    await flush();
    return outcome.summary();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { lines } = outcome.summary();
    throw new CommandError(
      `The import stopped after ${lines} lines: ${reasonOf(error)} Run it again: what was imported is left as it is.`,
      { cause: error },
    );
  } finally {
    outcome.close();
  }
}

function entriesOf(
  { pieces }: Source,
  { format, delimiter }: ImportOptions,
  fields: Fields,
  users: UserRepository,
): AsyncGenerator<Entry> {
  const lines = linesOf(pieces);
  if (format === 'jsonl') return jsonEntries(lines);
  return csvEntries(lines, delimiter, async (columns) => {
    fields.useHeader(columns);
    const profile = columns.flatMap((column) => fields.fieldOf(column) || []);
    const missing = await users.unfilledColumns(profile.filter((field) => !(ACCOUNT_FIELDS as readonly string[]).includes(field)));
    if (missing.length > 0) throw new CommandError(unfilled(missing));
  });
}

const unfilled = (columns: readonly string[]): string =>
  `The user table has columns that neither the file nor anything else fills: ${columns.join(', ')}. Add them to the file, or give them a default.`;

function noRole(role: string, names: readonly string[]): string {
  const near = closest(role, names);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return `There is no role ${JSON.stringify(role)}.${hint} ${names.length === 0 ? 'There are none: start the application with RolesModule.forRoot({ roles }) once.' : `There are ${names.join(', ')}.`}`;
}
