import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { SECRET } from '../auth-app.js';
import { createDatabase, describeEachDatabase, type SqlTestDatabase } from '../support/databases.js';
import { startDemo } from '../support/demo-process.js';
import type { ServerProcess } from '../support/processes.js';
import { SmtpSink } from './smtp-sink.js';

const PASSWORD = 'correct horse battery staple';
const PEOPLE = 50;
const addresses = Array.from({ length: PEOPLE }, (_, index) => `reader${index}@example.com`);

describeEachDatabase('two processes with a dispatcher each', (kind) => {
  let database: SqlTestDatabase;
  let sink: SmtpSink;
  let port: number;
  let servers: ServerProcess[];

  const start = (): Promise<ServerProcess> =>
    startDemo(
      {
        DATABASE_URL: database.url,
        AUTH_SECRET: SECRET,
        BASE_URL: 'http://localhost:3000',
        SMTP_URL: `smtp://127.0.0.1:${port}`,
        HASH_COST: '4',
        THROTTLE: 'off',
      },
      { timeout: 60_000 },
    );
  const post = async (server: ServerProcess, path: string, body: object): Promise<number> => {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await response.arrayBuffer();
    return response.status;
  };
  /** Asks for a link for everybody, `rounds` times, in turn of both processes; how many were acknowledged. */
  const askForLinks = async (rounds: number, of: readonly ServerProcess[] = servers): Promise<number> => {
    let acknowledged = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (let at = 0; at < PEOPLE; at += 10) {
        const statuses = await Promise.all(
          addresses.slice(at, at + 10).map((email, index) => post(of[index % of.length]!, '/auth/magic-link', { email })),
        );
        acknowledged += statuses.filter((status) => status === 202).length;
      }
    }
    return acknowledged;
  };
  /** Signing up may have mail of its own. */
  const links = () => sink.received.filter(({ raw }) => /^Subject: Your sign-in link$/m.test(raw));
  const messageIds = (): string[] => links().map(({ raw }) => /^Message-ID: (.*)$/m.exec(raw)![1]!);
  const settled = async (count: number, timeout: number): Promise<void> => {
    await expect.poll(() => new Set(messageIds()).size, { timeout, interval: 200 }).toBe(count);
    // Whatever is sent twice is sent soon.
    await pause(1_500);
  };

  beforeAll(async () => {
    database = await createDatabase(kind);
    sink = await new SmtpSink().start();
    port = sink.port;
    const first = await start();
    servers = [first, await start()];
    for (const email of addresses) expect(await post(first, '/auth/signup', { email, password: PASSWORD })).toBe(201);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await sink.stop();
    await database.drop();
  });
  beforeEach(() => void (sink.received.length = 0));
  afterEach(() => sink.stop());

  it('send each of 300 mails once', { timeout: 60_000 }, async () => {
    expect(await askForLinks(6)).toBe(300);
    await settled(300, 30_000);

    expect(links()).toHaveLength(300);
    for (const address of addresses) expect(links().filter(({ to }) => to[0] === address)).toHaveLength(6);
  });

  // What a dead process holds is taken over after a minute: on one database, since the outbox of each is tested for it with a set clock.
  if (kind === 'postgres') {
    it('lose none that was acknowledged when one is killed in the middle of sending', { timeout: 150_000 }, async () => {
      sink = new SmtpSink(port);
      sink.delay = 100;
      const acknowledged = await askForLinks(2);
      expect(acknowledged).toBe(100);
      // The server comes back, and who is sending dies at once.
      await sink.start();
      await expect.poll(() => links().length, { timeout: 30_000, interval: 10 }).toBeGreaterThan(5);
      await servers[0]!.stop('SIGKILL');
      await settled(100, 100_000);

      // What the dead process had in flight may come twice, nothing else.
      expect(links().length).toBeLessThanOrEqual(100 + 20);
      servers[0] = await start();
    });
  }
});
