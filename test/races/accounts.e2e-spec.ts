import {
  AccountsService,
  PasswordChangeService,
  RequestAuthenticator,
  SessionRepository,
  SignInService,
  UserRepository,
} from 'nestjs-latchkey';
import { actingAs } from 'nestjs-latchkey/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PASSWORD } from '../auth-app.js';
import { describeEachDatabase } from '../support/databases.js';
import { codesOf, fulfilled, inParallel, startTwoNodes, TRIALS } from './two-nodes.js';

const NEW_PASSWORD = 'another password altogether';

/** Six ways to write one address. */
const spellings = (name: string): string[] => [
  `jos\u00e9.${name}@example.com`,
  `jose\u0301.${name}@example.com`,
  `JOS\u00c9.${name.toUpperCase()}@EXAMPLE.com`,
  `  jos\u00e9.${name}@example.com `,
  `Jose\u0301.${name}@Example.COM`,
  `jOS\u00c9.${name}@exAmple.com\t`,
];

describeEachDatabase('accounts under concurrency', (kind) => {
  let two: Awaited<ReturnType<typeof startTwoNodes>>;
  beforeAll(async () => {
    two = await startTwoNodes(kind, { lockout: { maxFailures: 100, hardStop: 100 } });
  }, 60_000);
  afterAll(() => two.close());

  it('makes one account of fifty sign-ups of one address in six spellings', async () => {
    for (let trial = 0; trial < TRIALS; trial++) {
      const names = spellings(`t${trial}`);
      const results = await inParallel(two.nodes, 50, (node, index) =>
        node.get(AccountsService).signUp({ email: names[index % names.length]!, password: PASSWORD, delivery: 'bearer' }),
      );

      expect(fulfilled(results)).toHaveLength(1);
      expect(new Set(codesOf(results))).toEqual(new Set(['auth.email_taken']));
    }
    const users = two.nodes[0].get(UserRepository);
    const emails: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await users.list({ limit: 1000, after });
      emails.push(...page.map(({ email }) => email));
      if (page.length < 1000) break;
      after = String(page.at(-1)!.id);
    }
    expect(emails.filter((email) => email.startsWith('jos\u00e9.t'))).toHaveLength(TRIALS);
  }, 900_000);

  it('lets the new password win against sign-ins with the old one, and leaves none of their sessions alive', async () => {
    const [one, other] = two.nodes;
    for (let trial = 0; trial < TRIALS; trial++) {
      const email = `change.${trial}@example.com`;
      const user = await one.get(AccountsService).create({ email, password: PASSWORD });
      const acting = await actingAs(one.nest, user);
      const { session } = (await one.get(SessionRepository).findState(acting.sessionId))!;
      const signIn = (node: typeof one, password: string) =>
        node.get(SignInService).signIn({ email, password, delivery: 'bearer' });

      const [change, ...signIns] = await Promise.allSettled([
        one.get(PasswordChangeService).change(session, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
        ...Array.from({ length: 4 }, (_, index) => signIn(index % 2 === 0 ? other : one, PASSWORD)),
      ]);

      expect(change.status).toBe('fulfilled');
      expect(codesOf(await inParallel(two.nodes, 2, (node) => signIn(node, PASSWORD)))).toEqual(
        Array.from({ length: 2 }, () => 'auth.invalid_credentials'),
      );
      expect((await signIn(other, NEW_PASSWORD)).status).toBe('signed_in');
      for (const result of fulfilled(signIns)) {
        const { accessToken } = (result as { issued: { credentials: { accessToken: string } } }).issued.credentials;
        for (const node of two.nodes) {
          await expect((async () => node.get(RequestAuthenticator).byAccessToken(accessToken))()).rejects.toMatchObject({
            errorCode: 'auth.session_revoked',
          });
        }
      }
    }
  }, 900_000);

  it('lets 33 right sign-ins of one account in at the same time', async () => {
    const email = 'busy@example.com';
    const strict = await startTwoNodes(kind);
    try {
      await strict.nodes[0].get(AccountsService).create({ email, password: PASSWORD });
      const results = await inParallel(strict.nodes, 33, (node) =>
        node.get(SignInService).signIn({ email, password: PASSWORD, delivery: 'bearer' }),
      );
      expect(codesOf(results)).toEqual([]);
    } finally {
      await strict.close();
    }
  });
});
