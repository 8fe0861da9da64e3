import { Clock, Housekeeping, OneTimeTokenRepository, OneTimeTokensService, SessionRepository } from 'nestjs-latchkey';
import { InvitationModule, InvitationRepository, InvitationsService } from 'nestjs-latchkey/invitation';
import { actingAs, SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, startAuthApp } from './auth-app.js';

describe('housekeeping', () => {
  const clock = new SettableClock();
  let app: AuthApp;
  beforeEach(async () => {
    app = await startAuthApp({ rooms: [InvitationModule.forRoot()], overrides: [{ provide: Clock, useValue: clock }] });
  });
  afterEach(() => app.close());

  it('removes one-time tokens and sessions that have expired, however many there are, and nothing else', async () => {
    const tokens = app.get(OneTimeTokensService);
    const issue = (ttl: number, subject: string) => tokens.issue({ purpose: 'test', subject, ttl });
    const selectors: string[] = [];
    for (let index = 0; index < 501; index++) selectors.push((await issue(60_000, `old-${index}`)).split('.')[0]!);
    const young = await issue(3 * 86_400_000, 'young');
    await app.givenUser('ada@example.com');
    const acting = await actingAs(app.nest, 'ada@example.com');
    await app.get(InvitationsService).invite(String(acting.user.id), { email: 'eve@example.com' });
    const [invitation] = await app.get(InvitationsService).list(String(acting.user.id));
    const ended = await actingAs(app.nest, 'ada@example.com');
    await app.get(SessionRepository).revoke(ended.sessionId, clock.now());

    clock.advance('25h');
    await app.get(Housekeeping).run();

    const repository = app.get(OneTimeTokenRepository);
    expect(await repository.find(selectors[0]!)).toBeNull();
    expect(await repository.find(selectors.at(-1)!)).toBeNull();
    await expect(tokens.inspect('test', young)).resolves.toMatchObject({ subject: 'young' });
    expect(await app.get(SessionRepository).findState(acting.sessionId)).not.toBeNull();
    expect(await app.get(SessionRepository).findState(ended.sessionId)).toBeNull();
    expect(await app.get(InvitationRepository).find(invitation!.id)).not.toBeNull();

    clock.advance('7d');
    await app.get(Housekeeping).run();
    expect(await app.get(InvitationRepository).find(invitation!.id)).toBeNull();
  });

  it('goes on with the rest when something cannot be removed, and does the tasks of rooms', async () => {
    const done: string[] = [];
    const housekeeping = app.get(Housekeeping);
    housekeeping.register('broken things', async () => {
      throw new Error('down');
    });
    housekeeping.register('things of a room', async () => done.push('cleaned') - 1);
    await housekeeping.run();

    expect(done).toEqual(['cleaned']);
  });
});
