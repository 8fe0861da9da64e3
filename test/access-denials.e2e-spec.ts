import { Controller, Delete, Get, Param } from '@nestjs/common';
import { AuditLog, Clock, Permissions, Roles } from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { AccessDenials } from '../libs/auth/src/core/access/access-denials.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, type Session, startAuthApp } from './auth-app.js';

@Roles('owner', 'admin')
@Controller('vault')
class VaultController {
  @Get(':name')
  look(@Param('name') name: string) {
    return name;
  }

  @Permissions('vault.empty')
  @Delete(':name')
  empty(@Param('name') name: string) {
    return name;
  }
}

describe('whoever tries a door that is not theirs', () => {
  const clock = new SettableClock();
  let app: AuthApp;
  let ada: Session;
  beforeEach(async () => {
    app = await startAuthApp({ controllers: [VaultController], overrides: [{ provide: Clock, useValue: clock }] });
    ada = await app.givenUser('ada@example.com');
  });
  afterEach(() => app.close());

  const as = (session: Session) => ({
    authorization: `Bearer ${session.accessToken}`,
    'user-agent': 'curl',
    'x-request-id': 'r-9',
  });
  const look = (name = 'gold', session = ada) => app.http().get(`/vault/${name}`).set(as(session)).expect(403);
  const denials = async () => {
    await app.get(AccessDenials).drain();
    return app.get(AuditLog).find({ event: 'access.denied', limit: 500 });
  };

  it('is named in the audit log with what would have been needed, and nothing of the URL', async () => {
    await look('a-secret-in-the-url');
    await app.http().delete('/vault/gold').set(as(ada)).expect(403);

    const rows = await denials();
    expect(rows.map(({ data }) => data)).toEqual([
      { handler: 'VaultController.empty', required: ['owner', 'admin', 'vault.empty'] },
      { handler: 'VaultController.look', required: ['owner', 'admin'] },
    ]);
    expect(rows[0]).toMatchObject({ userId: String(ada.user.id), ip: '127.0.0.1', userAgent: 'curl', requestId: 'r-9' });
    expect(rows[0]!.sessionId).toEqual(expect.any(String));
    expect(JSON.stringify(rows)).not.toContain('a-secret-in-the-url');
  });

  it('is told of once a minute, however often they try', async () => {
    for (let knock = 0; knock < 20; knock++) await look();
    expect(await denials()).toHaveLength(1);

    const bob = await app.givenUser('bob@example.com');
    await look('gold', bob);
    expect(await denials()).toHaveLength(2);

    clock.advance('61s');
    await look();
    expect(await denials()).toHaveLength(3);
  });

  it('gets the same answer when the log cannot be written', async () => {
    const audit = app.get(AuditLog);
    audit.append = async () => {
      throw new Error('down');
    };
    const { body } = await look();

    expect(body).toMatchObject({ errorCode: 'auth.forbidden' });
    expect(await denials()).toEqual([]);
  });

  it('is not told of without a session: that is nobody', async () => {
    await app.http().get('/vault/gold').expect(401);

    expect(await denials()).toEqual([]);
  });
});

describe('a crowd that is refused', () => {
  it('costs a bounded memory', async () => {
    const written: object[] = [];
    const events = { record: async (event: object) => void written.push(event) };
    const clients = { read: () => ({ ip: null, userAgent: null, requestId: null }) };
    const denials = new AccessDenials(events as never, clients as never, new SettableClock());
    const knock = (userId: string) =>
      denials.note({ auth: { userId, session: { id: 's' } } } as never, { handler: 'A.b', required: ['x'] });

    for (let user = 0; user < 5_000; user++) knock(`user-${user}`);
    await denials.drain();
    expect(written).toHaveLength(5_000);

    knock('user-4999');
    expect(written).toHaveLength(5_000);
    expect(Reflect.get(denials, 'told')).toHaveProperty('size', 1_000);
  });
});
