import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Injectable, type Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AuditLog,
  AuthEvents,
  Clock,
  Housekeeping,
  type KeyProvider,
  KeyRotation,
  SecretProvider,
  SessionRepository,
  StaticKeyProvider,
  type TokensOptions,
} from 'nestjs-latchkey';
import { AuditModule, AuditService } from 'nestjs-latchkey/audit';
import { RolesService } from 'nestjs-latchkey/roles';
import { SettableClock } from 'nestjs-latchkey/testing';
import { authEntities } from 'nestjs-latchkey/typeorm';
import { DataSource } from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, PASSWORD, SECRET, startAuthApp } from '../auth-app.js';
import { extracted } from './extract.js';
import { blocksOf, readPages } from './pages.js';

/** What a host's provider is given. */
@Injectable()
class AuditReader {
  constructor(readonly audit: AuditLog) {}
}

let app: AuthApp | undefined;

async function start(options: AuthAppOptions): Promise<AuthApp> {
  app = await startAuthApp(options);
  return app;
}

afterEach(async () => {
  await app?.close();
  app = undefined;
});

const EMAIL = 'ada@example.com';

/** Names of `<!-- test:… -->`; a block that says it is run must be run. */
const RUN = new Set<string>();
const runs = (name: string, what: string, test: () => Promise<void>): void => {
  RUN.add(name);
  it(what, test);
};

describe('guards-and-roles.md', async () => {
  const load = extracted('docs/guides/guards-and-roles.md');
  const { OrdersController } = await load<{ OrdersController: Type }>('src/orders.controller.ts');
  const { ShopRoles } = await load<{ ShopRoles: DynamicModule }>('src/shop-roles.ts');

  runs('guards', 'opens and guards what it says', async () => {
    const clock = new SettableClock();
    const overrides = [{ provide: Clock, useValue: clock }];
    const { http, givenUser, get } = bound(await start({ controllers: [OrdersController], rooms: [ShopRoles], overrides }));
    const { accessToken, refreshToken, user } = await givenUser(EMAIL);
    const as = { authorization: `Bearer ${accessToken}` };

    await http().get('/orders/prices').expect(200, { tea: 3 });
    await http().get('/orders/greeting').expect(200, { hello: 'stranger' });
    await http().get('/orders/greeting').set(as).expect(200, { hello: EMAIL });
    await http().get('/orders/greeting').set({ authorization: 'Bearer no.good.token' }).expect(401);
    await http().get('/orders').expect(401);
    await http().get('/orders').set(as).expect(200, { owner: EMAIL });
    await http().get('/orders/all').set(as).expect(403);
    await http().delete('/orders/1').set(as).expect(403);

    await get(RolesService).grant(String(user.id), 'admin');
    await http().get('/orders/all').set(as).expect(200);
    await http().delete('/orders/1').set(as).expect(204);

    clock.advance('6m');
    const { body } = await http().delete('/orders/1').set(as).expect(403);
    expect(body).toMatchObject({ errorCode: 'auth.recent_auth_required' });
    expect(refreshToken).toBeTypeOf('string');
  });

  runs('roles', 'gives new accounts their first role', async () => {
    const { givenUser } = bound(await start({ rooms: [ShopRoles] }));

    expect((await givenUser(EMAIL)).user.roles).toEqual(['customer']);
  });
});

describe('policies-and-events.md', async () => {
  const load = extracted('docs/guides/policies-and-events.md');

  runs('sign-in-policy', 'refuses sign-in and refresh once the contract has ended', async () => {
    const { ContractPolicy } = await load<{ ContractPolicy: Type<{ ended: Set<string> }> }>('src/contract.policy.ts');
    const { givenUser, signIn, refresh, get } = bound(await start({ providers: [ContractPolicy] }));
    const { refreshToken } = await givenUser(EMAIL);

    get(ContractPolicy).ended.add('example.com');

    const { body } = await signIn(EMAIL).expect(403);
    expect(body).toMatchObject({ errorCode: 'auth.sign_in_vetoed', message: 'Your contract has ended' });
    await refresh(refreshToken).expect(403);
    const vetoes = await get(AuditLog).find({ event: 'signIn.vetoed', limit: 10 });
    expect(vetoes.map(({ data }) => data['method'])).toEqual(['refresh', 'password']);
  });

  runs('sign-up-policy', 'makes the workspace with the account, or neither', async () => {
    const { WorkspacePolicy, Workspace } = await load<Record<string, Type>>('src/workspace.policy.ts');
    const rooms = [TypeOrmModule.forFeature([Workspace!])];
    const { givenUser, signUp, signIn, get } = bound(
      await start({ database: 'sqlite', rooms, providers: [WorkspacePolicy!], prepare: silenced }),
    );
    const source = get(DataSource);
    await source.query('CREATE TABLE workspace (owner_id varchar(64) PRIMARY KEY, title varchar(100) NOT NULL)');

    const { user } = await givenUser(EMAIL);
    expect(await source.query('SELECT * FROM workspace')).toEqual([{ owner_id: user.id, title: `Workspace of ${EMAIL}` }]);

    await source.query('DROP TABLE workspace');
    expect((await signUp('eve@example.com')).status).toBeGreaterThanOrEqual(500);
    await signIn('eve@example.com').expect(401);
  });

  runs('password-rule', 'refuses the company and the name of the user', async () => {
    const { CompanyNameRule } = await load<Record<string, Type>>('src/company-name.rule.ts');
    const { signUp } = bound(await start({ providers: [CompanyNameRule!] }));

    for (const password of ['Welcome to ACME 2026', 'lovelace is my name']) {
      const { body } = await signUp('lovelace@example.com', password).expect(400);
      expect(body).toMatchObject({ errorCode: 'auth.password_blocked', details: [{ field: 'password' }] });
    }
    await signUp('lovelace@example.com', PASSWORD).expect(201);
  });

  runs('listener', 'greets who signed up', async () => {
    const { Welcome } = await load<{ Welcome: Type<{ greeted: string[] }> }>('src/welcome.ts');
    const { givenUser, get } = bound(await start({ providers: [Welcome] }));

    const { user } = await givenUser(EMAIL);
    await get(AuthEvents).drain();

    expect(get(Welcome).greeted).toEqual([user.id]);
  });

  runs('audit', 'shows what a user did', async () => {
    const { Activity } = await load<{ Activity: Type<{ of(userId: string): Promise<{ event: string }[]> }> }>('src/activity.ts');
    const { givenUser, get } = bound(await start({ providers: [Activity] }));

    const { user } = await givenUser(EMAIL);

    const events = (await get(Activity).of(String(user.id))).map(({ event }) => event);
    expect(events.toSorted()).toEqual(['session.created', 'signIn.succeeded', 'user.signedUp']);
  });
});

describe('audit.md', async () => {
  const load = extracted('docs/guides/audit.md');
  runs('audit-module', 'opens the log to administrators and to nobody else', async () => {
    const { audit } = await load<{ audit: DynamicModule[] }>('src/audit.ts');
    const { http, givenUser, get } = bound(await start({ rooms: audit }));
    const { accessToken, user } = await givenUser(EMAIL);
    const look = () => http().get('/auth/audit?event=user.signedUp&limit=50').set('Authorization', `Bearer ${accessToken}`);

    await look().expect(403);
    await get(RolesService).grant(String(user.id), 'admin');
    const { body } = await look().expect(200);
    expect(body).toMatchObject({ entries: [{ event: 'user.signedUp', userId: user.id }], next: null });
  });

  runs('audit-search', 'counts what failed', async () => {
    const { Suspicious } = await load<{ Suspicious: Type<{ failures(id: string, since: Date): Promise<number> }> }>(
      'src/suspicious.ts',
    );
    const rooms = [AuditModule.forRoot({ log: false })];
    const { givenUser, signIn, get } = bound(await start({ rooms, providers: [Suspicious] }));
    const { user } = await givenUser(EMAIL);
    await signIn(EMAIL, 'a wrong guess').expect(401);

    expect(await get(Suspicious).failures(String(user.id), new Date(Date.now() - 60_000))).toBe(1);
    expect(await get(Suspicious).failures(String(user.id), new Date(Date.now() + 60_000))).toBe(0);
  });

  runs('audit-grants', 'writes the SQL that the page shows', async () => {
    const { script } = await load<{ script(source: DataSource): string }>('scripts/audit-grants.ts');
    // Of a database that nobody connects to.
    const source = new DataSource({ type: 'postgres', entities: [...authEntities] });
    await (source as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
    const page = readPages().find(({ path }) => path === 'docs/guides/audit.md')!;
    const shown = [...page.text.matchAll(/^(?:GRANT|REVOKE) [^;]*;/gm)].map(([statement]) => statement);

    expect(shown).toHaveLength(3);
    for (const statement of shown) expect(script(source)).toContain(statement);
  });

  runs('audit-retention', 'removes rows only where the environment says so', async () => {
    const { audit } = await load<{ audit: DynamicModule }>('src/audit-retention.ts');
    const clock = new SettableClock();
    const rowsAfter500Days = async (retention?: string): Promise<number> => {
      if (retention !== undefined) process.env['AUDIT_RETENTION'] = retention;
      const { givenUser, get } = bound(
        await start({ rooms: [audit], overrides: [{ provide: Clock, useValue: clock }], logger: false }),
      );
      delete process.env['AUDIT_RETENTION'];
      await givenUser(EMAIL);
      clock.advance('500d');
      await get(Housekeeping).run();
      const { entries } = await get(AuditService).find();
      await app?.close();
      app = undefined;
      return entries.length;
    };

    expect(await rowsAfter500Days()).toBe(3);
    expect(await rowsAfter500Days('400d')).toBe(0);
  });
});

describe('sessions-and-tokens.md', async () => {
  const load = extracted('docs/guides/sessions-and-tokens.md');

  runs('client', 'refreshes once for all requests that wait', async () => {
    const clock = new SettableClock();
    const { givenUser, url, get } = bound(await start({ overrides: [{ provide: Clock, useValue: clock }] }));
    interface Client {
      fetch(path: string): Promise<Response>;
    }
    const { AuthClient } = await load<{ AuthClient: new (url: string, tokens: object) => Client }>('client.ts');
    const { user: _user, ...tokens } = await givenUser(EMAIL);
    const client = new AuthClient(url, tokens);

    clock.advance('16m');
    const answers = await Promise.all([client.fetch('/auth/me'), client.fetch('/auth/me'), client.fetch('/auth/sessions')]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { session } = (await answers[0]!.json()) as { session: { id: string } };
    expect((await get(SessionRepository).findState(session.id))?.session.generation).toBe(2);
  });

  runs('client', 'goes on when the key of its access token has been removed in the meantime', async () => {
    const newPair = () => new StaticKeyProvider([generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })]);
    const { givenUser, url, get } = bound(await start({ tokens: { algorithm: 'EdDSA', keys: newPair() } }));
    interface Client {
      fetch(path: string): Promise<Response>;
    }
    const { AuthClient } = await load<{ AuthClient: new (url: string, tokens: object) => Client }>('client.ts');
    const { user: _user, ...tokens } = await givenUser(EMAIL);

    get(KeyRotation).replaceKeyPairs(await newPair().keyPairs());

    expect((await new AuthClient(url, tokens).fetch('/auth/me')).status).toBe(200);
  });
});

describe('keys.md', async () => {
  const load = extracted('docs/guides/keys.md');

  runs('keys', 'signs with the pair and publishes both public keys', async () => {
    const { tokens } = await signingKeys(load);
    const { http } = bound(await start({ tokens }));

    const { body } = await http().get('/.well-known/jwks.json').expect(200);

    expect(body).toMatchObject({ keys: [{ alg: 'EdDSA' }, { alg: 'EdDSA' }] });
    expect(JSON.stringify(body)).not.toContain('"d"');
  });

  runs('secrets-file', 'takes up what is in the file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-guide-'));
    process.env['SECRETS_FILE'] = join(directory, 'auth');
    writeFileSync(process.env['SECRETS_FILE'], `${SECRET}\n${SECRET}-2\n`);
    const { auth } = await load<{ auth: DynamicModule }>('src/auth.ts');
    const provider = auth.providers!.find((one) => (one as { provide?: unknown }).provide === SecretProvider);
    const secrets = (provider as { useValue: SecretProvider }).useValue;

    expect(await secrets.secrets()).toEqual([SECRET, `${SECRET}-2`]);
    expect(secrets.refresh).toBe('1m');
    rmSync(directory, { recursive: true });
    delete process.env['SECRETS_FILE'];
  });

  runs('secrets-manager', 'asks the manager', async () => {
    const { managedSecrets, managedKeys } =
      await load<Record<'managedSecrets' | 'managedKeys', (manager: object) => SecretProvider & KeyProvider>>(
        'src/managed-keys.ts',
      );
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const manager = { versions: async (name: string) => (name === 'auth-secret' ? [SECRET] : [pem]) };
    const secrets = managedSecrets!(manager);
    const { givenUser } = bound(
      await start({
        secret: await secrets.secrets(),
        tokens: { algorithm: 'EdDSA', keys: managedKeys!(manager) },
        overrides: [{ provide: SecretProvider, useValue: secrets }],
      }),
    );

    expect((await givenUser(EMAIL)).tokenType).toBe('Bearer');
    expect([secrets.refresh, secrets.leadTime]).toEqual(['5m', '15m']);
  });

  runs('keys-by-hand', 'ends what was made under the secret that leaked', async () => {
    const { Incident } = await load<{
      Incident: Type<{ secretHasLeaked(fresh: string): void; askNow(): Promise<void>; inUse: string[] }>;
    }>('src/incident.ts');
    const { givenUser, me, get } = bound(await start({ providers: [Incident] }));
    const { accessToken } = await givenUser(EMAIL);
    await me(accessToken).expect(200);
    const [before] = get(Incident).inUse;

    get(Incident).secretHasLeaked('Zb7KpW2xN9qL4vR8tJ6mC1sF5dH3gY0e-test-only');
    await get(Incident).askNow();

    await me(accessToken).expect(401);
    expect(get(Incident).inUse).not.toContain(before);
  });

  runs('jwks', 'lets another service verify', async () => {
    const { tokens } = await signingKeys(load);
    const { givenUser, url } = bound(await start({ tokens }));
    const { accessToken, user } = await givenUser(EMAIL);

    Object.assign(process.env, { AUTH_ISSUER: 'http://localhost:3000', JWKS_URL: `${url}/.well-known/jwks.json` });
    const { userOf } = await load<{ userOf(token: string): Promise<string> }>('other-service/verify.ts');

    expect(await userOf(accessToken)).toBe(user.id);
    await expect(userOf(`${accessToken.slice(0, -4)}AAAA`)).rejects.toThrow();
  });
});

describe('redis-and-scaling.md', async () => {
  const load = extracted('docs/guides/redis-and-scaling.md');

  runs('housekeeping', 'removes what nobody needs, and nothing else', async () => {
    const { AuthHousekeeping } = await load<{ AuthHousekeeping: Type<{ run(): Promise<void> }> }>('src/auth-housekeeping.ts');
    const clock = new SettableClock();
    const overrides = [{ provide: Clock, useValue: clock }];
    const { givenUser, signIn, me, get } = bound(
      await start({ database: 'sqlite', providers: [AuthHousekeeping], overrides, lockout: { maxFailures: 3 } }),
    );
    await givenUser(EMAIL);
    await signIn('nobody@example.com').expect(401);

    clock.advance('150d');
    const { body } = await signIn(EMAIL).expect(200);
    await get(AuthHousekeeping).run();

    await me((body as { accessToken: string }).accessToken).expect(200);
    const count = async (table: string): Promise<number> =>
      Number((await get(DataSource).query(`SELECT count(*) AS n FROM ${table}`))[0].n);
    expect([await count('auth_session'), await count('auth_attempt')]).toEqual([1, 0]);
  });
});

describe('passport.md', async () => {
  const load = extracted('docs/guides/passport.md');
  const { LegacyController } = await load<{ LegacyController: Type }>('src/legacy.controller.ts');

  runs('passport', 'guards and signs in through Passport', async () => {
    const { givenUser, http } = bound(
      await start({ controllers: [LegacyController], globalGuard: false, passport: { prefix: 'latchkey' } }),
    );
    await givenUser(EMAIL);

    await http().get('/legacy/profile').expect(401);
    await http().post('/legacy/login').send({ email: EMAIL, password: 'wrong' }).expect(401);
    const { body } = await http().post('/legacy/login').send({ email: EMAIL, password: PASSWORD }).expect(200);
    const as = { authorization: `Bearer ${(body as { accessToken: string }).accessToken}` };
    await http().get('/legacy/profile').set(as).expect(200, { email: EMAIL });
    await http().get('/legacy/me').set(as).expect(200, { email: EMAIL });
  });
});

describe('custom-storage.md', async () => {
  const load = extracted('docs/guides/custom-storage.md');

  runs('audit-log', 'writes audit rows elsewhere', async () => {
    const { OwnAuditLog } = await load<{ OwnAuditLog: Type<AuditLog> }>('src/own-audit-log.ts');
    const overrides = [{ provide: AuditLog, useClass: OwnAuditLog }];
    const { givenUser, get } = bound(await start({ overrides, providers: [AuditReader] }));

    const { user } = await givenUser(EMAIL);

    const { audit } = get(AuditReader);
    expect(audit).toBeInstanceOf(OwnAuditLog);
    expect(await audit.find({ userId: String(user.id), event: 'user.signedUp', limit: 1 })).toHaveLength(1);
  });

  RUN.add('audit-log-suite');
  await load('test/own-audit-log.spec.ts');
});

RUN.add('tested-controller').add('host-suite');
describe('testing.md', async () => {
  await extracted('docs/guides/testing.md')('test/orders.e2e-spec.ts');
});

RUN.add('own-user').add('adopt'); // test/docs/user-tables.spec.ts
for (const name of ['health', 'health-alone', 'metrics', 'helmet-express', 'helmet-fastify']) RUN.add(name); // test/docs/operations.spec.ts
describe('the blocks that say they are run', () => {
  it('are run', () => {
    const named = readPages()
      .flatMap(blocksOf)
      .flatMap(({ test }) => (test === null ? [] : [test]));

    expect(named.toSorted()).toEqual([...RUN].toSorted());
  });
});

/** The harness's methods, free of their object. */
function bound(one: AuthApp) {
  return {
    url: one.url,
    http: () => one.http(),
    get: <T>(token: Parameters<typeof one.get<T>>[0]) => one.get<T>(token),
    me: (token: string) => one.me(token),
    signUp: (email: string, password?: string) => one.signUp(email, password),
    signIn: (email: string, password?: string) => one.signIn(email, password),
    refresh: (token: string) => one.refresh(token),
    givenUser: (email: string) => one.givenUser(email),
  };
}

/** The test breaks a table on purpose. */
const silenced: AuthAppOptions['prepare'] = (nest) => nest.useLogger(false);

async function signingKeys(load: ReturnType<typeof extracted>): Promise<{ tokens: TokensOptions }> {
  const pem = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  process.env['SIGNING_KEY'] ??= pem();
  process.env['OTHER_SIGNING_KEY'] ??= pem();
  return load<{ tokens: TokensOptions }>('src/signing-keys.ts');
}
