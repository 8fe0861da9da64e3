import { CommandError, type Terminal } from '../terminal.js';
import { boot, type Complaint, type Token } from './boot.js';
import { hostModule } from './host-module.js';
import { databaseOf, type NamedDatabase, ownModule } from './own-module.js';
import { configurationProblems, reasonOf } from './reason.js';

/** The providers of an application that serves no requests. */
export interface Store {
  /** @throws CommandError when the application does not provide it; the remedy is named by `missing` */
  get<T>(token: Token<T>, missing?: string): T;
  /** Warnings and errors that it has logged until now. */
  readonly complaints: readonly Complaint[];
  close(): Promise<void>;
}

/**
 * The application named by `--app`, else one of our own on `DATABASE_URL`, else on the demo's file.
 *
 * @throws CommandError when there is none, or when it does not start
 */
export async function openStore(terminal: Terminal, app: string | undefined): Promise<Store> {
  if (app !== undefined) {
    const module = await hostModule(terminal, app);
    return start(module, (error) => `The application of ${app} does not start: ${reasonOf(error)}`);
  }
  const { address, name } = databaseOf(terminal);
  const refusal = (error: unknown) => databaseRefusal({ address, name }, error);
  try {
    return await start(await ownModule(address, terminal.env['AUTH_SECRET']), refusal);
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(refusal(error), { cause: error });
  }
}

async function start(module: unknown, refusal: (error: unknown) => string): Promise<Store> {
  const application = await boot(module);
  const { failure, complaints } = application;
  if (failure !== undefined) throw new CommandError(refusal(failure), { cause: failure });
  return {
    get: (token, missing) => {
      const instance = application.find(token);
      if (instance !== undefined) return instance;
      throw new CommandError(missing ?? `The application does not provide ${token.name}: import AuthModule in it.`);
    },
    complaints,
    close: () => application.close(),
  };
}

/** Why a database that the environment names cannot be used, and what to do about it. */
export function databaseRefusal({ address, name }: NamedDatabase, error: unknown): string {
  const schema = configurationProblems(error).some(({ option }) => option === 'storage');
  const remedy = schema
    ? 'An application with a user entity of its own needs --app and the path of its built module.'
    : `Check ${name}.`;
  // Errors of databases quote what they were given; the password is nobody's business.
  const secrets = address.type === 'sqlite' ? [] : [address.url, ...passwordsOf(address.url)];
  return `The database of ${name} cannot be used: ${reasonOf(error, secrets)} ${remedy}`;
}

function passwordsOf(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { password } = new URL(url);
  return password === '' ? [] : [password, decodeURIComponent(password)];
}
