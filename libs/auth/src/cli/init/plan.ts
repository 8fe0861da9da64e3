import { randomToken } from '../../core/crypto/random.js';
import { databaseOf, neededPackages, withDependencies } from './dependencies.js';
import { variablesFor, wantsEnvironmentInGit, withExamples, withIgnored, withVariables } from './environment-files.js';
import { type FileChange, textOf } from './file-changes.js';
import { type HostProject, installed } from './host-project.js';
import type { Database } from './module-code.js';
import { type RootModule, rootModuleOf } from './project-sources.js';
import { CannotPatch } from './typescript-file.js';
import { byHand, type SourceChange, type Wiring, wire, wiringOf } from './wiring.js';

export interface InitOptions {
  readonly database?: Database;
  readonly module?: string;
  readonly dryRun?: boolean;
}

/** What the command cannot do, and the code that does it. */
interface ManualStep {
  readonly reason: string;
  readonly code: string;
}

/** All that is to be done, computed before anything is. */
export interface Plan {
  /** The root module comes last: a project that was left in the middle is finished by the next run. */
  readonly changes: readonly FileChange[];
  readonly install: boolean;
  readonly manual: ManualStep | null;
  /** What whoever goes on from here should know. */
  readonly notes: readonly string[];
}

/** Secrets are the file's business. */
const SHOWN_SECRET = '<a fresh secret>';

/** @throws CommandError when the root module is not found */
export function planFor(host: HostProject, { database: wanted, module, dryRun = false }: InitOptions): Plan {
  const { directory } = host;
  const wiring = wiringOf(host);
  const { sources, manual } = wired(host, () => rootModuleOf(host, module), wiring, wanted ?? databaseOf(host));
  const database = wiring.dataSources.length > 0 || wiring.auth ? wiring.database : (wanted ?? databaseOf(host));
  const packages = neededPackages(host, {
    database,
    config: !wiring.auth || wiring.config,
    typeorm: !wiring.auth || wiring.dataSources.length > 0,
  });
  const variables = variablesFor(nameOf(host), database, dryRun ? SHOWN_SECRET : randomToken()).filter(
    ({ name }) => !wiring.auth || wiring.text.includes(name),
  );
  const file = (path: string, change: (text: string) => string): FileChange => {
    const before = textOf(directory, path);
    return { path, before, after: change(before ?? '') };
  };
  const files: FileChange[] = [
    file('package.json', (text) => withDependencies(text, host, packages)),
    file('.gitignore', (text) => withIgnored(text, database)),
    { ...file('.env', (text) => withVariables(text, variables)), mode: 0o600 },
    file('.env.example', (text) => withExamples(text, variables)),
    ...sources,
  ];
  const changes = files.filter(({ before, after }) => (before ?? '') !== after);
  return {
    changes,
    install: Object.keys(packages).some((name) => installed(directory, name) === null),
    manual,
    notes: notesOn(host, wiring, database, changes),
  };
}

function wired(host: HostProject, rootModule: () => RootModule, wiring: Wiring, database: Database) {
  if (wiring.auth) return { sources: [], manual: null };
  const root = rootModule();
  try {
    return { sources: wire(host, root, wiring, database), manual: null };
  } catch (error) {
    if (!(error instanceof CannotPatch)) throw error;
    const sources: SourceChange[] = [];
    return { sources, manual: { reason: error.message, code: byHand(host, root, wiring, database) } };
  }
}

function notesOn({ directory }: HostProject, wiring: Wiring, database: Database | null, changes: readonly FileChange[]): string[] {
  const notes: string[] = [];
  const added = (path: string, text: string): boolean => {
    const change = changes.find((one) => one.path === path);
    return change !== undefined && change.after.includes(text) && !(change.before ?? '').includes(text);
  };
  if (database !== null && database !== 'sqlite' && added('.env', 'DATABASE_URL')) {
    notes.push('DATABASE_URL in .env is a guess: put in the user, password, host and name of your database.');
  }
  if (!wiring.auth && wiring.otherEnvironment) {
    notes.push('Your ConfigModule reads the environment from elsewhere than .env: move the new variables there.');
  }
  if (wantsEnvironmentInGit(textOf(directory, '.gitignore') ?? '')) {
    notes.push('.gitignore wants .env in the repository: take that line out before you commit, for .env holds a secret.');
  }
  const dataSource = changes.find(({ path }) => wiring.dataSources.includes(path));
  if (dataSource !== undefined && !/\bmigrationsRun\b/.test(dataSource.after)) {
    notes.push(`${dataSource.path} now has our migrations beside yours: run them as you run yours.`);
  }
  return notes;
}

/** What files and databases of the project are called. */
function nameOf({ packageJson: { name } }: HostProject): string {
  const plain = typeof name === 'string' ? name.replace(/^@[^/]*\//, '').replaceAll(/[^\w-]+/g, '-') : '';
  return plain === '' ? 'app' : plain;
}
