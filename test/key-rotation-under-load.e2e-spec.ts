import { generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from './cache/redis-server.js';
import { createDatabase, type SqlTestDatabase } from './support/databases.js';
import { startDemo } from './support/demo-process.js';
import type { ServerProcess } from './support/processes.js';
import { describeWith } from './support/services.js';

const RATE = 200;
const ROUNDS = 3;
/** Milliseconds. */
const REFRESH = 200;
const LEAD_TIME = 2_000;
const OVERLAP = 4_000;
/** A client refreshes this long after it got its token. */
const REFRESH_AFTER = 1_500;
const CREDENTIALS = { email: 'ada@example.com', password: 'correct horse battery staple' };
const ORIGIN = 'http://localhost:3000';

interface Client {
  credential: () => Record<string, string>;
  /** Before each request; keeps the credential fresh as a real client does. */
  ready: (server: ServerProcess) => Promise<void>;
}

const post = (server: ServerProcess, path: string, body: object): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: ORIGIN },
    body: JSON.stringify(body),
  });

/** Files of keys that processes read while they run. */
class KeyFiles {
  private readonly directory = mkdtempSync(join(tmpdir(), 'latchkey-rotation-'));
  readonly secrets = join(this.directory, 'secrets');
  readonly pairs = join(this.directory, 'pairs.json');

  write(...keys: readonly Keys[]): void {
    this.replace(this.secrets, keys.map(({ secret }) => secret).join('\n'));
    this.replace(this.pairs, JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }

  /** Whole or not at all. */
  private replace(path: string, text: string): void {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }
}

interface Keys {
  secret: string;
  jwk: JsonWebKey;
}

const newKeys = (): Keys => ({
  secret: randomBytes(32).toString('base64url'),
  jwk: generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
});

describeWith(['postgres'], 'the rotation of keys under load, on two processes', () => {
  describe.each([['HS256'], ['EdDSA']])('with access tokens of %s', (algorithm) => {
    const files = new KeyFiles();
    let inUse = newKeys();
    let database: SqlTestDatabase;
    let redis: RedisServer;
    let servers: [ServerProcess, ServerProcess];

    beforeAll(async () => {
      files.write(inUse);
      database = await createDatabase('postgres');
      redis = await RedisServer.started();
      const env = {
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        AUTH_SECRETS_FILE: files.secrets,
        ...(algorithm === 'EdDSA' ? { SIGNING_KEYS_FILE: files.pairs } : {}),
        KEYS_REFRESH: `${REFRESH}ms`,
        KEYS_LEAD_TIME: `${LEAD_TIME}ms`,
        HASH_COST: '4',
        THROTTLE: 'off',
        BASE_URL: ORIGIN,
      };
      servers = [await startDemo(env), await startDemo(env)];
      expect((await post(servers[0], '/auth/signup', CREDENTIALS)).status).toBe(201);
    }, 90_000);
    afterAll(async () => {
      await Promise.all((servers ?? []).map((server) => server.stop()));
      await redis?.remove();
      await database?.drop();
      files.remove();
    });

    const someServer = (): ServerProcess => servers[Math.random() < 0.5 ? 0 : 1];
    /** `200`, or the status with its code. */
    const outcomeOf = (status: number, body: unknown): string =>
      status === 200 ? '200' : `${status} ${(body as { errorCode?: string }).errorCode}`;
    const enter = async (server: ServerProcess, headers: Record<string, string>): Promise<string> => {
      const response = await fetch(`${server.url}/private`, { headers });
      return outcomeOf(response.status, await response.json());
    };

    interface Tokens {
      accessToken: string;
      refreshToken: string;
    }
    /** Tries again while the process sheds load. */
    const signIn = async (note: (outcome: string) => void, body: object = {}): Promise<Response> => {
      for (;;) {
        const answer = await post(someServer(), '/auth/signin', { ...CREDENTIALS, ...body });
        if (answer.status === 200) return answer;
        note(outcomeOf(answer.status, await answer.json()));
        await pause(100);
      }
    };
    const bearerClient = async (note: (outcome: string) => void): Promise<Client> => {
      let tokens = (await (await signIn(note)).json()) as Tokens;
      let gotAt = performance.now();
      let refreshing: Promise<void> | null = null;
      const refresh = async (server: ServerProcess): Promise<void> => {
        const answer = await post(server, '/auth/refresh', { refreshToken: tokens.refreshToken });
        const body: unknown = await answer.json();
        note(outcomeOf(answer.status, body));
        if (answer.status !== 200) return;
        tokens = body as Tokens;
        gotAt = performance.now();
      };
      return {
        credential: () => ({ authorization: `Bearer ${tokens.accessToken}` }),
        ready: async (server) => {
          if (performance.now() - gotAt > REFRESH_AFTER) refreshing ??= refresh(server).finally(() => (refreshing = null));
          await refreshing;
        },
      };
    };
    const cookieClient = async (note: (outcome: string) => void): Promise<Client> => {
      const [cookie] = (await signIn(note, { delivery: 'cookie' })).headers
        .getSetCookie()
        .filter((one) => one.startsWith('latchkey='))
        .map((one) => one.split(';')[0]!);
      return { credential: () => ({ cookie: cookie! }), ready: async () => undefined };
    };

    /** 200 requests a second of clients that behave, to either process, while `during` runs. @returns how often each outcome was seen */
    const underLoad = async (during: () => Promise<void>): Promise<{ seen: Map<string, number>; rate: number }> => {
      const seen = new Map<string, number>();
      const note = (outcome: string): void => void seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      const kinds = [bearerClient, cookieClient];
      const clients = await Promise.all(Array.from({ length: 30 }, (_, at) => kinds[at % 2]!(note)));
      const running = new Set<Promise<void>>();
      const request = async (turn: number): Promise<void> => {
        // One in fifty has just signed in, at whichever process, and goes on at the other one.
        const client = turn % 50 === 0 ? await kinds[(turn / 50) % 2]!(note) : clients[turn % clients.length]!;
        await client.ready(someServer());
        note(await enter(someServer(), client.credential()));
      };
      let isOver = false;
      const startedAt = performance.now();
      const load = (async () => {
        for (let turn = 0; !isOver; await pause(20)) {
          for (; turn < ((performance.now() - startedAt) / 1_000) * RATE && running.size < 100; turn++) {
            const one = request(turn).finally(() => running.delete(one));
            running.add(one);
          }
        }
        await Promise.all(running);
      })();
      await during().finally(() => (isOver = true));
      await load;
      const total = [...seen.values()].reduce((sum, count) => sum + count, 0);
      return { seen, rate: (total * 1_000) / (performance.now() - startedAt) };
    };

    /** Of a token that the process signs now. */
    const kidsOf = (before = ''): Promise<string[]> =>
      Promise.all(
        servers.map(async (server) => {
          const answer = await post(server, '/auth/signin', CREDENTIALS);
          const { accessToken } = (await answer.json()) as Tokens;
          if (answer.status !== 200) return before;
          return (JSON.parse(Buffer.from(accessToken.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
        }),
      );
    const until = async (what: string, is: () => boolean | Promise<boolean>, patience = 30_000): Promise<number> => {
      const startedAt = performance.now();
      while (!(await is())) {
        if (performance.now() - startedAt > patience) throw new Error(`It did not happen within ${patience} ms: ${what}`);
        await pause(50);
      }
      return performance.now() - startedAt;
    };

    it(`signs nobody out in ${ROUNDS} rounds`, { timeout: 120_000 }, async () => {
      const { seen, rate } = await underLoad(async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const next = newKeys();
          const [before] = await kidsOf();
          files.write(next, inUse);
          await until('both processes sign with the new keys', async () => (await kidsOf(before)).every((kid) => kid !== before));
          // Whoever comes now and then has come; what was signed before is over.
          await pause(OVERLAP);
          files.write(next);
          inUse = next;
          await pause(3 * REFRESH);
        }
      });

      const outcomes = Object.fromEntries(seen);
      // A machine that is busy with other things may shed load; it may not refuse anybody.
      expect(Object.keys(outcomes).filter((outcome) => !/^(200|503 .*)$/.test(outcome))).toEqual([]);
      expect(outcomes['200']).toBeGreaterThan(ROUNDS * 300);
      process.stdout.write(`${algorithm}: ${rate.toFixed(0)} requests a second, ${JSON.stringify(outcomes)}\n`);
    });

    it('refuses everything of a key at once when it is removed without an overlap, which the load above would have noticed', async () => {
      const discard = (): void => undefined;
      const [bearer, cookie] = [await bearerClient(discard), await cookieClient(discard)];
      const credentials = [bearer.credential(), cookie.credential()];
      for (const server of servers) for (const one of credentials) expect(await enter(server, one)).toBe('200');

      let tookMs = 0;
      const { seen } = await underLoad(async () => {
        inUse = newKeys();
        files.write(inUse);
        tookMs = await until('both processes refuse what was signed before', async () => {
          const outcomes = await Promise.all(servers.flatMap((server) => credentials.map((one) => enter(server, one))));
          return outcomes.every((outcome) => outcome === '401 auth.token_invalid');
        });
        await pause(500);
      });

      expect(tookMs).toBeLessThan(10 * REFRESH);
      expect([...seen.keys()].some((outcome) => outcome.startsWith('401'))).toBe(true);
      expect((await post(servers[0], '/auth/signin', CREDENTIALS)).status).toBe(200);
    }, 60_000);
  });
});
