import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../libs/auth/src/cli/run.js';
import { RedisServer } from './cache/redis-server.js';
import { SilentServer, SmtpSink } from './mail/smtp-sink.js';
import { latchkey } from './support/command-line.js';
import { createDatabase, describeEachDatabase, type SqlTestDatabase } from './support/databases.js';

const FIXTURES = resolve('test/fixtures/command-line');
const DEMO = resolve('dist/apps/demo/main.js');
const STRONG = 'mB5kQ1nV8xR4tZ7wL2pJ9sD3fG6hY0cAuEiO-x';

interface Item {
  id: string;
  severity: string;
  status: string;
  findings: { option: string; problem: string; remedy: string }[];
}

/** What the command says as JSON. */
async function doctor(args: string[], env: Record<string, string> = {}, cwd?: string) {
  const { code, out, err } = await latchkey(['doctor', '--json', ...args], { env, ...(cwd && { cwd }) });
  const { ok, environment, items } = JSON.parse(out) as { ok: boolean; environment: string; items: Item[] };
  const failed = (severity: string) => items.filter((item) => item.severity === severity && item.status === 'failed');
  const idsOf = (some: Item[]) => some.map(({ id }) => id);
  return { code, out, err, ok, environment, items, problems: idsOf(failed('refuse')), warnings: idsOf(failed('warn')), failed };
}

const GOOD = { secret: STRONG, baseUrl: 'https://app.example.com' };

/** One mistake each, with the option that the answer names. */
const MISTAKES: [name: string, options: object, option: string][] = [
  ['no secret', { secret: undefined }, 'secret'],
  ['an empty secret', { secret: '' }, 'secret'],
  ['a short secret', { secret: 'kX3vQ9rT7mZ2' }, 'secret'],
  ['a number for a secret', { secret: 12345678 }, 'secret'],
  ['a secret that repeats itself', { secret: 'abc123'.repeat(8) }, 'secret'],
  ['a placeholder', { secret: 'your-super-secret-key-change-me-please' }, 'secret'],
  [
    'a secret out of public documentation',
    { secret: '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7' },
    'secret',
  ],
  ['no secrets', { secret: [] }, 'secret'],
  ['a weak old secret', { secret: [STRONG, 'short'] }, 'secret[1]'],
  ['the same secret twice', { secret: [STRONG, STRONG] }, 'secret[1]'],
  ['no base URL', { baseUrl: undefined }, 'baseUrl'],
  ['a base URL without a scheme', { baseUrl: 'app.example.com' }, 'baseUrl'],
  ['http', { baseUrl: 'http://app.example.com' }, 'baseUrl'],
  ['http on loopback', { baseUrl: 'http://localhost:3000' }, 'baseUrl'],
  ['https on loopback', { baseUrl: 'https://127.0.0.1' }, 'baseUrl'],
  ['an unknown environment', { environment: 'staging' }, 'environment'],
  ['a mistyped option', { throtle: false }, 'throtle'],
  ['no throttling', { throttle: false }, 'throttle'],
  ['no lockout', { lockout: false }, 'lockout'],
  ['no limits of mail', { mailLimits: false }, 'mailLimits'],
  ['every origin', { trustedOrigins: ['*'] }, 'trustedOrigins'],
  ['an origin with a path', { trustedOrigins: ['https://app.example.com/shop'] }, 'trustedOrigins'],
  ['an origin of http', { trustedOrigins: ['http://app.example.com'] }, 'trustedOrigins'],
  ['every proxy', { trustedProxies: ['0.0.0.0/0'] }, 'trustedProxies'],
  ['a proxy that is no network', { trustedProxies: ['everybody'] }, 'trustedProxies'],
  ['a foreign cookie', { cookie: { domain: 'example.net' } }, 'cookie.domain'],
  ['an unknown SameSite', { cookie: { sameSite: 'sometimes' } }, 'cookie.sameSite'],
  ['short passwords', { passwords: { minLength: 6 } }, 'passwords.minLength'],
  ['a weak pepper', { passwords: { pepper: 'salt' } }, 'passwords.pepper'],
  ['the secret for a pepper', { passwords: { pepper: STRONG } }, 'passwords.pepper'],
  ['long-lived access tokens', { tokens: { accessTtl: '3h' } }, 'tokens.accessTtl'],
  ['a duration that is none', { tokens: { accessTtl: 'soon' } }, 'tokens.accessTtl'],
  ['an algorithm without keys', { tokens: { algorithm: 'none' } }, 'tokens.algorithm'],
  ['an idle time beyond the absolute one', { sessions: { cookie: { idle: '60d', absolute: '30d' } } }, 'sessions.cookie.idle'],
  ['a route prefix that is no path', { routePrefix: 'a b' }, 'routePrefix'],
  ['an acknowledged rule that there is not', { acknowledge: ['storage.sqlit'] }, 'acknowledge'],
];

describe('doctor on options alone', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const given = (name: string, text: string): string => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  };

  it('finds nothing to mend in good ones, in production', async () => {
    const { code, err, ok, environment, problems, warnings } = await doctor([
      '--options',
      given('good.json', JSON.stringify(GOOD)),
    ]);

    expect({ code, err, ok, environment, problems, warnings }).toEqual({
      ...{ code: 0, err: '', ok: true, environment: 'production', problems: [], warnings: [] },
    });
  });

  it.concurrent.each(MISTAKES)('refuses %s, naming the option', async (name, options, option) => {
    const file = given(`${name.replaceAll(' ', '-')}.json`, JSON.stringify({ ...GOOD, ...options }));
    const { code, err, ok, failed } = await doctor(['--options', file]);
    const findings = failed('refuse').flatMap((item) => item.findings);

    expect(findings.map((finding) => finding.option)).toContain(option);
    for (const { problem, remedy } of findings)
      expect([problem, remedy]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
    expect(err).toMatch(/^There (is a problem|are \d+ problems): mend (it|them) before you deploy\.\n$/);
    expect({ code, ok }).toEqual({ code: 1, ok: false });
  });

  it('never repeats a secret', async () => {
    const secret = 'hunter2-hunter2-hunter2-hunter2-hunter2';
    const { out, err, code } = await doctor(['--options', given('told.json', JSON.stringify({ ...GOOD, secret }))]);

    expect(code).toBe(1);
    expect(out + err).not.toContain('hunter2');
  });

  it.each([
    ['options.mjs', `export default async () => (${JSON.stringify(GOOD)});`],
    ['options-by-name.mjs', `export const options = ${JSON.stringify(GOOD)};`],
    ['options.cjs', `module.exports = ${JSON.stringify(GOOD)};`],
    ['options-by-name.cjs', `exports.options = () => (${JSON.stringify(GOOD)});`],
  ])('are read from %s', async (name, text) => {
    expect(await doctor(['--options', given(name, text)])).toMatchObject({ code: 0, ok: true });
  });

  it.each([
    ['broken.json', '{ "secret": "s3cret', /broken\.json is not JSON: mend its syntax\.\n$/],
    ['list.json', '[]', /list\.json holds no options: export the object that AuthModule\.forRoot takes/],
    ['nothing.mjs', 'export const a = 1;', /nothing\.mjs holds no options: /],
    ['throws.mjs', 'throw new Error("no such planet");', /throws\.mjs cannot be loaded: no such planet\.\n$/],
    [
      'fails.mjs',
      'export default () => { throw new Error("not today"); }',
      /fails\.mjs does not return its options: not today\.?\n$/,
    ],
    ['options.ts', 'export default {}', /options\.ts is TypeScript: build the application and name a JSON file or a built module/],
  ])('says what is wrong with %s', async (name, text, sentence) => {
    const { code, out, err } = await latchkey(['doctor', '--options', given(name, text)]);

    expect(err).toMatch(sentence);
    expect(err).not.toContain('s3cret');
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });

  it.each([
    ['a file that is not there', ['--options', 'none.json'], /^There is no file none\.json: /],
    ['both', ['--options', 'a.json', '--app', 'b.js'], /^Use either --app or --options\.\n$/],
    ['options to connect', ['--options', 'a.json', '--connect'], /^Options alone connect to nothing: use --app/],
    ['options to mail', ['--options', 'a.json', '--mail', 'ada@example.com'], /^Options alone connect to nothing/],
    ['no address', ['--mail', 'ada'], /^"ada" is no e-mail address\.\n$/],
    ['nothing', [], /^No application is named: build it and name its module/],
  ])('says what to do about %s', async (_, args, sentence) => {
    const { code, out, err } = await latchkey(['doctor', ...args], { cwd: directory });

    expect(err).toMatch(sentence);
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });

  it('shows a line for each rule, in colour only to people who want it', async () => {
    const file = given('short.json', JSON.stringify({ ...GOOD, secret: 'short' }));
    const shown = async (env: Record<string, string>, isInteractive: boolean) => {
      const lines: string[] = [];
      const out = (line: string): void => void lines.push(line);
      expect(await run(['doctor', '--options', file], { out, err: () => undefined, env, cwd: directory, isInteractive })).toBe(1);
      return lines.join('\n');
    };
    const plain = await shown({}, false);

    expect(plain).toMatch(/^STATE +RULE +WHAT\n/);
    expect(plain).toMatch(/^passed +base-url\.insecure$/m);
    expect(plain).toMatch(/^skipped +storage\.schema +nothing is known of the database$/m);
    expect(plain).toMatch(
      /\nproblem +secret\.too-short +secret: has 5 bytes; .*generate-secret\nJudged for production: 1 problem, .*\.$/,
    );
    expect(await shown({}, true)).toContain('\u001B[31mproblem\u001B[39m');
    expect(await shown({ NO_COLOR: '1' }, true)).toBe(plain);
    expect(await shown({ TERM: 'dumb' }, true)).toBe(plain);
  });
});

describe('doctor on an application', () => {
  it('of CommonJS is judged by every rule', async () => {
    const { code, environment, items, problems } = await doctor(['--app', join(FIXTURES, 'app.module.cjs')]);

    expect({ code, environment, problems }).toEqual({ code: 0, environment: 'development', problems: [] });
    expect(items.find(({ id }) => id === 'roles.unknown')).toMatchObject({ status: 'passed' });
  });

  it('is found where a build puts it, and loaded in place of the main file beside it, which would listen', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'));
    mkdirSync(join(directory, 'dist'));
    const module = join(FIXTURES, 'app.module.cjs');
    writeFileSync(join(directory, 'dist/app.module.js'), `module.exports = require(${JSON.stringify(module)});`);
    writeFileSync(join(directory, 'dist/main.js'), 'throw new Error("would listen");');
    try {
      expect(await doctor([], {}, directory)).toMatchObject({ code: 0, ok: true });
      expect(await doctor(['--app', 'dist/main.js'], {}, directory)).toMatchObject({ code: 0, ok: true });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('that would not start is told everything that is wrong with it at once', async () => {
    const store = await createDatabase('sqlite');
    const env = { NODE_ENV: 'production', APP_DATABASE: store.url.replace('sqlite:', ''), APP_SECRET: 'short' };
    const { code, environment, problems, failed } = await doctor(['--app', join(FIXTURES, 'app.module.mjs')], env);
    await store.drop();

    expect({ code, environment }).toEqual({ code: 1, environment: 'production' });
    expect(problems).toEqual(expect.arrayContaining(['secret.too-short', 'storage.pending-migrations', 'cache.process-local']));
    expect(failed('warn').map(({ id }) => id)).toContain('storage.sqlite');
  });

  it('that throws while it is loaded is told so as an item', async () => {
    const { code, problems, failed } = await doctor(['--app', DEMO], { NODE_ENV: 'production' });

    expect({ code, problems }).toEqual({ code: 1, problems: ['application.not-started'] });
    expect(failed('refuse')[0]!.findings[0]!.problem).toMatch(/AUTH_SECRET is not set/);
  });

  it.each(['refuses connections', 'accepts connections and is silent'])(
    'whose database %s gets its answer within ten seconds, with what can be judged without it',
    { timeout: 30_000 },
    async (behaviour) => {
      const silent = await new SilentServer().start();
      const address = behaviour.includes('silent') ? silent.url.replace('smtp://', '') : '127.0.0.1:1';
      const env = { APP_DATABASE: `postgres://me:s3cret@${address}/x`, APP_SECRET: 'short', NODE_ENV: 'production' };
      const begun = performance.now();
      const { code, out, err, problems, items, failed } = await doctor(['--app', join(FIXTURES, 'patient.module.mjs')], env);
      const took = performance.now() - begun;
      await silent.stop();

      expect(code).toBe(1);
      expect(problems).toEqual(expect.arrayContaining(['storage.unreachable', 'secret.too-short']));
      const [unreachable] = failed('refuse').find(({ id }) => id === 'storage.unreachable')!.findings;
      expect(unreachable!.problem).toMatch(/^The database does not answer: (.*ECONNREFUSED.*|no answer within 6 s)\.$/);
      expect(items.find(({ id }) => id === 'storage.schema')).toMatchObject({ status: 'unknown' });
      expect(out + err).not.toContain('s3cret');
      expect(took).toBeLessThan(10_000);
    },
  );
});

describeEachDatabase(
  'doctor on the demo in production',
  (kind) => {
    let store: SqlTestDatabase;
    let redis: RedisServer;
    let smtp: SmtpSink;
    let directory: string;
    let documented: Record<string, string>;
    beforeAll(async () => {
      redis = await RedisServer.started('--appendonly', 'yes');
    });
    afterAll(() => redis?.kill());
    beforeEach(async () => {
      store = await createDatabase(kind);
      smtp = await new SmtpSink().start();
      directory = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'));
      documented = {
        NODE_ENV: 'production',
        DATABASE_URL: store.url,
        REDIS_URL: redis.url,
        AUTH_SECRET: STRONG,
        BASE_URL: 'https://demo.example.com',
        SMTP_URL: smtp.url,
      };
    });
    afterEach(async () => {
      await smtp.stop();
      await store.drop();
      rmSync(directory, { recursive: true, force: true });
    });

    /** The documented environment with changes; `undefined` takes one away. */
    const demo = (changes: Record<string, string | undefined>, ...args: string[]) => {
      const env = Object.entries({ ...documented, ...changes }).filter((one): one is [string, string] => one[1] !== undefined);
      return doctor(['--app', DEMO, ...args], Object.fromEntries(env), directory);
    };

    it('is green with the documented environment, and sends a mail', async () => {
      const { code, err, ok, environment, problems, warnings, items } = await demo({}, '--connect', '--mail', 'ada@example.com');

      expect({ code, err, ok, environment, problems, warnings }).toEqual({
        ...{ code: 0, err: '', ok: true, environment: 'production', problems: [], warnings: [] },
      });
      expect(items.filter(({ status }) => status === 'unknown')).toEqual([]);
      expect(items.find(({ id }) => id === 'mail.test')).toMatchObject({ status: 'passed' });
      expect(smtp.received.map(({ to }) => to)).toEqual([['ada@example.com']]);
    });

    it.each<[string, Record<string, string | undefined>, string]>([
      ['no Redis', { REDIS_URL: undefined }, 'cache.process-local'],
      ['no mail server', { SMTP_URL: undefined }, 'mail.console'],
      ['no secret', { AUTH_SECRET: undefined }, 'application.not-started'],
      ['a weak secret', { AUTH_SECRET: 'changeme' }, 'secret.too-short'],
      ['http', { BASE_URL: 'http://demo.example.com' }, 'base-url.insecure'],
      ['a database that does not answer', { DATABASE_URL: 'postgres://me@127.0.0.1:1/x' }, 'storage.unreachable'],
      ['no throttling', { THROTTLE: 'off' }, 'throttle.off'],
      ['weak hashes', { HASH_COST: '4' }, 'hasher.weak'],
    ])('is red with %s', async (_, changes, rule) => {
      const { code, ok, problems } = await demo(changes);

      expect(problems).toContain(rule);
      expect({ code, ok }).toEqual({ code: 1, ok: false });
    });

    it.each<[string, Record<string, string | undefined>, string]>([
      ['a mail server', { SMTP_URL: 'smtp://127.0.0.1:1' }, 'mail.unverified'],
      ['Redis', { REDIS_URL: 'redis://127.0.0.1:1' }, 'cache.unreachable'],
    ])('is red for %s that does not answer only when it connects', async (_, changes, rule) => {
      const [quick, connected] = await Promise.all([demo(changes), demo(changes, '--connect')]);

      expect({ code: quick.code, problems: quick.problems }).toEqual({ code: 0, problems: [] });
      expect({ code: connected.code, problems: connected.problems }).toEqual({ code: 1, problems: [rule] });
    });

    it('is not red for what is only to be considered', async () => {
      const { code, ok, warnings } = await demo({ DATABASE_URL: undefined, REDIS_URL: undefined, SINGLE_INSTANCE: 'on' });

      expect({ code, ok, warnings }).toEqual({ code: 0, ok: true, warnings: ['storage.sqlite'] });
    });

    it('says that a mail was refused, and by whom', async () => {
      smtp.refusal = { code: 550, message: 'No such mailbox' };
      const { code, problems, failed } = await demo({}, '--mail', 'nobody@example.com');

      expect({ code, problems }).toEqual({ code: 1, problems: ['mail.test'] });
      expect(failed('refuse')[0]!.findings[0]!.problem).toMatch(/No such mailbox/);
    });
  },
  ['postgres', 'mariadb'],
);
