import { AuditLog, Clock, SessionRepository, SignInService } from 'nestjs-latchkey';
import { actingAs, SettableClock } from 'nestjs-latchkey/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from 'nestjs-latchkey';
import { PASSWORD } from '../auth-app.js';
import { describeEachDatabase } from '../support/databases.js';
import { codesOf, fulfilled, inParallel, startTwoNodes, TRIALS } from './two-nodes.js';

describeEachDatabase('refreshing in parallel', (kind) => {
  const clock = new SettableClock();
  let two: Awaited<ReturnType<typeof startTwoNodes>>;
  let userId: string;

  beforeAll(async () => {
    two = await startTwoNodes(kind, { overrides: [{ provide: Clock, useValue: clock }] });
    const user = await two.nodes[0].get(AccountsService).create({ email: 'ada@example.com', password: PASSWORD });
    userId = String(user.id);
  }, 60_000);
  afterAll(() => two.close());

  describe.each([2, 10, 50])('%i at a time', (width) => {
    it('gives everybody the same successor, and ends the family of a token that comes back after the grace', async () => {
      const [one] = two.nodes;
      const sessions = one.get(SessionRepository);
      const refresh = (node: typeof one, token: string) => node.get(SignInService).refresh(token);
      for (let trial = 0; trial < TRIALS; trial++) {
        const [family, bystander] = await Promise.all([actingAs(one.nest, userId), actingAs(one.nest, userId)]);
        const results = await inParallel(two.nodes, width, (node) => refresh(node, family.refreshToken));

        expect(codesOf(results)).toEqual([]);
        const successors = new Set(fulfilled(results).map(({ refreshToken }) => refreshToken));
        expect(successors.size).toBe(1);
        expect((await sessions.findState(family.sessionId))?.session).toMatchObject({ generation: 2, revokedAt: null });

        clock.advance('11s');
        const replays = await inParallel(two.nodes, 2, (node) => refresh(node, family.refreshToken));
        expect(codesOf(replays)).toContain('auth.refresh_reused');
        expect(codesOf(replays)).toHaveLength(2);
        const leaf = await inParallel(two.nodes, 1, (node) => refresh(node, [...successors][0]!));
        expect(codesOf(leaf)).toEqual(['auth.refresh_invalid']);
        expect((await sessions.findState(family.sessionId))?.session.revokedAt).not.toBeNull();
        expect((await sessions.findState(bystander.sessionId))?.session.revokedAt).toBeNull();
      }
      const rows = await one.get(AuditLog).find({ event: 'session.reuseDetected', limit: 500 });
      const perFamily = new Map<string, number>();
      for (const { sessionId } of rows) perFamily.set(sessionId!, (perFamily.get(sessionId!) ?? 0) + 1);
      expect([...perFamily.values()].filter((count) => count !== 1)).toEqual([]);
      expect(perFamily.size).toBeGreaterThanOrEqual(Math.min(TRIALS, 500));
    }, 600_000);
  });
});
