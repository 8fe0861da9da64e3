import { createHash } from 'node:crypto';
import { AccountsService, PasswordHasher, SignInService, UserRepository } from 'nestjs-latchkey';
import { InvitationAcceptanceService, InvitationModule, InvitationsService } from 'nestjs-latchkey/invitation';
import { MagicLinkModule, MagicLinkService } from 'nestjs-latchkey/magic-link';
import { PasswordResetModule, PasswordResetService } from 'nestjs-latchkey/password-reset';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OutboxDispatcher } from '../../libs/auth/src/core/mail/outbox-dispatcher.js';
import { type AuthApp, PASSWORD } from '../auth-app.js';
import { describeEachDatabase } from '../support/databases.js';
import { codesOf, fulfilled, inParallel, startTwoNodes, TRIALS } from './two-nodes.js';

const INVALID = 'auth.one_time_token_invalid';

/** Takes no time, so that all fifty get to the token at the same moment instead of one after the other. */
class QuickHasher extends PasswordHasher {
  async hash(password: string): Promise<string> {
    return createHash('sha256').update(password).digest('hex');
  }

  async verify(password: string, hash: string): Promise<boolean> {
    return (await this.hash(password)) === hash;
  }

  needsRehash(): boolean {
    return false;
  }

  async equalise(): Promise<void> {}
}

describeEachDatabase('mailed tokens under concurrency', (kind) => {
  let two: Awaited<ReturnType<typeof startTwoNodes>>;
  let inviterId: string;
  beforeAll(async () => {
    two = await startTwoNodes(kind, {
      mailLimits: false,
      overrides: [{ provide: PasswordHasher, useValue: new QuickHasher() }],
      rooms: [PasswordResetModule.forRoot(), MagicLinkModule.forRoot({ signUp: true }), InvitationModule.forRoot()],
    });
    const inviter = await two.nodes[0].get(AccountsService).create({ email: 'host@example.com', password: PASSWORD });
    inviterId = String(inviter.id);
  }, 60_000);
  afterAll(() => two.close());

  /** Whichever node has sent it. */
  const tokenFor = async (address: string): Promise<string> => {
    const nodes: readonly AuthApp[] = two.nodes;
    await Promise.all(nodes.map((node) => node.get(OutboxDispatcher).drain()));
    const sender = nodes.find(({ mail }) => mail.sent.some(({ to }) => to === address));
    if (sender === undefined) throw new Error(`Nobody has written to ${address}`);
    return sender.mail.tokenFor(address);
  };

  it('resets one password of fifty uses of one link', async () => {
    const [one] = two.nodes;
    for (let trial = 0; trial < TRIALS; trial++) {
      const email = `reset.${trial}@example.com`;
      await one.get(AccountsService).create({ email, password: PASSWORD });
      await one.get(PasswordResetService).request(email);
      const token = await tokenFor(email);
      const version = (await one.get(UserRepository).findByEmail(email))!.credentialsVersion;

      const results = await inParallel(two.nodes, 50, (node, way) =>
        node.get(PasswordResetService).reset({ token, password: `the new password number ${way}` }),
      );

      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      expect(fulfilled(results)).toHaveLength(1);
      expect(new Set(codesOf(results))).toEqual(new Set([INVALID]));
      // Once for the address that was proved, once for the password.
      expect((await one.get(UserRepository).findByEmail(email))!.credentialsVersion).toBe(version + 2);
      const signIn = one.get(SignInService).signIn({ email, password: `the new password number ${winner}`, delivery: 'bearer' });
      await expect(signIn).resolves.toMatchObject({ status: 'signed_in' });
    }
  }, 900_000);

  it('opens one session, and makes one account, of fifty uses of one magic link', async () => {
    const [one] = two.nodes;
    for (let trial = 0; trial < TRIALS; trial++) {
      const email = `magic.${trial}@example.com`;
      await one.get(MagicLinkService).request(email);
      const token = await tokenFor(email);

      const results = await inParallel(two.nodes, 50, (node) => node.get(MagicLinkService).verify({ token, delivery: 'bearer' }));

      expect(fulfilled(results)).toHaveLength(1);
      expect(new Set(codesOf(results))).toEqual(new Set([INVALID]));
      expect(await one.get(UserRepository).findByEmail(email)).not.toBeNull();
    }
  }, 900_000);

  it('makes one account of fifty acceptances of one invitation', async () => {
    const [one] = two.nodes;
    for (let trial = 0; trial < TRIALS; trial++) {
      const email = `invited.${trial}@example.com`;
      await one.get(InvitationsService).invite(inviterId, { email });
      const token = await tokenFor(email);

      const results = await inParallel(two.nodes, 50, (node) =>
        node.get(InvitationAcceptanceService).accept({ token, password: PASSWORD, delivery: 'bearer' }),
      );

      expect(fulfilled(results)).toHaveLength(1);
      expect(new Set(codesOf(results))).toEqual(new Set([INVALID]));
    }
  }, 900_000);

  it('lets either the acceptance of an invitation or its revocation win, never both and never none', async () => {
    const [one, other] = two.nodes;
    const winners = { accepted: 0, revoked: 0 };
    for (let trial = 0; trial < TRIALS; trial++) {
      const email = `revoked.${trial}@example.com`;
      await one.get(InvitationsService).invite(inviterId, { email });
      const token = await tokenFor(email);
      const { id } = (await one.get(InvitationsService).list(inviterId)).find((pending) => pending.email === email)!;

      const accept = () => one.get(InvitationAcceptanceService).accept({ token, password: PASSWORD, delivery: 'bearer' });
      const revoke = () => other.get(InvitationsService).revoke(inviterId, id);
      // Either first, and the other from the beginning to the end of it, so that now the one wins and now the other.
      const acceptsFirst = trial % 2 === 0;
      const first = acceptsFirst ? accept() : revoke();
      if (trial % 16 > 1) await new Promise((resolve) => setTimeout(resolve, trial % 16));
      const second = acceptsFirst ? revoke() : accept();
      const [accepted, revoked] = await Promise.allSettled(acceptsFirst ? [first, second] : [second, first]);

      const account = await one.get(UserRepository).findByEmail(email);
      expect([accepted.status, revoked.status].toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(account !== null).toBe(accepted.status === 'fulfilled');
      winners[accepted.status === 'fulfilled' ? 'accepted' : 'revoked'] += 1;
    }
    expect(Math.min(winners.accepted, winners.revoked)).toBeGreaterThanOrEqual(TRIALS > 50 ? 1 : 0);
  }, 900_000);
});
