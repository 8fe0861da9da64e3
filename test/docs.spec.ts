import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { RequestMethod, type Type } from '@nestjs/common';
import * as latchkey from 'nestjs-latchkey';
import * as invitation from 'nestjs-latchkey/invitation';
import * as roles from 'nestjs-latchkey/roles';
import * as testing from 'nestjs-latchkey/testing';
import { describe, expect, it } from 'vitest';
import { AccountsController } from '../libs/auth/src/core/accounts/accounts.controller.js';
import { SessionsController } from '../libs/auth/src/core/accounts/sessions.controller.js';
import { AUTH_DEFAULTS } from '../libs/auth/src/core/options/auth.defaults.js';
import { run } from '../libs/auth/src/cli/run.js';
import { SignInController } from '../libs/auth/src/core/sign-in/sign-in.controller.js';
import { allRows, blocksOf, brokenLinks, code, type Page, readPages, tableAfter } from './docs/pages.js';
import { errorCodes, eventData, mentionedCodes, optionPaths } from './docs/source-facts.js';
import { typeErrors } from './docs/type-check.js';

const pages = readPages();
const page = (path: string): Page => {
  const found = pages.find((one) => one.path === path);
  if (found === undefined) throw new Error(`There is no page ${path}`);
  return found;
};

describe('the documents', () => {
  it('have no link that leads nowhere', () => {
    const broken = pages.flatMap((one) => brokenLinks(one, pages).map((target) => `${one.path}: ${target}`));

    expect(broken).toEqual([]);
  });

  it('have TypeScript that compiles against the sources', { timeout: 120_000 }, () => {
    const blocks = pages.flatMap(blocksOf);

    expect(blocks.length).toBeGreaterThan(20);
    expect(typeErrors(blocks)).toEqual([]);
  });
});

describe('the compiler of the documents', () => {
  it('notices a wrong type and a name that is not exported', { timeout: 120_000 }, () => {
    const seeded = (line: number, snippet: string) => ({ page: 'docs/x.md', line, code: snippet, test: null, file: null });
    const wrongType = seeded(1, "import { AuthModule } from 'nestjs-latchkey';\nAuthModule.forRoot({ secret: 1, baseUrl: '' });\n");
    const wrongName = seeded(11, "import { Publik } from 'nestjs-latchkey';\nPublik();\n");

    expect(typeErrors([wrongType, wrongName])).toEqual([
      expect.stringMatching(/^docs\/x\.md:3 .*number/),
      expect.stringMatching(/^docs\/x\.md:12 .*Publik/),
    ]);
  });
});

describe('README.md', () => {
  it('lists exactly the routes that there are', () => {
    const listed = tableAfter(page('README.md'), 'What you get').map(([method, path]) => `${method} ${code(path)}`);

    expect(listed.toSorted()).toEqual([SignInController, AccountsController, SessionsController].flatMap(routesOf).toSorted());
  });

  it('tells of options what the reference tells', () => {
    const reference = new Map(allRows(page('docs/reference/options.md')).map(([option, fallback]) => [option, fallback]));

    for (const [option, fallback] of tableAfter(page('README.md'), 'Options you will meet first')) {
      expect([option, fallback]).toEqual([option, reference.get(option!)]);
    }
  });
});

describe('docs/reference/errors.md', () => {
  it('lists exactly the codes of the library, with their status', () => {
    const listed = allRows(page('docs/reference/errors.md'))
      .map(([errorCode, status]) => [code(errorCode), Number(status)] as const)
      .filter(([errorCode]) => errorCode.startsWith('auth.'));

    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(errorCodes()));
    expect(listed).toHaveLength(errorCodes().size);
  });

  it('is compared with every code that stands in the sources', () => {
    expect([...mentionedCodes()].filter((one) => !errorCodes().has(one))).toEqual([]);
  });
});

describe('docs/reference/options.md', () => {
  const rows = allRows(page('docs/reference/options.md')).filter(([option]) => option!.startsWith('`'));

  it('lists exactly the options that there are', () => {
    expect(rows.map(([option]) => code(option)).toSorted()).toEqual([...optionPaths().keys()].toSorted());
  });

  it('says which have no default', () => {
    const required = rows.filter(([, fallback]) => fallback === 'required').map(([option]) => code(option));

    expect(required.toSorted()).toEqual([...optionPaths()].flatMap(([path, { optional }]) => (optional ? [] : [path])).toSorted());
  });

  it.each(leaves(AUTH_DEFAULTS))('has the default of %s', (option, value) => {
    const fallback = rows.find(([name]) => code(name) === option)?.[1];

    if (value === undefined) expect(fallback).not.toMatch(/^`/);
    else expect(fallback).toBe(typeof value === 'function' ? `\`${value.name}\`` : `\`${literal(value)}\``);
  });
});

describe('docs/reference/events.md', () => {
  const classes = Object.entries({ ...latchkey, ...invitation, ...roles }).filter(
    (entry): entry is [string, typeof latchkey.AuthEvent] =>
      typeof entry[1] === 'function' && entry[1].prototype instanceof latchkey.AuthEvent,
  );

  it('lists exactly the events that there are: class, data, and whether they are audited', () => {
    const data = eventData();
    const actual = classes.map(([name, { type, audited }]) => [
      type,
      name,
      (data.get(name) ?? []).join(', '),
      audited ? 'yes' : 'no',
    ]);
    const listed = allRows(page('docs/reference/events.md'))
      .filter(([type]) => type!.startsWith('`'))
      .map(([type, name, fields, audited]) => [code(type), code(name), fields!.replaceAll('`', '').replace('–', ''), audited]);

    expect(Object.keys(Object.fromEntries(data)).toSorted()).toEqual(classes.map(([name]) => name).toSorted());
    expect(listed.toSorted(byFirst)).toEqual(actual.toSorted(byFirst));
  });
});

describe('docs/guides/custom-storage.md', () => {
  it('lists exactly the ports that a storage exports, each with its suite', () => {
    const exported = (testing.MemoryStorage.forRoot().exports ?? []).map((port) => (port as Type).name);
    const listed = tableAfter(page('docs/guides/custom-storage.md'), 'All of it').map(([port, , suite]) => [
      code(port),
      code(suite),
    ]);

    expect(listed.map(([port]) => port).toSorted()).toEqual(exported.toSorted());
    expect(listed.filter(([port, suite]) => suite !== `describe${port}` || !(suite in testing))).toEqual([]);
  });
});

describe('docs/guides/command-line.md', () => {
  it('lists exactly the commands that there are, with their arguments and options', async () => {
    const listed = allRows(page('docs/guides/command-line.md')).map(([command, args, options]) => ({
      command: code(command),
      args: code(args).replace('–', ''),
      options: [...options!.matchAll(/`(--[\w-]+)`/g)].map(([, option]) => option).toSorted(),
    }));

    expect(listed.toSorted((a, b) => byFirst([a.command], [b.command]))).toEqual(
      (await commandsBelow([])).toSorted((a, b) => byFirst([a.command], [b.command])),
    );
  });
});

/** What the command line says of itself. */
async function commandsBelow(path: string[]): Promise<{ command: string; args: string; options: string[] }[]> {
  let help = '';
  await run([...path, '--help'], { out: (line) => (help += `${line}\n`), err: () => undefined, env: {}, cwd: '.' });
  const section = (title: string): string => new RegExp(`^${title}:\\n((?: .*\\n)*)`, 'm').exec(help)?.[1] ?? '';
  const names = [...section('Commands').matchAll(/^ {2}([a-z][\w-]*)/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'help');
  if (names.length > 0) return (await Promise.all(names.map((name) => commandsBelow([...path, name])))).flat();
  const usage = /^Usage: nestjs-latchkey (.*)$/m.exec(help)![1]!;
  const args = usage.replace(path.join(' '), '').replace('[options]', '').trim();
  const options = [...section('Options').matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option!);
  return [{ command: path.join(' '), args, options: options.filter((option) => option !== '--help').toSorted() }];
}

function routesOf(controller: new (...args: never[]) => object): string[] {
  const prefix = Reflect.getMetadata(PATH_METADATA, controller) as string;
  const prototype = controller.prototype as Record<string, object>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    if (name === 'constructor') return [];
    const path = Reflect.getMetadata(PATH_METADATA, prototype[name]!) as string | undefined;
    if (path === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, prototype[name]!) as number];
    return [`${method} /${[prefix, path].flatMap((part) => part.split('/').filter(Boolean)).join('/')}`];
  });
}

/** Paths and values, e.g. `['sessions.bearer.idle', '30d']`. */
function leaves(value: object, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    const path = prefix + key;
    const isBranch = typeof member === 'object' && member !== null && !Array.isArray(member);
    return isBranch ? leaves(member, `${path}.`) : [[path, member] as [string, unknown]];
  });
}

/** As one writes it in TypeScript. */
const literal = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map(literal).join(', ')}]` : typeof value === 'string' ? `'${value}'` : String(value);

const byFirst = ([a]: readonly unknown[], [b]: readonly unknown[]): number => String(a).localeCompare(String(b));
