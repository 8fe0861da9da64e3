import { Controller, ForbiddenException, Get, Injectable } from '@nestjs/common';
import {
  AccountsService,
  AuditLog,
  AuthConfigurationError,
  AuthEvents,
  Permissions,
  Public,
  RoleRepository,
  Roles,
  type SignUpPolicy,
  type SignUpRequest,
  UseSignUpPolicy,
} from 'nestjs-latchkey';
import { RolesModule, type RolesModuleOptions, RolesService } from 'nestjs-latchkey/roles';
import { RoleSeeding } from '../libs/auth/src/features/roles/role-seeding.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, LANE, PASSWORD, type Session, startAuthApp } from './auth-app.js';
import {
  createDatabase,
  type DatabaseKind,
  describeEachDatabase,
  type SqlDatabaseKind,
  type SqlTestDatabase,
} from './support/databases.js';

@Roles('admin')
@Controller('desk')
class DeskController {
  @Get()
  forAdmins() {
    return 'admins';
  }

  @Roles('clerk', 'admin')
  @Get('shared')
  forBoth() {
    return 'clerks and admins';
  }

  @Roles('clerk')
  @Get('clerks')
  forClerks() {
    return 'clerks';
  }

  @Permissions('users.read')
  @Get('users')
  forAdminsWhoRead() {
    return 'admins who may read';
  }

  @Public()
  @Get('open')
  forAll() {
    return 'everybody';
  }
}

@Controller('users')
class UsersController {
  @Permissions('users.read')
  @Get()
  read() {
    return 'read';
  }

  @Permissions('users.read', 'invoices.read')
  @Get('invoices')
  both() {
    return 'both';
  }
}

@Injectable()
@UseSignUpPolicy({ order: 1 })
class LateRefusal implements SignUpPolicy {
  afterSignUp({ email }: SignUpRequest) {
    if (email === 'refused@example.com') throw new ForbiddenException();
  }
}

const ROLES: RolesModuleOptions = {
  roles: { admin: ['users.read', 'users.write'], clerk: ['invoices.read'], member: [] },
  defaultRole: 'member',
};

const CONTROLLERS = [DeskController, UsersController];

function suite(database: DatabaseKind): void {
  let app: AuthApp;
  let ada: Session;
  let roles: RolesService;
  beforeEach(async () => {
    app = await startAuthApp({ database, rooms: [RolesModule.forRoot(ROLES)], controllers: CONTROLLERS, providers: [LateRefusal] });
    ada = await app.givenUser('ada@example.com');
    roles = app.get(RolesService);
  });
  afterEach(() => app.close());

  const status = async (path: string, token = ada.accessToken): Promise<number> =>
    (await app.http().get(path).set('Authorization', `Bearer ${token}`)).status;
  const auditOf = async (event: string) => app.get(AuditLog).find({ event, limit: 10 });

  it('gives a new account the default role, and says so wherever it shows the user', async () => {
    expect(ada.user.roles).toEqual(['member']);
    expect((await app.me(ada.accessToken).expect(200)).body.user.roles).toEqual(['member']);
    expect((await app.signIn('ada@example.com').expect(200)).body.user.roles).toEqual(['member']);
    expect(await auditOf('role.granted')).toMatchObject([{ userId: String(ada.user.id), data: { role: 'member' } }]);
  });

  it('gives it to accounts made by an administrator, too', async () => {
    const user = await app.get(AccountsService).create({ email: 'bob@example.com', password: PASSWORD });

    expect(await roles.rolesOf(String(user.id))).toEqual({ roles: ['member'], permissions: [] });
  });

  it('leaves no role behind when the sign-up fails after it was given', async () => {
    await app.signUp('refused@example.com').expect(403);

    expect(await app.get(RoleRepository).countHolders('member')).toBe(1);
    expect(await auditOf('role.granted')).toHaveLength(1);
  });

  it('lets a granted and a revoked role act on a live session at once', async () => {
    const id = String(ada.user.id);
    expect(await status('/desk')).toBe(403);

    expect(await roles.grant(id, 'admin')).toBe(true);
    expect(await status('/desk')).toBe(200);

    expect(await roles.revoke(id, 'admin')).toBe(true);
    expect(await status('/desk')).toBe(403);
    expect((await app.me(ada.accessToken).expect(200)).body.user.roles).toEqual(['member']);
  });

  it('answers who may not with 403 and who is not signed in with 401', async () => {
    const { body } = await app.http().get('/desk').set('Authorization', `Bearer ${ada.accessToken}`).expect(403);

    expect(body).toEqual({ statusCode: 403, error: 'Forbidden', message: expect.any(String), errorCode: 'auth.forbidden' });
    expect((await app.http().get('/desk').expect(401)).body.errorCode).toBe('auth.not_authenticated');
  });

  it("lets a handler's roles beat those of its class, and inherits what the handler leaves unsaid", async () => {
    const id = String(ada.user.id);
    await app.http().get('/desk/open').expect(200);

    await roles.grant(id, 'clerk');
    expect([await status('/desk'), await status('/desk/shared'), await status('/desk/clerks')]).toEqual([403, 200, 200]);

    await roles.grant(id, 'admin');
    await roles.revoke(id, 'clerk');
    expect([await status('/desk'), await status('/desk/shared'), await status('/desk/clerks')]).toEqual([200, 200, 403]);
    expect(await status('/desk/users')).toBe(200);

    await roles.define({ name: 'admin', permissions: [] });
    expect([await status('/desk'), await status('/desk/users')]).toEqual([200, 403]);
  });

  it('unites the permissions of all roles', async () => {
    const id = String(ada.user.id);
    await roles.grant(id, 'admin');
    expect([await status('/users'), await status('/users/invoices')]).toEqual([200, 403]);

    await roles.grant(id, 'clerk');
    expect([await status('/users'), await status('/users/invoices')]).toEqual([200, 200]);
    expect(await roles.rolesOf(id)).toEqual({
      roles: ['admin', 'clerk', 'member'],
      permissions: ['invoices.read', 'users.read', 'users.write'],
    });
  });

  it('lets new permissions of a role act on the sessions of all who hold it', async () => {
    const bob = await app.givenUser('bob@example.com');
    expect([await status('/users'), await status('/users', bob.accessToken)]).toEqual([403, 403]);

    await roles.define({ name: 'member', permissions: ['users.read'] });
    expect([await status('/users'), await status('/users', bob.accessToken)]).toEqual([200, 200]);
    expect(await auditOf('role.defined')).toMatchObject([{ userId: null, data: { role: 'member', permissions: ['users.read'] } }]);
  });

  it('writes one audit row and one event per change, with where it came from, and none without a change', async () => {
    const id = String(ada.user.id);
    const heard: string[] = [];
    app.get(AuthEvents).subscribe('*', (event) => heard.push(event.type));
    const client = { ip: '192.0.2.1', userAgent: 'console', requestId: 'r1' };

    expect([await roles.grant(id, 'admin', client), await roles.grant(id, 'admin', client)]).toEqual([true, false]);
    expect([await roles.revoke(id, 'admin', client), await roles.revoke(id, 'admin', client)]).toEqual([true, false]);
    await app.get(AuthEvents).drain();

    expect(heard).toEqual(['role.granted', 'role.revoked']);
    expect((await auditOf('role.granted'))[0]).toMatchObject({ userId: id, data: { role: 'admin' }, ...client });
    expect(await auditOf('role.revoked')).toMatchObject([{ userId: id, data: { role: 'admin' }, ...client }]);
  });

  it('grants once, however many ask at the same time', async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => roles.grant(String(ada.user.id), 'admin')));

    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await auditOf('role.granted')).filter(({ data }) => data['role'] === 'admin')).toHaveLength(1);
  });

  it('refuses unknown roles and unknown users, and changes nothing', async () => {
    const id = String(ada.user.id);
    const code = (promise: Promise<unknown>) =>
      promise.then(() => 'done').catch((error: { errorCode?: string }) => error.errorCode);

    expect(await code(roles.grant(id, 'Admin'))).toBe('auth.validation_failed');
    expect(await code(roles.revoke(id, 'nobody'))).toBe('auth.validation_failed');
    expect(await code(roles.grant(id, ''))).toBe('auth.validation_failed');
    expect(await code(roles.grant('no-such-user', 'admin'))).toBe('auth.not_found');
    expect(await code(roles.revoke('', 'admin'))).toBe('auth.not_found');
    expect(await code(roles.define({ name: ' admin', permissions: [] }))).toBe('auth.validation_failed');
    expect(await code(roles.define({ name: 'guest', permissions: 'all' as never }))).toBe('auth.validation_failed');
    expect(await roles.rolesOf(id)).toEqual({ roles: ['member'], permissions: [] });
    expect((await roles.list()).map(({ name }) => name)).toEqual(['admin', 'clerk', 'member']);
  });

  it('takes roles from nobody who signs up or changes a profile', async () => {
    await app.signUp('eve@example.com', PASSWORD, { roles: ['admin'] }).expect(400);
    const patched = await app
      .http()
      .patch('/auth/me')
      .set('Authorization', `Bearer ${ada.accessToken}`)
      .send({ roles: ['admin'] });

    expect(patched.status).toBe(400);
    expect(await status('/desk')).toBe(403);
  });
}

const lane = process.env['STORAGE'] === undefined ? undefined : LANE.database;
if (lane === undefined || lane === 'memory') describe('roles in memory', () => suite('memory'));
if (lane !== 'memory') describeEachDatabase('roles', suite, lane === undefined ? undefined : [lane]);

/** Two nodes that share nothing but their database: no message reaches the other one. */
function nodesSuite(kind: SqlDatabaseKind): void {
  let store: SqlTestDatabase;
  let here: AuthApp;
  let there: AuthApp;
  beforeEach(async () => {
    store = await createDatabase(kind);
    const options = { store, controllers: CONTROLLERS, rooms: [RolesModule.forRoot(ROLES)] };
    here = await startAuthApp(options);
    there = await startAuthApp(options);
  });
  afterEach(async () => {
    await Promise.all([here.close(), there.close()]);
    await store.drop();
  });

  it('lets what one does act on live sessions of the other within a second', async () => {
    const { user, accessToken } = await here.givenUser('ada@example.com');
    const answer = async () => (await there.http().get('/users').set('Authorization', `Bearer ${accessToken}`)).status;
    const msUntil = async (status: number) => {
      const start = performance.now();
      while ((await answer()) !== status && performance.now() - start < 5_000);
      return performance.now() - start;
    };
    expect(await answer()).toBe(403);

    await here.get(RolesService).grant(String(user.id), 'admin');
    expect(await msUntil(200)).toBeLessThan(1_100);
    await here.get(RolesService).define({ name: 'admin', permissions: [] });
    expect(await msUntil(403)).toBeLessThan(1_100);
    await here.get(RolesService).define({ name: 'admin', permissions: ['users.read'] });
    expect(await msUntil(200)).toBeLessThan(1_100);
    await here.get(RolesService).revoke(String(user.id), 'admin');
    expect(await msUntil(403)).toBeLessThan(1_100);
  });
}

if (lane !== 'memory') describeEachDatabase('roles on two nodes', nodesSuite, lane === undefined ? undefined : [lane]);

describe('the roles module', () => {
  let app: AuthApp | undefined;
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  it('takes its options from a factory, too', async () => {
    app = await startAuthApp({ rooms: [RolesModule.forRootAsync({ useFactory: async () => ROLES })] });

    expect((await app.givenUser('ada@example.com')).user.roles).toEqual(['member']);
  });

  it('keeps the permissions that the database has when it starts again', async () => {
    app = await startAuthApp({ rooms: [RolesModule.forRoot(ROLES)] });
    await app.get(RolesService).define({ name: 'admin', permissions: ['everything'] });
    await Promise.all([app.get(RoleSeeding).onApplicationBootstrap(), app.get(RoleSeeding).onApplicationBootstrap()]);

    expect((await app.get(RolesService).list())[0]).toEqual({ name: 'admin', permissions: ['everything'] });
  });

  it('gives the default role also when somebody has emptied the tables meanwhile', async () => {
    app = await startAuthApp({ rooms: [RolesModule.forRoot({ roles: { member: [] }, defaultRole: 'member' })] });
    const repository = app.get(RoleRepository);
    const grant = repository.grant.bind(repository);
    let emptied = true;
    repository.seed = async () => void (emptied = false);
    repository.grant = (userId, role) => grant(userId, emptied ? 'gone' : role);

    expect((await app.givenUser('ada@example.com')).user.roles).toEqual(['member']);
  });

  it('does not start with a default role that it does not know', async () => {
    const start = startAuthApp({ rooms: [RolesModule.forRoot({ roles: { member: [] }, defaultRole: 'membr' })] });

    await expect(start).rejects.toThrow(AuthConfigurationError);
    await expect(start).rejects.toThrow('Did you mean "member"?');
  });

  it('says what is missing when it is given nothing', async () => {
    await expect(startAuthApp({ rooms: [(RolesModule.forRoot as () => never)()] })).rejects.toThrow('roles: is missing.');
  });
});
