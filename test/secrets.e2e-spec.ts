import { type AuthEvent, AuditLog, AuthEvents, SessionRepository, UserRepository } from 'nestjs-latchkey';
import type { LoggerService } from '@nestjs/common';
import { inspect } from 'node:util';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { LANE, SECRET, startAuthApp } from './auth-app.js';
import { setCookiesOf } from './support/cookies.js';

const CANARY = 'canary-password-that-nobody-may-see';
const NEXT = 'canary-password-that-comes-after-it';
const WRONG = 'canary-password-that-is-not-right';

describe('what is secret', () => {
  it('is in no log line, event, audit row, error or table', async () => {
    const lines: string[] = [];
    const write = (...parts: unknown[]) => void lines.push(parts.map((part) => inspect(part, { depth: 9 })).join(' '));
    const logger: LoggerService = { log: write, error: write, warn: write, debug: write, verbose: write, fatal: write };
    const statements: string[] = [];
    const sqlLogger = {
      logQuery: (query: string) => void statements.push(query),
      logQueryError: (error: unknown, query: string) => void statements.push(String(error), query),
      logQuerySlow: () => undefined,
      logSchemaBuild: () => undefined,
      logMigration: () => undefined,
      log: () => undefined,
    };
    const app = await startAuthApp({ logger, typeOrm: { logger: sqlLogger, logging: true } });
    try {
      const events: AuthEvent[] = [];
      app.get(AuthEvents).subscribe('*', (event) => events.push(event));
      const secrets = [CANARY, NEXT, WRONG, SECRET];
      const errors: string[] = [];
      const refused = async (request: PromiseLike<{ status: number; text: string; headers: object }>) => {
        const { status, text, headers } = await request;
        expect(status).toBeGreaterThanOrEqual(400);
        errors.push(text, JSON.stringify(headers));
      };

      const { body: ada } = await app.signUp('ada@example.com', CANARY).expect(201);
      const cookie = setCookiesOf(await app.signIn('ada@example.com', CANARY, { delivery: 'cookie' }))[0]!;
      const { body: refreshed } = await app.refresh(ada.refreshToken).expect(200);
      secrets.push(ada.accessToken, ada.refreshToken, cookie.value, refreshed.accessToken, refreshed.refreshToken);
      secrets.push(ada.refreshToken.split('.')[2], refreshed.refreshToken.split('.')[2], cookie.value.split('.')[1]!);
      const { passwordHash } = (await app.get(UserRepository).findByEmailWithPassword('ada@example.com'))!;
      secrets.push(passwordHash!);

      await refused(app.signUp('ada@example.com', CANARY));
      await refused(app.signUp('bob@example.com', [CANARY] as never));
      await refused(app.signUp('bob@example.com', `${CANARY}\0`));
      await refused(app.signIn('ada@example.com', WRONG));
      await refused(app.refresh(`${ada.refreshToken}x`));
      await refused(app.me(`${ada.accessToken}x`));
      await refused(app.http().get('/auth/me').set('Cookie', `${cookie.name}=${cookie.value}x`));
      await refused(
        app.http().post(`/auth/signin?password=x`).set('Content-Type', 'application/json').send(`{"password":"${CANARY}`),
      );
      const change = (currentPassword: string, newPassword: string) =>
        app
          .http()
          .post('/auth/password/change')
          .set('Authorization', `Bearer ${ada.accessToken}`)
          .send({ currentPassword, newPassword });
      await refused(change(WRONG, NEXT));
      const { body: changed } = await change(CANARY, NEXT).expect(200);
      secrets.push(changed.accessToken, changed.refreshToken, changed.refreshToken.split('.')[2]);
      await app.get(AuthEvents).drain();

      const audit = await app.get(AuditLog).find({ limit: 500 });
      const session = await app.get(SessionRepository).findState(changed.refreshToken.split('.')[0]);
      const everywhere: Record<string, string> = {
        log: lines.join('\n'),
        events: inspect(events, { depth: 9 }),
        audit: JSON.stringify(audit),
        errors: errors.join('\n'),
        statements: statements.join('\n'),
        session: JSON.stringify(session),
      };
      if (LANE.database !== 'memory') everywhere['tables'] = await dump(app.get(DataSource));

      expect(events.length).toBeGreaterThan(8);
      expect(audit.length).toBeGreaterThan(8);
      const { passwordHash: newHash } = (await app.get(UserRepository).findByEmailWithPassword('ada@example.com'))!;
      for (const [place, text] of Object.entries(everywhere)) {
        // The one place where a hash belongs.
        const hashes = place === 'tables' ? [] : [newHash!];
        for (const secret of [...secrets, ...hashes])
          expect([place, secret, text.includes(secret)]).toEqual([place, secret, false]);
      }
    } finally {
      await app.close();
    }
  });
});

/** Every row of every table. */
async function dump(source: DataSource): Promise<string> {
  const rows = await Promise.all(source.entityMetadatas.map(({ tablePath }) => source.query(`SELECT * FROM ${tablePath}`)));
  return JSON.stringify(rows);
}
