import type { INestApplicationContext } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { CommandError, type Terminal } from '../terminal.js';
import { hostModule } from './host-module.js';
import { databaseOf, ownModule } from './own-module.js';
import { configurationProblems, reasonOf } from './reason.js';

/** A class that Nest provides instances of. */
type Token<T> = abstract new (...args: never[]) => T;

/** The providers of an application that serves no requests. */
export interface Store {
  /** @throws CommandError when the application does not provide it; the remedy is named by `missing` */
  get<T>(token: Token<T>, missing?: string): T;
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
  // Errors of databases quote what they were given; the password is nobody's business.
  const secrets = address.type === 'sqlite' ? [] : [address.url, ...passwordsOf(address.url)];
  const refusal = (error: unknown) => {
    const schema = configurationProblems(error).some(({ option }) => option === 'storage');
    const remedy = schema
      ? 'An application with a user entity of its own needs --app and the path of its built module.'
      : `Check ${name}.`;
    return `The database of ${name} cannot be used: ${reasonOf(error, secrets)} ${remedy}`;
  };
  try {
    return await start(await ownModule(address, terminal.env['AUTH_SECRET']), refusal);
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(refusal(error), { cause: error });
  }
}

async function start(module: unknown, refusal: (error: unknown) => string): Promise<Store> {
  let context: INestApplicationContext;
  try {
    context = await NestFactory.createApplicationContext(module as never, { logger: false, abortOnError: false });
  } catch (error) {
    throw new CommandError(refusal(error), { cause: error });
  }
  return {
    get: (token, missing) => {
      const instance = instanceOf(context, token);
      if (instance !== undefined) return instance;
      throw new CommandError(missing ?? `The application does not provide ${token.name}: import AuthModule in it.`);
    },
    close: () => context.close(),
  };
}

/** A CommonJS host has the CommonJS twins of our classes: the same names, other objects. */
function instanceOf<T>(context: INestApplicationContext, token: Token<T>): T | undefined {
  const providers = [...context.get(ModulesContainer).values()].flatMap((module) => [...module.providers]);
  const own = providers.find(([key]) => key === token);
  const twin = providers.find(([key, wrapper]) => typeof key === 'function' && key.name === token.name && wrapper.instance != null);
  return (own ?? twin)?.[1].instance as T | undefined;
}

function passwordsOf(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { password } = new URL(url);
  return password === '' ? [] : [password, decodeURIComponent(password)];
}
