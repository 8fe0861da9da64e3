import type { DynamicModule, INestApplicationContext, LoggerService } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import { BOOT_MODE, type BootMode } from '../../checklist/boot-mode.js';

/** A class that Nest provides instances of. */
export type Token<T> = abstract new (...args: never[]) => T;

/** Something that an application has logged as a warning or worse. */
export interface Complaint {
  message: string;
  /** Who says so, usually the name of a class. */
  context: string;
  /** First line of the stack that came with it: the error behind the message. */
  error: string | undefined;
}

/** What came up of an application that serves no requests. */
export interface Boot {
  /** Why it has not come up to its end; `undefined` when it has. */
  readonly failure: Error | undefined;
  readonly complaints: readonly Complaint[];
  /** Whether the application has yet to make a provider of such a name. */
  isWaitingFor(name: RegExp): boolean;
  /** What the application has made for `token`, even when it does not start. */
  find<T>(token: Token<T> | symbol): T | undefined;
  close(): Promise<void>;
}

/** An application that has not come up in time. */
export class BootTimeout extends Error {}

/** Imports the host's module, so that its providers can be looked at while they are made. */
class CommandLineRoot {}

export interface BootOptions {
  /** For an application that waits for something, e.g. tries again and again to reach its database. @default none */
  deadlineMs?: number;
  /** A complaint after which there is no use in waiting. @default none */
  giveUpOn?: (complaint: Complaint) => boolean;
  /** What the application is started for. @default 'command' */
  mode?: Exclude<BootMode, 'refuse'>;
}

export async function boot(module: unknown, { deadlineMs, giveUpOn, mode = 'command' }: BootOptions = {}): Promise<Boot> {
  const complaints: Complaint[] = [];
  let modules: ModulesContainer | undefined;
  const root: DynamicModule = {
    module: CommandLineRoot,
    global: true,
    imports: [module as DynamicModule],
    exports: [BOOT_MODE],
    providers: [
      { provide: BOOT_MODE, useValue: mode },
      { provide: CommandLineRoot.name, inject: [ModulesContainer], useFactory: (made: ModulesContainer) => (modules = made) },
    ],
  };
  let context: INestApplicationContext | undefined;
  let failure: Error | undefined;
  const patience = new Patience(deadlineMs);
  const keep = (complaint: Complaint): void => {
    complaints.push(complaint);
    if (giveUpOn?.(complaint) === true) patience.end(complaint.error ?? complaint.message);
  };
  try {
    const starting = NestFactory.createApplicationContext(root, { logger: collecting(keep), abortOnError: false });
    context = await patience.with(starting);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error), { cause: error });
  }
  return {
    failure,
    complaints,
    isWaitingFor: (name) =>
      modules !== undefined && providersOf(modules).some(({ key, isMade }) => !isMade && name.test(nameOf(key) ?? '')),
    find: <T>(token: Token<T> | symbol) => (modules === undefined ? undefined : (instanceOf(modules, token) as T | undefined)),
    close: async () => context?.close(),
  };
}

/** How long somebody waits. */
class Patience {
  private timer: NodeJS.Timeout | undefined;
  private giveUp: ((error: Error) => void) | undefined;

  constructor(private readonly ms: number | undefined) {}

  /** @throws BootTimeout when it is over before `work` is done */
  async with<T>(work: Promise<T>): Promise<T> {
    const over = new Promise<never>((_, reject) => {
      this.giveUp = reject;
      if (this.ms !== undefined) this.timer = setTimeout(() => this.end(`it is not up after ${this.ms! / 1000} s`), this.ms);
    });
    try {
      return await Promise.race([work, over]);
    } finally {
      clearTimeout(this.timer);
      // What comes too late is nobody's any more.
      work.catch(() => undefined);
    }
  }

  end(reason: string): void {
    this.giveUp?.(new BootTimeout(reason));
  }
}

function collecting(take: (complaint: Complaint) => void): LoggerService {
  const quiet = (): void => undefined;
  const keep = (message: unknown, ...rest: unknown[]): void => {
    const texts = rest.filter((one) => typeof one === 'string');
    const [error] = (texts.length > 1 ? texts[0]! : '').split('\n');
    const text = message instanceof Error ? message.message : String(message);
    take({ message: text, context: texts.at(-1) ?? '', error: error === '' ? undefined : error });
  };
  return { log: quiet, debug: quiet, verbose: quiet, warn: keep, error: keep, fatal: keep };
}

/** A CommonJS host has the CommonJS twins of our classes and symbols: the same names, other objects. */
function instanceOf(modules: ModulesContainer, token: Token<unknown> | symbol): unknown {
  const made = providersOf(modules).filter(({ isMade }) => isMade);
  const own = made.find(({ key }) => key === token);
  const twin = made.find(({ key }) => nameOf(key) !== undefined && nameOf(key) === nameOf(token));
  return (own ?? twin)?.instance;
}

function providersOf(modules: ModulesContainer): { key: unknown; isMade: boolean; instance: unknown }[] {
  const providers = [...modules.values()].flatMap((module) => [...module.providers]);
  return providers.map(([key, wrapper]) => {
    const { isResolved, instance } = wrapper.getInstanceByContextId(STATIC_CONTEXT);
    return { key, isMade: isResolved === true && instance !== null && instance !== undefined, instance };
  });
}

const nameOf = (token: unknown): string | undefined =>
  typeof token === 'function'
    ? token.name
    : typeof token === 'symbol'
      ? token.description
      : typeof token === 'string'
        ? token
        : undefined;
