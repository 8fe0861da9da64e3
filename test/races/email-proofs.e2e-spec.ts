import {
  AccountsService,
  EmailProofs,
  NO_CLIENT,
  RequestAuthenticator,
  SessionRepository,
  SignInService,
  UserRepository,
} from 'nestjs-latchkey';
import { EmailChangeModule, EmailChangeService } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { PasswordResetModule, PasswordResetService } from 'nestjs-latchkey/password-reset';
import { actingAs } from 'nestjs-latchkey/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OutboxDispatcher } from '../../libs/auth/src/core/mail/outbox-dispatcher.js';
import { type AuthApp, PASSWORD } from '../auth-app.js';
import { describeEachDatabase } from '../support/databases.js';
import { codesOf, fulfilled, inParallel, startTwoNodes, TRIALS } from './two-nodes.js';

const INVALID = 'auth.one_time_token_invalid';

describeEachDatabase('proofs of addresses under concurrency', (kind) => {
  let two: Awaited<ReturnType<typeof startTwoNodes>>;
  beforeAll(async () => {
    two = await startTwoNodes(kind, {
      mailLimits: false,
      rooms: [
        EmailConfirmationModule.forRoot({ required: true }),
        EmailChangeModule.forRoot({ notices: false }),
        PasswordResetModule.forRoot(),
      ],
    });
  }, 60_000);
  afterAll(() => two.close());

  /** Whichever node has sent it. */
  const tokenFor = async (address: string): Promise<string> => {
    const nodes: readonly AuthApp[] = two.nodes;
    await Promise.all(nodes.map((node) => node.get(OutboxDispatcher).drain()));
    const sender = nodes.find(({ mail }) => mail.sent.some(({ to }) => to === address));
    if (sender === undefined) throw new Error(`Nobody has written to ${address}`);
    const token = sender.mail.tokenFor(address);
    for (const { mail } of nodes) mail.clear();
    return token;
  };
  const confirm = (node: AuthApp, token: string) => node.get(EmailProofs).redeem(token, NO_CLIENT);
  const signUpToken = async (email: string, password = PASSWORD): Promise<string> => {
    await two.nodes[0].get(AccountsService).signUp({ email, password, delivery: 'bearer' });
    return tokenFor(email);
  };
  const changeToken = async (from: string, to: string): Promise<string> => {
    const [one] = two.nodes;
    const acting = await actingAs(one.nest, from);
    const { session } = (await one.get(SessionRepository).findState(acting.sessionId))!;
    await one.get(EmailChangeService).request(session, to);
    return tokenFor(to);
  };
  const given = async (email: string): Promise<string> => {
    await confirm(two.nodes[0], await signUpToken(email));
    return email;
  };

  it('makes one account of fifty uses of one confirmation', async () => {
    for (let trial = 0; trial < TRIALS; trial++) {
      const email = `confirm.${trial}@example.com`;
      const token = await signUpToken(email);
      const results = await inParallel(two.nodes, 50, (node) => confirm(node, token));

      expect(fulfilled(results)).toHaveLength(1);
      expect(new Set(codesOf(results))).toEqual(new Set([INVALID]));
      expect((await two.nodes[1].get(UserRepository).findByEmail(email))?.emailConfirmedAt).not.toBeNull();
    }
  }, 900_000);

  it('of several sign-ups of one address keeps the password of the one that is confirmed first', async () => {
    for (let trial = 0; trial < TRIALS; trial++) {
      const email = `several.${trial}@example.com`;
      const tokens: string[] = [];
      for (let way = 0; way < 4; way++) tokens.push(await signUpToken(email, `${PASSWORD} ${way}`));
      const results = await inParallel(two.nodes, 4, (node, way) => confirm(node, tokens[way]!));

      expect(fulfilled(results)).toHaveLength(1);
      expect(new Set(codesOf(results))).toEqual(new Set([INVALID]));
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      const signIn = two.nodes[1].get(SignInService).signIn({ email, password: `${PASSWORD} ${winner}`, delivery: 'bearer' });
      await expect(signIn).resolves.toMatchObject({ status: 'signed_in' });
    }
  }, 900_000);

  it('resets a password whether or not the address is confirmed at the same time', async () => {
    const [one, other] = two.nodes;
    const password = 'a wholly different sentence';
    for (let trial = 0; trial < TRIALS; trial++) {
      const email = `reset.${trial}@example.com`;
      await one.get(AccountsService).create({ email, password: PASSWORD });
      const confirmation = await tokenFor(email);
      await one.get(PasswordResetService).request(email);
      const token = await tokenFor(email);
      const acts = [
        () => confirm(one, confirmation),
        () => other.get(PasswordResetService).reset({ token, password }),
        () => confirm(other, confirmation),
      ];
      const results = await Promise.allSettled(acts.map((act) => act()));

      expect(results[1]).toMatchObject({ status: 'fulfilled' });
      expect(codesOf(results).every((code) => code === INVALID)).toBe(true);
      const signIn = one.get(SignInService).signIn({ email, password, delivery: 'bearer' });
      await expect(signIn).resolves.toMatchObject({ status: 'signed_in', user: { emailConfirmedAt: expect.any(Date) } });
    }
  }, 900_000);

  it('changes an address once for fifty uses of one link, and leaves no session of a racing sign-in', async () => {
    const [one, other] = two.nodes;
    for (let trial = 0; trial < TRIALS; trial++) {
      const from = await given(`from.${trial}@example.com`);
      const to = `to.${trial}@example.com`;
      const token = await changeToken(from, to);
      const signIn = other.get(SignInService).signIn({ email: from, password: PASSWORD, delivery: 'bearer' });
      const [signedIn, results] = await Promise.all([
        signIn.catch(() => null),
        inParallel(two.nodes, 50, (node) => confirm(node, token)),
      ]);

      expect(fulfilled(results)).toHaveLength(1);
      expect(new Set(codesOf(results))).toEqual(new Set([INVALID]));
      expect((await one.get(UserRepository).findByEmail(to))?.emailVersion).toBe(2);
      expect(await one.get(UserRepository).findByEmail(from)).toBeNull();
      if (signedIn?.status !== 'signed_in') continue;
      const { accessToken } = signedIn.issued.credentials as { accessToken: string };
      await expect((async () => one.get(RequestAuthenticator).byAccessToken(accessToken))()).rejects.toMatchObject({
        errorCode: 'auth.session_revoked',
      });
    }
  }, 900_000);

  it('gives an address to one of two accounts and a sign-up that prove it at once', async () => {
    for (let trial = 0; trial < TRIALS; trial++) {
      const to = `wanted.${trial}@example.com`;
      const accounts = [await given(`a.${trial}@example.com`), await given(`b.${trial}@example.com`)];
      const tokens = [await changeToken(accounts[0]!, to), await changeToken(accounts[1]!, to), await signUpToken(to)];
      const results = await inParallel(two.nodes, 3, (node, way) => confirm(node, tokens[way]!));

      expect(fulfilled(results)).toHaveLength(1);
      expect(new Set(codesOf(results))).toEqual(new Set([INVALID]));
      const users = two.nodes[1].get(UserRepository);
      expect(await users.findByEmail(to)).not.toBeNull();
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      for (const [way, email] of accounts.entries()) expect((await users.findByEmail(email)) === null).toBe(way === winner);
    }
  }, 900_000);
});
