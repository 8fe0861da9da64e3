import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { redisStore } from 'cache-manager-redis-yet';
import { DataSource } from 'typeorm';
import type { ServiceName } from './services.js';

const DEADLINE = 3_000;

/** Runs statements on the server itself, outside any test database. */
export async function administer(name: 'postgres' | 'mariadb', url: string, statements: readonly string[]): Promise<unknown> {
  const admin = new DataSource(
    name === 'postgres'
      ? { type: 'postgres', url, connectTimeoutMS: DEADLINE, poolSize: 1 }
      : { type: 'mariadb', url, connectTimeout: DEADLINE, poolSize: 1 },
  );
  try {
    await admin.initialize();
    let last: unknown;
    for (const statement of statements) last = await admin.query(statement);
    return last;
  } finally {
    if (admin.isInitialized) await admin.destroy();
  }
}

/** A Redis client that gives up instead of reconnecting. */
export async function redisClient(url: string) {
  const { client } = await redisStore({ url, socket: { connectTimeout: DEADLINE, reconnectStrategy: false } });
  client.on('error', () => undefined);
  return client;
}

/** Whether a server of this kind takes our credentials and answers a statement. */
export async function answers(name: ServiceName, url: string): Promise<boolean> {
  try {
    if (name !== 'redis') {
      await administer(name, url, ['SELECT 1']);
    } else {
      // redisStore logs a refused connection, which is no news here.
      if (!(await listens(url))) return false;
      const client = await redisClient(url);
      await client.ping();
      await client.disconnect();
    }
    return true;
  } catch {
    return false;
  }
}

function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 6379), timeout: DEADLINE });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}

/** Waits for a server that was just started. @throws Error after `timeout` milliseconds. */
export async function waitUntilItAnswers(name: ServiceName, url: string, timeout: number): Promise<void> {
  const end = Date.now() + timeout;
  while (!(await answers(name, url))) {
    if (Date.now() > end) throw new Error(`The ${name} started at ${url} did not answer within ${timeout} ms.`);
    await delay(100);
  }
}
