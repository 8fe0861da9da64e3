import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { SECRET } from '../auth-app.js';
import { createDatabase, describeEachDatabase, type SqlTestDatabase } from '../support/databases.js';
import { startDemo } from '../support/demo-process.js';
import type { ServerProcess } from '../support/processes.js';
import { SmtpSink } from './smtp-sink.js';

const PASSWORD = 'correct horse battery staple';
const PEOPLE = 10;
const addresses = Array.from({ length: PEOPLE }, (_, index) => `reader${index}@example.com`);

describeEachDatabase('two processes with a dispatcher each', (kind) => {
  let database: SqlTestDatabase;
  let sink: SmtpSink;
  let rows: DataSource;
  let servers: ServerProcess[];

  const start = (): Promise<ServerProcess> =>
    startDemo(
      {
        DATABASE_URL: database.url,
        AUTH_SECRET: SECRET,
        BASE_URL: 'http://localhost:3000',
        SMTP_URL: sink.url,
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
  const askForLinks = async (rounds: number): Promise<number> => {
    let acknowledged = 0;
    for (let round = 0; round < rounds; round += 1) {
      const statuses = await Promise.all(
        addresses.map((email, index) => post(servers[index % servers.length]!, '/auth/magic-link', { email })),
      );
      acknowledged += statuses.filter((status) => status === 202).length;
    }
    return acknowledged;
  };
  /** Signing up may have mail of its own. */
  const links = () => sink.received.filter(({ raw }) => /^Subject: Your sign-in link$/m.test(raw));
  const messageIds = (): string[] => links().map(({ raw }) => /^Message-ID: (.*)$/m.exec(raw)![1]!);
  /** By whom the messages that are still to be sent are claimed. */
  const claims = async (): Promise<(string | null)[]> => {
    const pending: { claimed_by: string | null }[] = await rows.query(
      "SELECT claimed_by FROM auth_outbox WHERE status = 'pending'",
    );
    return pending.map(({ claimed_by: worker }) => worker);
  };
  /** Nothing is left that anybody could send, once or twice. */
  const allSent = (timeout: number): Promise<void> => expect.poll(claims, { timeout, interval: 200 }).toEqual([]);

  beforeAll(async () => {
    database = await createDatabase(kind);
    sink = await new SmtpSink().start();
    rows = await new DataSource(database.typeOrmOptions as DataSourceOptions).initialize();
    servers = await Promise.all([start(), start()]);
    await Promise.all(
      addresses.map(async (email) => expect(await post(servers[0]!, '/auth/signup', { email, password: PASSWORD })).toBe(201)),
    );
  }, 120_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await rows.destroy();
    await sink.stop();
    await database.drop();
  });
  beforeEach(() => void (sink.received.length = 0));

  it('send each of 300 mails once', { timeout: 90_000 }, async () => {
    expect(await askForLinks(30)).toBe(300);
    await allSent(60_000);

    expect(links()).toHaveLength(300);
    expect(new Set(messageIds()).size).toBe(300);
    for (const address of addresses) expect(links().filter(({ to }) => to[0] === address)).toHaveLength(30);
  });

  // The outbox of each database is tested for it with a set clock; here a process really dies.
  if (kind === 'postgres') {
    it('lose none that was acknowledged when one is killed in the middle of sending', { timeout: 90_000 }, async () => {
      sink.delay = 1_500;
      const acknowledged = await askForLinks(10);
      expect(acknowledged).toBe(100);
      await expect.poll(async () => new Set((await claims()).filter(Boolean)).size, { timeout: 30_000, interval: 50 }).toBe(2);
      await servers[0]!.stop('SIGKILL');
      sink.delay = 0;
      const before = links().length;

      // What the dead one held is all that is left.
      const left = async (): Promise<number> => ((await claims()).includes(null) ? 2 : new Set(await claims()).size);
      await expect.poll(left, { timeout: 30_000, interval: 500 }).toBe(1);
      const held = await claims();
      expect(held.length).toBeGreaterThan(0);
      expect(held.length).toBeLessThanOrEqual(20);
      expect(links().length).toBeGreaterThan(before);
      // Its claims end after a minute: this is that minute.
      await rows.query("UPDATE auth_outbox SET available_at = available_at - 60000 WHERE status = 'pending'");
      await allSent(30_000);

      expect(new Set(messageIds()).size).toBe(100);
      // What the dead process had in flight may come twice, nothing else.
      expect(links().length).toBeLessThanOrEqual(100 + held.length);
      servers.shift();
    });
  }
});
